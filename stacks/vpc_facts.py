"""Asks the account about the VPC that a stack adopts. Nothing is asked where it makes its own."""

from __future__ import annotations

from ipaddress import IPv4Network

from pulumi import InvokeOptions
from pulumi_aws import ec2, route53

from infra.plans.facts import SubnetFacts, VpcFacts
from infra.plans.naming import Names
from infra.plans.network.endpoints import needed_services
from infra.settings import StackSettings
from infra.settings.aws.network import NetworkMode
from stacks.lookups import unless_absent


def ask_vpc(settings: StackSettings, names: Names, opts: InvokeOptions) -> tuple[VpcFacts, ...]:
    """The VPC of the settings, if the account has it; its own zone of the stack left out."""
    vpc_id = settings.network.vpc_id
    if settings.network.mode is not NetworkMode.ADOPT:
        return ()
    vpc = unless_absent(lambda: ec2.get_vpc(id=vpc_id, opts=opts))
    if vpc is None:
        return ()
    groups = ec2.get_security_groups(
        filters=[ec2.GetSecurityGroupsFilterArgs(name="vpc-id", values=[vpc_id])], opts=opts
    )
    subnets = ec2.get_subnets(
        filters=[ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc_id])], opts=opts
    )
    s3 = _endpoint(vpc_id, f"com.amazonaws.{names.region}.s3", opts)
    private = [
        service
        for service in needed_services(settings)
        if (found := _endpoint(vpc_id, f"com.amazonaws.{names.region}.{service}", opts)) is not None
        and found.private_dns_enabled
    ]
    return (
        VpcFacts(
            id=vpc_id,
            cidrs=tuple(IPv4Network(each.cidr_block) for each in vpc.cidr_block_associations),
            dns_support=vpc.enable_dns_support,
            dns_hostnames=vpc.enable_dns_hostnames,
            subnets=tuple(
                _subnet(each, vpc.main_route_table_id, opts) for each in sorted(subnets.ids)
            ),
            s3_gateway_route_table_ids=frozenset(s3.route_table_ids if s3 else ()),
            interface_endpoint_services=frozenset(private),
            private_zones=_zones(settings.endpoint.zone_name, vpc_id, names, opts),
            security_group_ids=frozenset(groups.ids),
        ),
    )


def _subnet(subnet_id: str, main_table: str, opts: InvokeOptions) -> SubnetFacts:
    subnet = ec2.get_subnet(id=subnet_id, opts=opts)
    own = ec2.get_route_tables(
        filters=[
            ec2.GetRouteTablesFilterArgs(name="association.subnet-id", values=[subnet_id]),
        ],
        opts=opts,
    )
    table_id = own.ids[0] if own.ids else main_table
    table = ec2.get_route_table(route_table_id=table_id, opts=opts)
    outward = [route for route in table.routes if route.cidr_block == "0.0.0.0/0"]
    return SubnetFacts(
        id=subnet_id,
        zone=subnet.availability_zone,
        cidr=IPv4Network(subnet.cidr_block),
        free_addresses=subnet.available_ip_address_count,
        route_table_id=table_id,
        internet_gateway_route=any(each.gateway_id.startswith("igw-") for each in outward),
        nat_route=any(
            each.nat_gateway_id or each.transit_gateway_id or each.network_interface_id
            for each in outward
        ),
    )


def _endpoint(vpc_id: str, service: str, opts: InvokeOptions) -> ec2.GetVpcEndpointResult | None:
    return unless_absent(
        lambda: ec2.get_vpc_endpoint(vpc_id=vpc_id, service_name=service, opts=opts)
    )


def _zones(zone_name: str, vpc_id: str, names: Names, opts: InvokeOptions) -> tuple[str, ...]:
    """The stack's zone name, if the VPC resolves it already and not by this stack's own zone."""
    zone = unless_absent(
        lambda: route53.get_zone(name=zone_name, vpc_id=vpc_id, private_zone=True, opts=opts)
    )
    own = zone is not None and zone.tags.get("Stack") == names.stem
    return (zone_name,) if zone is not None and not own else ()
