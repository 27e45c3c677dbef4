"""Alarms on the GPU nodes: who is called, what moves the standby, what Route 53 looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.plans.facts import sample_facts
from infra.plans.failover import (
    CanaryPlan,
    FailoverPlan,
    alarm_count,
    plan_canary,
    plan_failover,
)
from infra.plans.gpu import Site
from infra.plans.metrics import PERIOD_S
from infra.plans.naming import names_of
from infra.plans.node_alarms import AlarmPlan, Compare, Missing
from infra.plans.rollout import BAKE_S, ROLLBACK_ALARM
from infra.plans.standby import RETURN_ALARM, START_ALARM, plan_standby
from infra.settings import StackSettings
from infra.settings.load import load_from_file
from tests.unit.plans.aws_stacks import EXAMPLES, ROOT, aws_settings

GOLDENS = Path(__file__).parent / "goldens"
SITE = Site(zones=("us-east-1a",), data_zone="us-east-1a")


def plans(stack: StackSettings, name: str = "prod") -> tuple[CanaryPlan, FailoverPlan]:
    """Both plans of a stack."""
    names = names_of(stack.aws, stack=name)
    standby = plan_standby(stack, sample_facts(), names, SITE)
    return plan_canary(stack, names), plan_failover(stack, names, standby)


def alarms(stack: StackSettings) -> dict[str, AlarmPlan]:
    """All alarms by their role."""
    canary, failover = plans(stack)
    return {alarm.role: alarm for alarm in (*canary.alarms, *failover.alarms)}


def table(canary: CanaryPlan, failover: FailoverPlan) -> str:
    """The alarms as a reviewer reads them."""
    lines: list[str] = []
    for alarm in (*canary.alarms, *failover.alarms):
        value = alarm.expression or alarm.terms[0].source.name
        flags = [
            word
            for word, is_set in (
                ("pages", alarm.pages),
                ("armed by rollout", alarm.armed_by_rollout),
                ("of the balancer", alarm.of_balancer),
            )
            if is_set
        ]
        lines.append(
            f"{alarm.name}: {alarm.terms[0].source.statistic.value} {value} {alarm.compare.value} "
            f"{alarm.threshold:g} for {alarm.periods} min, missing {alarm.missing.value}"
            f" [{', '.join(flags)}]"
        )
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("example", EXAMPLES)
def test_alarms_of_the_examples(example: str) -> None:
    """The alarms of each example stack are those of its golden."""
    made = table(*plans(load_from_file(ROOT, example), example))
    assert made == (GOLDENS / f"{example}.txt").read_text("utf-8")


def test_roles_of_alarms_differ() -> None:
    """A role is an alarm's identity, in every mode."""
    for mode in ("off", "cold", "hot"):
        canary, failover = plans(aws_settings(standby={"mode": mode}))
        roles = [alarm.role for alarm in (*canary.alarms, *failover.alarms)]
        assert len(set(roles)) == len(roles)


def test_start_and_return_never_ask_for_both() -> None:
    """The same value cannot be below the one threshold and at or above the other."""
    made = alarms(aws_settings())
    start, back = made[START_ALARM], made[RETURN_ALARM]
    assert (start.terms, start.expression) == (back.terms, back.expression)
    assert (start.compare, back.compare) == (Compare.BELOW, Compare.AT_LEAST)
    assert start.threshold == back.threshold


def test_the_step_policies_have_a_step_for_every_breach() -> None:
    """Distances from the threshold: below it for the start, from it on for the return."""
    _, failover = plans(aws_settings())
    start, back = failover.scaling
    assert (start.lower_bound, start.upper_bound, start.size) == (None, 0.0, 1)
    assert (back.lower_bound, back.upper_bound, back.size) == (0.0, None, 0)


def test_minutes_are_those_of_the_settings() -> None:
    """One period is a minute, and as many are looked at as the settings say."""
    made = alarms(aws_settings(standby={"unhealthy_minutes": 5, "return_minutes": 45}))
    assert made[START_ALARM].periods == made["primary-silent"].periods == 5
    assert made[RETURN_ALARM].periods == 45
    assert {term.source.period_s for alarm in made.values() for term in alarm.terms} == {60}


def test_the_longest_return_is_what_cloudwatch_takes() -> None:
    """An alarm looks back a day at the most."""
    made = alarms(aws_settings(standby={"return_minutes": 1440}))
    assert made[RETURN_ALARM].periods * PERIOD_S <= 86_400


def test_a_rollout_bakes_longer_than_its_alarm_needs() -> None:
    """Or the old node would be gone before the alarm could speak."""
    assert alarms(aws_settings())[ROLLBACK_ALARM].periods * PERIOD_S < BAKE_S


def test_what_silence_trips_is_armed_by_a_rollout() -> None:
    """Exactly those alarms; every other one may page from the start."""
    for mode in ("off", "cold", "hot"):
        for alarm in alarms(aws_settings(standby={"mode": mode})).values():
            assert alarm.armed_by_rollout is (alarm.missing is Missing.BAD)


def test_primary_and_standby_are_told_apart() -> None:
    """An alarm of a role looks at that role's metrics only."""
    for alarm in alarms(aws_settings(standby={"mode": "hot"})).values():
        role = alarm.role.split("-")[0]
        for term in alarm.terms:
            assert term.source.dimensions.get("Role", role) == role or alarm.of_balancer


def test_latency_pages_at_the_promise() -> None:
    """The design point's bound is the threshold."""
    made = alarms(aws_settings(design_point={"p90_ms": 450}))
    assert made["primary-latency"].threshold == 450


def test_alarms_on_two_metrics_are_paid_for_twice() -> None:
    """The count for the cost is by metric: eleven alarms of prod are thirteen."""
    canary, failover = plans(aws_settings())
    assert len(canary.alarms) + len(failover.alarms) == 11
    assert alarm_count(canary, failover) == 13
