"""`retrieval rollout`: what it follows, when it stops, and when the failover is armed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from infra.clock import FakeClock
from infra.errors import CheckFailedError, ServiceUnavailableError, StackError
from infra.settings import StackSettings
from infra.settings.load import parse_settings
from scripts.rollout import RolloutClients, follow, look, refuse_failed, register, target_of
from tests.unit.plans.aws_stacks import aws_settings

PRIMARY = "retrieval-prod-primary"
ARMED = ["retrieval-prod-primary-silent", "retrieval-prod-standby-start"]


def group(*versions: str, wanted: int = 1, now: str = "2") -> dict[str, Any]:
    """A group that launches version `now`, with a healthy node of each of these versions."""
    return {
        "DesiredCapacity": wanted,
        "LaunchTemplate": {"Version": now},
        "Instances": [
            {
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "LaunchTemplate": {"Version": version},
            }
            for version in versions
        ],
    }


@dataclass
class FakeAws:
    """Both clients: each look at the group takes the next moment of the story."""

    moments: list[tuple[dict[str, Any] | None, str]]
    actions_enabled: bool = True
    calls: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])

    def describe_auto_scaling_groups(self, **_request: Any) -> dict[str, Any]:
        found, self.status = self.moments[0]
        if len(self.moments) > 1:
            self.moments.pop(0)
        return {"AutoScalingGroups": [found] if found else []}

    def describe_instance_refreshes(self, **_request: Any) -> dict[str, Any]:
        if not self.status:
            return {"InstanceRefreshes": []}
        refresh = {"Status": self.status, "PercentageComplete": 50, "StatusReason": "a reason"}
        return {"InstanceRefreshes": [refresh]}

    def describe_alarms(self, **request: Any) -> dict[str, Any]:
        return {
            "MetricAlarms": [
                {"AlarmName": name, "ActionsEnabled": self.actions_enabled}
                for name in request["AlarmNames"]
            ]
        }

    def enable_alarm_actions(self, **request: Any) -> None:
        self.calls.append(("enable", request["AlarmNames"]))

    def disable_alarm_actions(self, **request: Any) -> None:
        self.calls.append(("disable", request["AlarmNames"]))

    @property
    def clients(self) -> RolloutClients:
        """This as both clients."""
        return RolloutClients(autoscaling=self, cloudwatch=self)


def _follow(aws: FakeAws, settings: StackSettings | None = None) -> tuple[Any, list[str]]:
    lines: list[str] = []
    target = target_of(settings or aws_settings(), "prod")
    return follow(target, aws.clients, FakeClock(), seen=lines.append), lines


def test_a_rollout_is_followed_to_its_end() -> None:
    """Alarms cannot act while it runs and act again after it; each change is one line."""
    aws = FakeAws(
        [
            (group("1"), "InProgress"),
            (group("1"), "InProgress"),
            (group("1", "2"), "Baking"),
            (group("2"), "Successful"),
        ]
    )
    states, lines = _follow(aws)
    assert [state.is_settled for state in states] == [True]
    assert aws.calls == [("disable", ARMED), ("enable", ARMED), ("enable", ARMED)]
    assert len(lines) == 4


def test_the_first_nodes_arm_the_failover() -> None:
    """No replacement ever ran: once the node serves, the alarms that were made silent may act."""
    aws = FakeAws([(group(), ""), (group(), ""), (group("2"), "")], actions_enabled=False)
    _follow(aws)
    assert aws.calls == [("enable", ARMED)]


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"])
def test_a_rollout_that_failed_is_the_answer_no(status: str) -> None:
    """AWS's word and reason are in the error; alarms that could act before can again."""
    aws = FakeAws([(group("1"), "InProgress"), (group("1", now="1"), status)])
    states, _ = _follow(aws)
    assert aws.calls == [("disable", ARMED), ("enable", ARMED)]
    with pytest.raises(CheckFailedError) as refused:
        refuse_failed(states)
    assert f"{PRIMARY} ended as {status}" in refused.value.what
    assert refused.value.why == "a reason"


def test_alarms_that_could_not_act_stay_so_after_a_failure() -> None:
    """The first node never served, so nothing may start a standby for it."""
    aws = FakeAws(
        [(group(wanted=1), "InProgress"), (group(wanted=1), "Failed")], actions_enabled=False
    )
    _follow(aws)
    assert aws.calls == []


def test_a_rollout_that_never_ends_is_given_up() -> None:
    """After twice the time of all nodes it is stuck, and the alarms act again."""
    aws = FakeAws([(group("1"), "InProgress")])
    clock = FakeClock()
    target = target_of(aws_settings(), "prod")
    with pytest.raises(ServiceUnavailableError) as refused:
        follow(target, aws.clients, clock, seen=lambda _line: None)
    assert "replacement InProgress" in refused.value.why
    assert target.limit_s <= clock.now_s < target.limit_s + 60
    assert aws.calls[-1] == ("enable", ARMED)


def test_an_interruption_gives_the_alarms_back() -> None:
    """Ctrl-C while waiting must not leave the stack without failover."""
    aws = FakeAws([(group("1"), "InProgress")])

    def interrupted(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(target_of(aws_settings(), "prod"), aws.clients, FakeClock(), seen=interrupted)
    assert aws.calls == [("disable", ARMED), ("enable", ARMED)]


def test_old_nodes_that_nobody_replaces_are_told() -> None:
    """The last replacement is of an earlier version: waiting would never end."""
    states, _ = _follow(FakeAws([(group("1"), "Successful")]))
    with pytest.raises(CheckFailedError) as refused:
        refuse_failed(states)
    assert "older version" in refused.value.what
    assert PRIMARY in refused.value.remedy


def test_a_missing_group_is_told() -> None:
    """The stack is not up, or the credentials are of another account."""
    with pytest.raises(StackError) as refused:
        look(target_of(aws_settings(), "prod"), FakeAws([(None, "")]).clients)
    assert PRIMARY in refused.value.what


def test_a_hot_standby_is_followed_too() -> None:
    """A cold one is empty, so only a hot one has nodes to replace."""
    hot = target_of(aws_settings(standby={"mode": "hot"}), "prod")
    assert hot.groups == (PRIMARY, "retrieval-prod-standby")
    assert target_of(aws_settings(), "prod").groups == (PRIMARY,)


def test_a_local_stack_has_no_rollout() -> None:
    """There are no groups on one machine."""
    with pytest.raises(StackError):
        target_of(parse_settings({"target": "local"}, source="a test"), "local")


def test_a_mixed_group_says_its_version_elsewhere() -> None:
    """The standby launches by a policy of several types."""
    mixed = group("2")
    mixed["MixedInstancesPolicy"] = {
        "LaunchTemplate": {"LaunchTemplateSpecification": {"Version": "2"}}
    }
    del mixed["LaunchTemplate"]
    (state,) = look(target_of(aws_settings(), "prod"), FakeAws([(mixed, "")]).clients)
    assert (state.serving, state.outdated) == (1, 0)


def test_the_command_looks_and_changes_nothing_without_wait() -> None:
    """One line for each group on stdout."""
    aws = FakeAws([(group("1", "2", now="2"), "InProgress")])
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app, lambda _s: ("prod", aws_settings()), lambda _s: aws.clients, FakeClock())
    answer = CliRunner().invoke(app, ["rollout"])
    assert answer.exit_code == 0
    expected = "1 of 1 nodes serve, 1 of an older version; replacement InProgress, 50 %"
    assert f"{PRIMARY}: {expected}" in " ".join(answer.stdout.split())
    assert aws.calls == []
