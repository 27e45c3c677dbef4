"""Which security group lets what through. Everything that is not listed is closed, port 22 too.

Groups filter neither the VPC's own name server nor its clock, so neither has a rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network

from infra.plans.addresses import AGENT_PORT, GATEWAY_PORT, QDRANT_PORT
from infra.settings import NetworkSettings

HTTPS_PORT = 443

ANYWHERE = IPv4Network("0.0.0.0/0")
"""Where AWS's own endpoints are, whose addresses no list names; outbound only."""


class SecurityRole(StrEnum):
    """Who has a group."""

    GPU = "gpu"
    VECTOR_STORE = "vector-store"
    LOAD_BALANCER = "load-balancer"
    ENDPOINTS = "endpoints"


class Direction(StrEnum):
    """Seen from the group that has the rule."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Managed(StrEnum):
    """Address lists that AWS keeps."""

    S3 = "s3"


@dataclass(frozen=True, slots=True)
class ForeignGroup:
    """A security group that is not ours: that of the application."""

    id: str


Peer = SecurityRole | ForeignGroup | IPv4Network | Managed
"""The other side of a rule."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One TCP port between a group and one peer.

    `key` is the rule's identity, unique among the rules of a stack.
    """

    key: str
    group: SecurityRole
    direction: Direction
    peer: Peer
    port: int
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Doors:
    """What decides the rules: which groups there are, and what nodes may see.

    `closed` is a VPC of ours whose only ways out are endpoints. In an adopted one routes decide.
    """

    dedicated_store: bool
    load_balancer: bool
    closed: bool


def rules(network: NetworkSettings, doors: Doors) -> tuple[Rule, ...]:
    """All rules of a stack's groups."""
    return (
        *_clients(network, doors),
        *(_load_balancer() if doors.load_balancer else ()),
        *(_vector_store() if doors.dedicated_store else ()),
        *_way_out(doors),
    )


def group_roles(doors: Doors) -> tuple[SecurityRole, ...]:
    """Whose groups a stack has."""
    return (
        *_machines(doors),
        *((SecurityRole.LOAD_BALANCER,) if doors.load_balancer else ()),
        *((SecurityRole.ENDPOINTS,) if doors.closed else ()),
    )


def _clients(network: NetworkSettings, doors: Doors) -> Iterator[Rule]:
    door = SecurityRole.LOAD_BALANCER if doors.load_balancer else SecurityRole.GPU
    groups = ((group, ForeignGroup(group)) for group in network.client_security_group_ids)
    networks = ((str(cidr).replace("/", "-"), cidr) for cidr in network.client_cidrs)
    for label, peer in (*groups, *networks):
        yield Rule(
            key=f"{door.value}-from-{label}",
            group=door,
            direction=Direction.INGRESS,
            peer=peer,
            port=GATEWAY_PORT,
            description="a client calls the gateway",
        )


def _load_balancer() -> Iterator[Rule]:
    for port, why in (
        (GATEWAY_PORT, "the load balancer passes on what clients ask the gateway"),
        (AGENT_PORT, "the load balancer asks the agent about the node's health"),
    ):
        yield from _between(SecurityRole.LOAD_BALANCER, SecurityRole.GPU, port, why)


def _vector_store() -> Iterator[Rule]:
    yield from _between(
        SecurityRole.GPU, SecurityRole.VECTOR_STORE, QDRANT_PORT, "the gateway searches Qdrant"
    )


def _way_out(doors: Doors) -> Iterator[Rule]:
    for role in _machines(doors):
        if not doors.closed:
            yield Rule(
                key=f"{role.value}-to-aws",
                group=role,
                direction=Direction.EGRESS,
                peer=ANYWHERE,
                port=HTTPS_PORT,
                description="HTTPS to AWS, whose addresses no list names",
            )
            continue
        yield Rule(
            key=f"{role.value}-to-s3",
            group=role,
            direction=Direction.EGRESS,
            peer=Managed.S3,
            port=HTTPS_PORT,
            description="HTTPS to S3 through its gateway endpoint",
        )
        yield from _between(
            role, SecurityRole.ENDPOINTS, HTTPS_PORT, "HTTPS to the interface endpoints"
        )


def _machines(doors: Doors) -> Sequence[SecurityRole]:
    if doors.dedicated_store:
        return (SecurityRole.GPU, SecurityRole.VECTOR_STORE)
    return (SecurityRole.GPU,)


def _between(source: SecurityRole, to: SecurityRole, port: int, why: str) -> Iterator[Rule]:
    """Out of one of our groups and into another: both sides need a rule."""
    yield Rule(
        key=f"{source.value}-to-{to.value}-{port}",
        group=source,
        direction=Direction.EGRESS,
        peer=to,
        port=port,
        description=why,
    )
    yield Rule(
        key=f"{to.value}-from-{source.value}-{port}",
        group=to,
        direction=Direction.INGRESS,
        peer=source,
        port=port,
        description=why,
    )
