"""A VPC of the stack's own: subnets, routes and the ways out, as the plan has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import CustomResource, Output, Resource, ResourceOptions
from pulumi_aws import ec2

from infra.plans.network import CreatedVpc, NetworkPlan
from infra.plans.network.rules import ANYWHERE


def make_vpc(parent: Resource, name: str, plan: NetworkPlan, vpc: CreatedVpc) -> ec2.Vpc:
    """The VPC, in which whatever names no security group has one without rules."""
    made = ec2.Vpc(
        f"{name}-vpc",
        cidr_block=str(vpc.cidr),
        enable_dns_support=True,
        enable_dns_hostnames=True,  # a private zone and private endpoints need both
        tags=plan.tags["vpc"],
        opts=ResourceOptions(parent=parent),
    )
    ec2.DefaultSecurityGroup(  # taken over without a rule, which takes its rules away
        f"{name}-default-closed",
        vpc_id=made.id,
        tags=plan.tags["default-closed"],
        opts=ResourceOptions(parent=parent),
    )
    return made


@dataclass(frozen=True, kw_only=True, slots=True)
class Subnets:
    """Subnets by zone. `routes` are what gives them their ways out."""

    ids: Mapping[str, Output[str]]
    s3_list: Output[str]
    routes: Sequence[CustomResource]


def make_subnets(
    parent: Resource, name: str, plan: NetworkPlan, vpc: CreatedVpc, vpc_id: Output[str]
) -> Subnets:
    """The subnets, all with one route table, and the endpoint of S3."""
    table = ec2.RouteTable(
        f"{name}-routes",
        vpc_id=vpc_id,
        tags=plan.tags["routes"],
        opts=ResourceOptions(parent=parent),
    )
    s3 = ec2.VpcEndpoint(
        f"{name}-s3",
        vpc_id=vpc_id,
        service_name=vpc.s3_service_name,
        vpc_endpoint_type="Gateway",
        route_table_ids=[table.id],
        tags=plan.tags["s3"],
        opts=ResourceOptions(parent=parent),
    )
    routes: list[CustomResource] = [s3]
    if vpc.internet_gateway:
        routes.append(_internet(parent, name, plan, vpc_id, table))
    subnet_ids: dict[str, Output[str]] = {}
    for subnet in vpc.subnets:
        made = ec2.Subnet(
            f"{name}-subnet-{subnet.zone}",
            vpc_id=vpc_id,
            availability_zone=subnet.zone,
            cidr_block=str(subnet.cidr),
            map_public_ip_on_launch=False,
            tags=subnet.tags,
            opts=ResourceOptions(parent=parent),
        )
        routes.append(
            ec2.RouteTableAssociation(
                f"{name}-routes-{subnet.zone}",
                subnet_id=made.id,
                route_table_id=table.id,
                opts=ResourceOptions(parent=parent),
            )
        )
        subnet_ids[subnet.zone] = made.id
    return Subnets(ids=subnet_ids, s3_list=s3.prefix_list_id, routes=routes)


def _internet(
    parent: Resource, name: str, plan: NetworkPlan, vpc_id: Output[str], table: ec2.RouteTable
) -> ec2.Route:
    gateway = ec2.InternetGateway(
        f"{name}-gateway",
        vpc_id=vpc_id,
        tags=plan.tags["gateway"],
        opts=ResourceOptions(parent=parent),
    )
    return ec2.Route(
        f"{name}-route",
        route_table_id=table.id,
        destination_cidr_block=str(ANYWHERE),
        gateway_id=gateway.id,
        opts=ResourceOptions(parent=parent),
    )
