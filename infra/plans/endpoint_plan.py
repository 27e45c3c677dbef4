"""The address of the gateway: a private zone and, with several nodes, a load balancer behind it.

Hosts register their own addresses, so with kind `dns` the program owns no record of the gateway.
The vector store's fixed name in the zone belongs to the vector store.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from infra.errors import PlanError
from infra.plans.addresses import (
    AGENT_HEALTH_PATH,
    AGENT_PORT,
    GATEWAY_PORT,
    gateway_name,
    gateway_url,
)
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.facts import AccountFacts
from infra.plans.naming import Component, Names
from infra.settings import StackSettings
from infra.settings.aws.network import NetworkMode

CHECK_INTERVAL_S, CHECK_TIMEOUT_S = 10, 6
"""How often and how patiently a node's agent is asked; the timeout is AWS's for HTTP checks."""

CHECKS_TO_HEALTHY, CHECKS_TO_UNHEALTHY = 2, 2
"""Answers in a row that move a node in or out: about 20 s, without a flap at one lost packet."""

DRAIN_MARGIN_S = 5
"""Added to the gateway's own drain, so that the load balancer lets go last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ZonePlan:
    """The private zone. It is deleted with the records that hosts put into it."""

    name: str
    comment: str
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthCheck:
    """How the load balancer asks a node's agent, which knows more than any port."""

    port: int
    path: str
    interval_s: int
    timeout_s: int
    to_healthy: int
    to_unhealthy: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBalancerPlan:
    """An internal NLB; both groups of GPU nodes register in its one target group.

    It is in all zones of the network, and sends across them: a zone without a healthy node loses
    nothing. `record_name` is the alias that clients resolve. `drain_s` is how long a node that
    leaves may finish what it has.
    """

    name: str
    port: int
    record_name: str
    check: HealthCheck
    drain_s: int
    tags: Mapping[str, str]
    target_group_tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointPlan:
    """The gateway's address. `balancer` is None with kind `dns`."""

    kind: EndpointKind
    url: str
    zone: ZonePlan
    balancer: LoadBalancerPlan | None


def plan_endpoint(settings: StackSettings, facts: AccountFacts, names: Names) -> EndpointPlan:
    """The endpoint of a stack.

    Args:
        settings: of the stack.
        facts: of its account; private zones of an adopted VPC leave out this stack's own.
        names: of the stack.

    Raises:
        PlanError: an adopted VPC resolves the zone's name already.
    """
    endpoint = settings.endpoint
    _refuse_taken_zone(settings, facts)
    kind = endpoint_kind(settings)
    return EndpointPlan(
        kind=kind,
        url=gateway_url(endpoint),
        zone=ZonePlan(
            name=endpoint.zone_name,
            comment=f"Private names of {names.stem}; hosts write their own records",
            tags=names.tags(Component.ENDPOINT, "zone"),
        ),
        balancer=_balancer(settings, names) if kind is EndpointKind.NLB else None,
    )


def _balancer(settings: StackSettings, names: Names) -> LoadBalancerPlan:
    gateway = settings.gateway
    return LoadBalancerPlan(
        name=names.load_balancer("gateway"),
        port=GATEWAY_PORT,
        record_name=gateway_name(settings.endpoint),
        check=HealthCheck(
            port=AGENT_PORT,
            path=AGENT_HEALTH_PATH,
            interval_s=CHECK_INTERVAL_S,
            timeout_s=CHECK_TIMEOUT_S,
            to_healthy=CHECKS_TO_HEALTHY,
            to_unhealthy=CHECKS_TO_UNHEALTHY,
        ),
        drain_s=math.ceil((gateway.drain_notice_ms + gateway.drain_ms) / 1000) + DRAIN_MARGIN_S,
        tags=names.tags(Component.ENDPOINT, "load-balancer"),
        target_group_tags=names.tags(Component.ENDPOINT, "targets"),
    )


def _refuse_taken_zone(settings: StackSettings, facts: AccountFacts) -> None:
    """Route 53 takes a name once for each VPC."""
    if settings.network.mode is not NetworkMode.ADOPT:
        return
    vpc = facts.vpc(settings.network.vpc_id)
    if vpc is None:
        return  # the network plan refuses it, with the reason
    name = settings.endpoint.zone_name
    if name in {zone.removesuffix(".") for zone in vpc.private_zones}:
        raise PlanError(
            f"retrieval:endpoint.zone_name {name} is taken",
            why=f"{vpc.id} resolves a private zone of that name, and Route 53 allows one",
            remedy="choose another zone_name, such as one with the stack's name in it",
        )
