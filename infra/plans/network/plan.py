"""The network plan: whose VPC, which zones, which groups and rules. Calls nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from infra.errors import PlanError
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.facts import AccountFacts
from infra.plans.naming import Component, Names
from infra.plans.network.adopt import adopt
from infra.plans.network.endpoints import ROUTE53, ZONES_WITH_ENDPOINTS, needed_services
from infra.plans.network.flow_logs import flow_logs
from infra.plans.network.records import (
    AdoptedVpc,
    CreatedVpc,
    InterfaceEndpoint,
    NetworkPlan,
    SecurityGroup,
    Subnet,
    WayOut,
)
from infra.plans.network.rules import Doors, SecurityRole, group_roles, rules
from infra.plans.network.subnets import chosen_zones, slot
from infra.settings import StackSettings
from infra.settings.aws.network import DOCKER_BRIDGE, Egress, NetworkMode
from infra.settings.aws.vector_store import Placement

_GROUP_TEXTS: Mapping[SecurityRole, str] = {
    # EC2 cannot change a group's description: another text replaces the group.
    SecurityRole.GPU: "GPU nodes: gateway for clients, nothing else inbound",
    SecurityRole.VECTOR_STORE: "Vector store: Qdrant for GPU nodes, nothing else inbound",
    SecurityRole.LOAD_BALANCER: "Load balancer: gateway for clients",
    SecurityRole.ENDPOINTS: "Interface endpoints: HTTPS for nodes",
}


def plan_network(settings: StackSettings, facts: AccountFacts, names: Names) -> NetworkPlan:
    """The network of a stack.

    Args:
        settings: of the stack.
        facts: of its account; of an adopted VPC they leave out what this stack itself made there.
        names: of the stack.

    Raises:
        PlanError: the zones or the VPC cannot hold the stack, or nodes could not reach AWS.
    """
    _refuse_docker_clients(settings)
    notes: tuple[str, ...]
    match settings.network.mode:
        case NetworkMode.CREATE:
            vpc, notes = _create(settings, facts, names), tuple(_created_notes(settings))
            zones = tuple(subnet.zone for subnet in vpc.subnets)
        case NetworkMode.ADOPT:
            vpc, notes = adopt(settings, facts)
            zones = tuple(vpc.subnet_ids)
        case _:
            assert_never(settings.network.mode)
    way_out = _way_out(settings)
    doors = Doors(
        dedicated_store=settings.vector_store.placement is Placement.DEDICATED,
        load_balancer=endpoint_kind(settings) is EndpointKind.NLB,
        closed=isinstance(vpc, CreatedVpc) and way_out is WayOut.ENDPOINTS,
    )
    return NetworkPlan(
        vpc=vpc,
        way_out=way_out,
        zones=zones,
        groups=tuple(
            SecurityGroup(
                role=role,
                description=_GROUP_TEXTS[role],
                tags=names.tags(Component.NETWORK, role.value),
            )
            for role in group_roles(doors)
        ),
        rules=rules(settings.network, doors),
        tags=_tags(names, vpc),
        notes=(*_client_notes(settings), *notes),
    )


def _create(settings: StackSettings, facts: AccountFacts, names: Names) -> CreatedVpc:
    network = settings.network
    zones = chosen_zones(settings, facts)
    closed = network.egress is Egress.INTERFACE_ENDPOINTS
    return CreatedVpc(
        cidr=network.cidr,
        subnets=tuple(
            Subnet(
                zone=zone,
                cidr=slot(network.cidr, zone),
                tags=names.tags(Component.NETWORK, f"subnet-{zone}"),
            )
            for zone in zones
        ),
        internet_gateway=network.egress is Egress.PUBLIC_IPV4,
        s3_service_name=_service_name(names, "s3"),
        endpoints=tuple(_endpoints(settings, names)) if closed else (),
        endpoint_zones=zones[:ZONES_WITH_ENDPOINTS] if closed else (),
        flow_log=flow_logs(settings, names),
    )


def _endpoints(settings: StackSettings, names: Names) -> Iterator[InterfaceEndpoint]:
    needed = needed_services(settings)
    if ROUTE53 in needed:
        raise PlanError(
            "retrieval:network.egress is interface_endpoints with an endpoint of kind dns",
            why="the serving node registers its address with Route 53, for which this program "
            "knows no interface endpoint that it could make",
            remedy="set retrieval:endpoint.mode to nlb ($16.43 a month), where nodes register "
            "nothing, or retrieval:network.egress to public_ipv4",
        )
    for service, why in needed.items():
        yield InterfaceEndpoint(
            service=service,
            service_name=_service_name(names, service),
            why=why,
            tags=names.tags(Component.NETWORK, f"endpoint-{service}"),
        )


def _service_name(names: Names, service: str) -> str:
    return f"com.amazonaws.{names.region}.{service}"


def _way_out(settings: StackSettings) -> WayOut:
    match settings.network.egress:
        case Egress.PUBLIC_IPV4:
            return WayOut.INTERNET_GATEWAY
        case Egress.INTERFACE_ENDPOINTS:
            return WayOut.ENDPOINTS
        case Egress.EXISTING:
            return WayOut.EXISTING
        case _:
            assert_never(settings.network.egress)


def _tags(names: Names, vpc: CreatedVpc | AdoptedVpc) -> Mapping[str, Mapping[str, str]]:
    """Of the things that a VPC of ours has one of, by their role."""
    if isinstance(vpc, AdoptedVpc):
        return {}
    roles = ("vpc", "gateway", "routes", "s3", "default-closed")
    return {role: names.tags(Component.NETWORK, role) for role in roles}


def _refuse_docker_clients(settings: StackSettings) -> None:
    wrong = [str(c) for c in settings.network.client_cidrs if c.overlaps(DOCKER_BRIDGE)]
    if wrong:
        raise PlanError(
            f"retrieval:network.client_cidrs names {', '.join(wrong)}",
            why=f"it overlaps Docker's own network {DOCKER_BRIDGE} on each node, so that answers "
            "to such clients never leave the host",
            remedy=f"name the callers' networks without {DOCKER_BRIDGE}",
        )


def _client_notes(settings: StackSettings) -> Iterator[str]:
    if not settings.network.client_cidrs and not settings.network.client_security_group_ids:
        yield (
            "nobody may call the gateway: name callers by retrieval:network.client_security_group_"
            "ids or client_cidrs (`retrieval tunnel` works without)"
        )


def _created_notes(settings: StackSettings) -> Iterator[str]:
    groups = settings.network.client_security_group_ids
    if groups:
        yield (
            f"EC2 takes {', '.join(groups)} as clients only from this VPC or one peered with it: "
            "before there is a peering, name the callers by retrieval:network.client_cidrs"
        )
