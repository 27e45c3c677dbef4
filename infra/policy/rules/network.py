"""What gets in and out: security groups, whichever of their three forms is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from infra.policy.rule import ResourceRule, StackRule
from infra.policy.rules.types import (
    ADDRESS,
    ADDRESS_ASSOCIATION,
    DEFAULT_GROUP,
    EGRESS_RULE,
    FLOW_LOG,
    INGRESS_RULE,
    LOAD_BALANCER,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    VPC,
)
from infra.policy.view import (
    UNKNOWN,
    Finding,
    Problem,
    Resource,
    Stack,
    Undecided,
    at,
    entries,
    expect,
)
from infra.settings.aws.network import PRIVATE_RANGES

_RULES = frozenset({SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE, DEFAULT_GROUP})
_LOGIN_PORTS = {22: "SSH", 3389: "RDP"}
_HTTPS = 443
_ALL = ("-1", "all", -1)
_PRIVATE_V6 = IPv6Network("fc00::/7")
_NETWORKS = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks")
_AWS_DEFAULT_TEXT = "Managed by Pulumi"


@dataclass(frozen=True, slots=True)
class _Permit:
    """One direction of one rule; `path` is empty where the resource is the rule."""

    path: str
    ingress: bool
    props: Any


def _no_public_ingress(resource: Resource) -> Iterator[Finding]:
    for permit in _permits(resource, ingress=True):
        if permit.props is UNKNOWN:
            yield Undecided(permit.path)
            continue
        for path, network in _networks(permit):
            if network is UNKNOWN:
                yield Undecided(path)
            elif not _is_private(str(network)):
                yield Problem(f"inbound from {network}, which is not a private network")
        if any(at(permit.props, name) for name in ("prefixListId", "prefixListIds")):
            yield Problem("inbound from a prefix list, whose members cannot be seen")


def _no_login_ports(resource: Resource) -> Iterator[Finding]:
    for permit in _permits(resource, ingress=True):
        ports = _ports(permit)
        if isinstance(ports, Undecided):
            yield ports
        elif ports is None:
            yield Problem("inbound on every port and protocol")
        else:
            for port, name in _LOGIN_PORTS.items():
                if ports[0] <= port <= ports[1]:
                    yield Problem(f"inbound on port {port} ({name})")


def _narrow_egress(resource: Resource) -> Iterator[Finding]:
    for permit in _permits(resource, ingress=False):
        if permit.props is UNKNOWN:
            yield Undecided(permit.path)
            continue
        for path, network in _networks(permit):
            if network is UNKNOWN:
                yield Undecided(path)
            elif not _is_private(str(network)):
                ports = _ports(permit)
                if isinstance(ports, Undecided):
                    yield ports
                elif ports != (_HTTPS, _HTTPS):
                    yield Problem(f"outbound to {network} on more than port {_HTTPS}")


def _described(resource: Resource) -> Iterator[Finding]:
    if resource.type == DEFAULT_GROUP:
        return
    yield from expect(
        resource.props,
        "description",
        lambda value: bool(value) and value != _AWS_DEFAULT_TEXT,
        "it does not say what it is for",
    )
    if resource.type == SECURITY_GROUP:
        for direction in ("ingress", "egress"):
            for path, rule in entries(resource.props, direction):
                yield from expect(rule, "description", bool, f"{path} does not say what it is for")


def _default_group_empty(stack: Stack) -> Iterator[Finding]:
    for vpc in stack.of(VPC):
        groups = stack.users(vpc, DEFAULT_GROUP)
        if not groups:
            yield Problem("the VPC's default security group keeps AWS's rules", vpc.urn)
    for group in stack.of(DEFAULT_GROUP):
        for direction in ("ingress", "egress"):
            if at(group.props, direction) is UNKNOWN:
                # The provider may say so of a list that it will compute to be empty.
                yield Undecided(direction)
            elif at(group.props, direction):
                yield Problem(f"the default security group has {direction} rules", group.urn)


def _internal(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props, "internal", lambda value: value is True, "it faces the internet"
    )


def _whole_flow_log(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "trafficType",
        lambda value: value == "ALL",
        "a flow log of refused connections only does not show what got through",
    )


def _no_idle(stack: Stack) -> Iterator[Finding]:
    for address in stack.of(ADDRESS):
        attached = any(at(address.props, name) for name in ("instance", "networkInterface"))
        if not attached and not stack.users(address, ADDRESS_ASSOCIATION):
            yield Problem("an address is paid for and belongs to nothing", address.urn)
    for group in stack.of(SECURITY_GROUP):
        users = [
            each
            for each in stack.resources
            if group.urn in each.used
            and each.type not in {SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE}
            and each.type.startswith("aws:")
        ]
        if not users:
            yield Problem("a security group protects nothing", group.urn)


def _permits(resource: Resource, *, ingress: bool) -> Iterator[_Permit]:
    """All rules of one direction in a resource of any of the forms."""
    direction = "ingress" if ingress else "egress"
    props = resource.props
    if resource.type in {SECURITY_GROUP, DEFAULT_GROUP}:
        for path, rule in entries(props, direction):
            yield _Permit(path, ingress, rule)
    elif resource.type == SECURITY_GROUP_RULE:
        if at(props, "type") in (direction, UNKNOWN):
            yield _Permit("type", ingress, props)
    elif (resource.type == INGRESS_RULE) is ingress:
        yield _Permit("", ingress, props)


def _networks(permit: _Permit) -> Iterator[tuple[str, Any]]:
    for name in _NETWORKS:
        yield from entries(permit.props, name)


def _ports(permit: _Permit) -> tuple[int, int] | Undecided | None:
    """First and last port; None for every port."""
    props = permit.props
    if props is UNKNOWN:
        return Undecided(permit.path)
    protocol = at(props, "ipProtocol") if "ipProtocol" in props else at(props, "protocol")
    first, last = at(props, "fromPort"), at(props, "toPort")
    if protocol is UNKNOWN:
        return Undecided("protocol")
    if first is UNKNOWN or last is UNKNOWN:
        return Undecided("fromPort")
    if protocol in _ALL or first is None or last is None:
        return None
    return int(first), int(last)


def _is_private(text: str) -> bool:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return False
    if isinstance(network, IPv4Network):
        return any(network.subnet_of(private) for private in PRIVATE_RANGES)
    return network.subnet_of(_PRIVATE_V6)


NETWORK_RULES = (
    ResourceRule(
        name="no-public-ingress",
        description="Nothing comes in from the internet",
        remedy="name a security group or a private network",
        scanners=("CKV_AWS_260", "AWS-0107", "ec2_securitygroup_allow_ingress_from_internet"),
        types=_RULES,
        check=_no_public_ingress,
    ),
    ResourceRule(
        name="no-login-ports",
        description="No inbound rule covers port 22 or 3389, whoever the peer is",
        remedy="name the one port that is served; log in with SSM Session Manager",
        scanners=("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_277"),
        types=_RULES,
        check=_no_login_ports,
    ),
    ResourceRule(
        name="narrow-egress",
        description="Outbound to the world is HTTPS only, since no list names AWS's addresses",
        remedy="name port 443, or the group or private network that is called",
        scanners=("CKV_AWS_382", "AWS-0104"),
        types=_RULES,
        check=_narrow_egress,
    ),
    ResourceRule(
        name="security-groups-described",
        description="Every security group and rule says what it is for",
        remedy="write a description",
        scanners=("CKV_AWS_23", "AWS-0099"),
        types=_RULES,
        check=_described,
    ),
    StackRule(
        name="default-group-empty",
        description="A VPC's default security group lets nothing through",
        remedy="take the default group over without rules",
        scanners=(
            "VPCHasRestrictedSG",
            "AWS-0173",
            "ec2_securitygroup_default_restrict_traffic",
        ),
        check=_default_group_empty,
    ),
    ResourceRule(
        name="load-balancer-internal",
        description="Load balancers are internal",
        remedy="set internal to true",
        types=frozenset({LOAD_BALANCER}),
        check=_internal,
    ),
    ResourceRule(
        name="flow-log-whole",
        description="A flow log, where there is one, holds all connections",
        remedy="set traffic_type to ALL",
        scanners=("VPCHasFlowLog", "AWS-0178", "vpc_flow_logs_enabled"),
        types=frozenset({FLOW_LOG}),
        check=_whole_flow_log,
    ),
    StackRule(
        name="nothing-idle",
        description="Addresses and security groups belong to something",
        remedy="attach it or remove it",
        scanners=("ec2_elastic_ip_unassigned", "ec2_securitygroup_not_used"),
        check=_no_idle,
    ),
)
