"""Which alarms a stack has on its GPU nodes: pages, start and end of the standby, DNS turning away.

Two alarms look at silence: a health check of Route 53 takes neither metric math nor "m of n", while
a step policy needs a value to measure its step by, which a node that is gone does not send.

An alarm for which missing values are bad news would fire before the first node has ever served. Its
actions are off when it is made, and `retrieval rollout --wait` turns them on once every node of the
group serves, and off for the time of a rollout; the program never touches that switch again.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.naming import Component, Names, Role
from infra.plans.node_alarms import AlarmMaker, AlarmPlan
from infra.plans.standby import ScalingPlan, StandbyPlan
from infra.settings import StackSettings
from infra.settings.aws.standby import StandbyMode


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthCheckPlan:
    """A Route 53 health check that is an alarm's state; without data it is unhealthy."""

    role: Role
    alarm: str
    region: str
    tags: dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryPlan:
    """What exists before the groups: their rollback and their health check look at it."""

    alarms: tuple[AlarmPlan, ...]
    health_checks: tuple[HealthCheckPlan, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FailoverPlan:
    """What comes after the groups: pages, and the alarms and policies that move the standby."""

    alarms: tuple[AlarmPlan, ...]
    scaling: tuple[ScalingPlan, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know."""
        return (
            "the failover acts only after `retrieval rollout --wait` has seen every node serve; "
            "run it after each `up`",
        )

    def armed_by_rollout(self, canary: CanaryPlan) -> tuple[str, ...]:
        """Names of all alarms of both plans that a rollout switches."""
        return tuple(a.name for a in (*canary.alarms, *self.alarms) if a.armed_by_rollout)


def plan_canary(settings: StackSettings, names: Names) -> CanaryPlan:
    """The alarms on the canary itself, and in `dns` mode the primary's health check.

    The standby has no health check: with both unhealthy Route 53 would answer with the primary,
    which is no better.
    """
    make = AlarmMaker(names)
    silent = make.canary_silent(Role.PRIMARY, settings.standby.unhealthy_minutes)
    alarms = [silent, make.canary_wrong()]
    if settings.standby.mode is StandbyMode.HOT:
        alarms.append(make.canary_silent(Role.STANDBY, settings.standby.unhealthy_minutes))
    checks: tuple[HealthCheckPlan, ...] = ()
    if endpoint_kind(settings) is EndpointKind.DNS:
        checks = (
            HealthCheckPlan(
                role=Role.PRIMARY,
                alarm=silent.role,
                region=names.region,
                tags=names.tags(Component.ENDPOINT, "primary-health"),
            ),
        )
    return CanaryPlan(alarms=tuple(alarms), health_checks=checks)


def plan_failover(
    settings: StackSettings, names: Names, standby: StandbyPlan | None
) -> FailoverPlan:
    """Pages for every role that serves all the time, and the standby's start and return."""
    make = AlarmMaker(names)
    hot = settings.standby.mode is StandbyMode.HOT
    cold = settings.standby.mode is StandbyMode.COLD
    alarms: list[AlarmPlan] = []
    for role in (Role.PRIMARY, *((Role.STANDBY,) if hot else ())):
        alarms += make.pages(settings, role)
    alarms.append(make.without_capacity(Role.PRIMARY, settings))
    if hot or cold:
        alarms.append(make.without_capacity(Role.STANDBY, settings))
    if endpoint_kind(settings) is EndpointKind.NLB:
        alarms.append(make.balancer_unhealthy())
    if cold:
        alarms += [make.standby_start(settings), make.standby_return(settings)]
    return FailoverPlan(alarms=tuple(alarms), scaling=standby.scaling if standby else ())


def alarm_count(canary: CanaryPlan, failover: FailoverPlan) -> int:
    """How many alarms are paid for: those on two metrics count twice."""
    return sum(alarm.billed_metrics for alarm in (*canary.alarms, *failover.alarms))
