"""The spot standby: a second group of GPU nodes, empty until an alarm fills it, or always one.

`cold` is 0 or 1 by step scaling: one policy starts it at the alarm, one ends it after the primary
has been well for long enough (the alarms are `failover.py`). `hot` is 1. Losing a spot node is no
accident here: it serves only while the primary cannot, or beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.errors import PlanError
from infra.plans.facts import AccountFacts
from infra.plans.gpu import (
    GRACE_S,
    TERMINATE_S,
    GroupPlan,
    Site,
    SpotPlan,
    capacity_timeout_s,
    group_name,
    health_check_type,
    hooks,
    require_drain_within_notice,
    template_plan,
)
from infra.plans.naming import Names, Role
from infra.plans.rollout import SPOT_QUOTA, launch_first, launch_heartbeat_s
from infra.settings import StackSettings
from infra.settings.aws.instances import GPU_SILICON, GpuInstanceType
from infra.settings.aws.standby import StandbyMode


@dataclass(frozen=True, kw_only=True, slots=True)
class ScalingPlan:
    """A step scaling policy with one step, which sets the group's size exactly.

    `lower_bound` and `upper_bound` are distances from the alarm's threshold; None is without end.
    `alarm` is the alarm that drives it, by its role.
    """

    role: str
    alarm: str
    size: int
    lower_bound: float | None
    upper_bound: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StandbyPlan:
    """The spot group, and what sets its size: nothing where it is hot."""

    mode: StandbyMode
    group: GroupPlan
    scaling: tuple[ScalingPlan, ...]


START_ALARM, RETURN_ALARM = "standby-start", "standby-return"
"""Roles of the alarms that fill and empty a cold group."""


def plan_standby(
    settings: StackSettings, facts: AccountFacts, names: Names, site: Site
) -> StandbyPlan | None:
    """The standby; None where it is off.

    Raises:
        PlanError: zones, spot quota or the time to drain do not allow it.
    """
    standby = settings.standby
    if standby.mode is StandbyMode.OFF:
        return None
    require_drain_within_notice(settings)
    _require_spot_quota(standby.instance_types, facts)
    cold = standby.mode is StandbyMode.COLD
    return StandbyPlan(
        mode=standby.mode,
        group=GroupPlan(
            role=Role.STANDBY,
            name=group_name(names, Role.STANDBY),
            zones=_zones(standby.instance_types, facts, site),
            min_size=0 if cold else 1,
            # A hot one may have its successor beside it; a cold one is never more than 1.
            max_size=1 if cold else 2,
            desired=0 if cold else 1,
            template=template_plan(settings, facts, names, Role.STANDBY, standby.instance_types[0]),
            hooks=hooks(settings, terminate_s=TERMINATE_S),
            health_check_type=health_check_type(settings),
            grace_s=GRACE_S,
            capacity_timeout_s=0 if cold else capacity_timeout_s(launch_heartbeat_s(settings)),
            rollout=launch_first(1, "the primary serves meanwhile"),
            # Its refresh never decides over the primary's, and nobody waits for a cold one.
            rollback_alarm=None,
            scaled=cold,
            spot=SpotPlan(instance_types=tuple(kind.value for kind in standby.instance_types)),
        ),
        scaling=_cold_scaling() if cold else (),
    )


def _cold_scaling() -> tuple[ScalingPlan, ...]:
    """Start: the canary is below its threshold of 1. Return: it is at or above it."""
    return (
        ScalingPlan(role="start", alarm=START_ALARM, size=1, lower_bound=None, upper_bound=0.0),
        ScalingPlan(role="return", alarm=RETURN_ALARM, size=0, lower_bound=0.0, upper_bound=None),
    )


def _require_spot_quota(types: tuple[GpuInstanceType, ...], facts: AccountFacts) -> None:
    quota = facts.quotas.spot_gpu_vcpus
    if quota is None:
        return
    too_large = [kind for kind in types if GPU_SILICON[kind].vcpus > quota]
    if not too_large:
        return
    fitting = [kind.value for kind in types if kind not in too_large]
    most = max(GPU_SILICON[kind].vcpus for kind in types)
    named = ", ".join(f"{kind.value} ({GPU_SILICON[kind].vcpus} vCPUs)" for kind in too_large)
    raise PlanError(
        f"standby.instance_types names {named}",
        why=f"the account may run {quota} vCPUs of G and VT spot instances (quota {SPOT_QUOTA}): "
        "EC2 would refuse such a node just when it is needed",
        remedy=(
            f"set retrieval:standby.instance_types to [{', '.join(fitting)}], or "
            if fitting
            else "set retrieval:standby.mode to off, or "
        )
        + f"ask for {most}: AWS console, Service Quotas, Amazon EC2",
    )


def _zones(types: tuple[GpuInstanceType, ...], facts: AccountFacts, site: Site) -> tuple[str, ...]:
    """Zones with a subnet in which at least one of the types may be had."""
    wanted = {kind.value for kind in types}
    offering = {zone.name for zone in facts.zones if zone.offers & wanted}
    zones = tuple(zone for zone in site.zones if zone in offering)
    if zones:
        return zones
    raise PlanError(
        f"no zone for a standby of {', '.join(sorted(wanted))}",
        why=f"none of the zones with a subnet ({', '.join(site.zones) or 'none'}) offers one; "
        f"{facts.region} offers them in {', '.join(sorted(offering)) or 'none'}",
        remedy="add such a zone to retrieval:network.zones, or a subnet in one to "
        "retrieval:network.subnet_ids",
    )
