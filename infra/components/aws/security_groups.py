"""Security groups and their rules, each rule a resource of its own: groups may name each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, assert_never

from pulumi import CustomResource, Output, Resource, ResourceOptions
from pulumi_aws import ec2, vpc

from infra.plans.network import Direction, ForeignGroup, Managed, NetworkPlan, Rule, SecurityRole


def make_groups(
    parent: Resource, name: str, plan: NetworkPlan, vpc_id: Output[str]
) -> Mapping[SecurityRole, ec2.SecurityGroup]:
    """The group of each role, empty."""
    return {
        group.role: ec2.SecurityGroup(
            f"{name}-{group.role.value}",
            vpc_id=vpc_id,
            description=group.description,
            tags=group.tags,
            opts=ResourceOptions(parent=parent),
        )
        for group in plan.groups
    }


def make_rules(
    parent: Resource,
    name: str,
    plan: NetworkPlan,
    groups: Mapping[SecurityRole, ec2.SecurityGroup],
    s3_list: Output[str] | None,
) -> Sequence[CustomResource]:
    """The rules of all groups. `s3_list` is the id of AWS's list of S3's addresses."""
    made: list[CustomResource] = []
    for rule in plan.rules:
        kind = (
            vpc.SecurityGroupIngressRule
            if rule.direction is Direction.INGRESS
            else vpc.SecurityGroupEgressRule
        )
        made.append(
            kind(
                f"{name}-{rule.key}",
                security_group_id=groups[rule.group].id,
                ip_protocol="tcp",
                from_port=rule.port,
                to_port=rule.port,
                description=rule.description,
                opts=ResourceOptions(parent=parent),
                **_peer(rule, groups, s3_list),
            )
        )
    return made


def _peer(
    rule: Rule,
    groups: Mapping[SecurityRole, ec2.SecurityGroup],
    s3_list: Output[str] | None,
) -> dict[str, Any]:
    match rule.peer:
        case SecurityRole() as role:
            return {"referenced_security_group_id": groups[role].id}
        case ForeignGroup(id=group_id):
            return {"referenced_security_group_id": group_id}
        case IPv4Network() as cidr:
            return {"cidr_ipv4": str(cidr)}
        case Managed.S3:
            return {"prefix_list_id": s3_list}
        case _:
            assert_never(rule.peer)
