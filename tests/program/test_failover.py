"""Alarms, health check and scaling policies as the engine would get them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.program.gpu_stack import build_gpu_stack
from tests.program.harness import Registered, run_component
from tests.unit.plans.aws_stacks import aws_settings

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
CHECK = "aws:route53/healthCheck:HealthCheck"
POLICY = "aws:autoscaling/policy:Policy"
TOPIC = "arn:aws:x:us-east-1:123456789012:thing"


def _run(preview: bool = False, **groups: Any) -> Registered:
    settings = aws_settings(**groups)
    return run_component(lambda: build_gpu_stack(settings), preview=preview)


def test_no_alarm_names_an_instance(preview: bool) -> None:
    """Dimensions of our metrics are Stack and Role; groups are named, instances never."""
    seen: set[str] = set()
    for alarm in _run(preview).of(ALARM):
        seen |= set(alarm.inputs.get("dimensions") or {})
        for query in alarm.inputs.get("metricQueries", []):
            seen |= set(query.get("metric", {}).get("dimensions", {}))
    assert seen == {"Stack", "Role", "AutoScalingGroupName"}


def test_an_alarm_that_missing_values_trip_starts_without_actions(preview: bool) -> None:
    """Before a first node served it must neither page nor start anything; the switch is left."""
    for alarm in _run(preview).of(ALARM):
        armed_later = alarm.inputs["treatMissingData"] == "breaching"
        assert alarm.inputs["actionsEnabled"] is not armed_later, alarm.name
        assert alarm.ignore_changes == (("actionsEnabled",) if armed_later else ()), alarm.name


def test_the_standby_starts_and_returns_by_step_policies() -> None:
    """Each alarm's action is its own policy, which sets the size exactly."""
    registered = _run()
    start, back = (
        registered.named("failover-start-policy"),
        registered.named("failover-return-policy"),
    )
    for policy in (start, back):
        assert policy.inputs["policyType"] == "StepScaling"
        assert policy.inputs["adjustmentType"] == "ExactCapacity"
    assert start.inputs["stepAdjustments"] == [
        {"scalingAdjustment": 1, "metricIntervalUpperBound": "0"}
    ]
    assert back.inputs["stepAdjustments"] == [
        {"scalingAdjustment": 0, "metricIntervalLowerBound": "0"}
    ]
    for alarm, policy in (("standby-start", start), ("standby-return", back)):
        made = registered.named(f"failover-{alarm}")
        assert len(made.inputs["alarmActions"]) == 1
        assert TOPIC not in made.inputs["alarmActions"]
        assert made.property_dependencies["alarmActions"] == {policy.urn}


def test_alarms_of_the_groups_come_after_the_groups() -> None:
    """A group exists once its nodes have served, so nothing about it is said before."""
    registered = _run()
    group = registered.named("gpu-primary-group")
    alarms = [each for each in registered.of(ALARM) if each.name.startswith("failover-")]
    assert alarms
    assert all(registered.needs(alarm, group) for alarm in alarms)


def test_dns_turns_away_from_a_primary_without_data() -> None:
    """The health check is the state of a plain alarm; without data it is unhealthy."""
    registered = _run()
    check = registered.one(CHECK)
    assert check.inputs["type"] == "CLOUDWATCH_METRIC"
    assert check.inputs["cloudwatchAlarmName"] == "retrieval-prod-primary-silent"
    assert check.inputs["insufficientDataHealthStatus"] == "Unhealthy"
    alarm = registered.named("canary-primary-silent")
    assert "metricQueries" not in alarm.inputs
    assert "datapointsToAlarm" not in alarm.inputs


def test_behind_a_load_balancer_its_own_alarm_pages() -> None:
    """No health check of Route 53; the load balancer's count of unhealthy nodes instead."""
    registered = _run(endpoint={"mode": "nlb"})
    assert registered.of(CHECK) == []
    alarm = registered.named("failover-balancer-unhealthy")
    assert alarm.inputs["dimensions"] == {
        "TargetGroup": "targetgroup/tg/1",
        "LoadBalancer": "net/lb/1",
    }
    assert alarm.inputs["alarmActions"] == [TOPIC]


@pytest.mark.parametrize("mode", ["off", "hot"])
def test_only_a_cold_standby_is_scaled(mode: str) -> None:
    """Without a cold standby there is neither policy nor an alarm to drive one."""
    registered = _run(standby={"mode": mode})
    assert registered.of(POLICY) == []
    names = {each.name for each in registered.of(ALARM)}
    assert not names & {"failover-standby-start", "failover-standby-return"}
