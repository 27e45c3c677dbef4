"""Private entrances to services of AWS, in a VPC of ours that has no internet gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi import CustomResource, Output, Resource, ResourceOptions
from pulumi_aws import ec2

from infra.plans.network import CreatedVpc


def make_endpoints(
    parent: Resource,
    name: str,
    vpc: CreatedVpc,
    subnet_ids: Mapping[str, Output[str]],
    group: ec2.SecurityGroup,
) -> Sequence[CustomResource]:
    """The interface endpoints, all in one security group."""
    return [
        ec2.VpcEndpoint(
            f"{name}-endpoint-{endpoint.service}",
            vpc_id=group.vpc_id,
            service_name=endpoint.service_name,
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet_ids[zone] for zone in vpc.endpoint_zones],
            security_group_ids=[group.id],
            tags=endpoint.tags,
            opts=ResourceOptions(parent=parent),
        )
        for endpoint in vpc.endpoints
    ]
