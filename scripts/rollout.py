"""`retrieval rollout`: follows the replacement of GPU nodes to its end, and arms the failover.

`up` returns when a replacement starts. `--wait` follows it; meanwhile the alarms that silence trips
cannot act, and once every node serves at the newest version they can. That is also how a stack's
failover is switched on the first time. Talks to AWS through clients that are passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Protocol

import typer

from infra.clock import Clock
from infra.errors import CheckFailedError, ServiceUnavailableError, StackError
from infra.plans.failover import plan_canary, plan_failover
from infra.plans.gpu import group_name
from infra.plans.naming import Role, names_of
from infra.plans.rollout import replacement_limit_s
from infra.settings import StackSettings, Target
from infra.settings.aws.standby import StandbyMode
from scripts import show

POLL_S = 15.0

MOVING = frozenset({"Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"})
"""States of a refresh that will change by themselves."""

DONE = "Successful"


class AutoScaling(Protocol):
    """The calls that are made of boto3's `autoscaling` client."""

    def describe_auto_scaling_groups(self, **request: Any) -> dict[str, Any]: ...

    def describe_instance_refreshes(self, **request: Any) -> dict[str, Any]: ...


class CloudWatch(Protocol):
    """The calls that are made of boto3's `cloudwatch` client."""

    def describe_alarms(self, **request: Any) -> dict[str, Any]: ...

    def enable_alarm_actions(self, **request: Any) -> object: ...

    def disable_alarm_actions(self, **request: Any) -> object: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutClients:
    """Both clients, of the stack's own region and account."""

    autoscaling: AutoScaling
    cloudwatch: CloudWatch


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutTarget:
    """What is followed: groups by name, alarms that are armed, seconds after which it is stuck."""

    groups: tuple[str, ...]
    alarms: tuple[str, ...]
    limit_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupState:
    """A group at one moment. `serving` nodes are healthy and of the group's own version.

    `refresh` is the state of its newest replacement in AWS's words, empty if there never was one.
    """

    name: str
    wanted: int
    serving: int
    outdated: int
    refresh: str
    percent: int
    reason: str

    @property
    def is_moving(self) -> bool:
        """Whether a replacement is under way."""
        return self.refresh in MOVING

    @property
    def has_failed(self) -> bool:
        """Whether the newest replacement ended in another way than it should."""
        return bool(self.refresh) and not self.is_moving and self.refresh != DONE

    @property
    def is_settled(self) -> bool:
        """Whether every node that is wanted serves, none of an older version."""
        return not self.is_moving and self.serving >= self.wanted and not self.outdated

    @property
    def text(self) -> str:
        """One line for people."""
        nodes = f"{self.serving} of {self.wanted} nodes serve"
        older = f", {self.outdated} of an older version" if self.outdated else ""
        refresh = f"; replacement {self.refresh}, {self.percent} %" if self.refresh else ""
        return f"{self.name}: {nodes}{older}{refresh}"


def register(
    app: typer.Typer,
    settings_of: Callable[[str | None], tuple[str, StackSettings]],
    clients_of: Callable[[StackSettings], RolloutClients],
    clock: Clock,
) -> None:
    """Add the command.

    Args:
        app: the command line.
        settings_of: name and settings of a stack.
        clients_of: clients with the operator's credentials; they raise OperatorErrors.
        clock: waits between two looks.
    """

    @app.command("rollout")
    def rollout(
        stack: show.StackOption = None,
        wait: Annotated[  # noqa: FBT002 (a flag of the command line)
            bool, typer.Option("--wait", help="Follow it to the end, then arm the failover.")
        ] = False,
        as_json: show.JsonOption = False,  # noqa: FBT002
    ) -> None:
        """Show how far the replacement of GPU nodes is; exit 1 when it failed or went back."""
        name, settings = settings_of(stack)
        target, clients = target_of(settings, name), clients_of(settings)
        states = (
            follow(target, clients, clock, seen=show.talk().print)
            if wait
            else look(target, clients)
        )
        if as_json:
            groups = [asdict(state) for state in states]
            show.print_json("rollout", stack=name, given={"wait": wait}, result={"groups": groups})
        else:
            for state in states:
                show.data().print(state.text)
        refuse_failed(states)


def target_of(settings: StackSettings, stack: str) -> RolloutTarget:
    """What belongs to a stack's rollout.

    Raises:
        StackError: the stack has no GPU nodes of its own.
    """
    if settings.target is not Target.AWS:
        raise StackError(
            f"stack {stack} is not on AWS but {settings.target.value}",
            why="it has no group whose nodes are replaced",
            remedy="`retrieval up` restarts what has changed there",
        )
    names = names_of(settings.aws, stack=stack)
    hot = settings.standby.mode is StandbyMode.HOT
    roles = (Role.PRIMARY, *((Role.STANDBY,) if hot else ()))
    failover = plan_failover(settings, names, None)
    return RolloutTarget(
        groups=tuple(group_name(names, role) for role in roles),
        alarms=failover.armed_by_rollout(plan_canary(settings, names)),
        limit_s=replacement_limit_s(settings),
    )


def look(target: RolloutTarget, clients: RolloutClients) -> tuple[GroupState, ...]:
    """Each group as it is now; changes nothing.

    Raises:
        StackError: a group does not exist.
    """
    return tuple(_state(name, clients.autoscaling) for name in target.groups)


def follow(
    target: RolloutTarget, clients: RolloutClients, clock: Clock, *, seen: Callable[[str], object]
) -> tuple[GroupState, ...]:
    """Wait until every group is settled or has failed; arm the alarms if all are well.

    Args:
        target: what to follow.
        clients: of the account.
        clock: waits between two looks.
        seen: gets a line whenever something changed.

    Raises:
        ServiceUnavailableError: it takes longer than it can.
        StackError: a group does not exist.
    """
    states = look(target, clients)
    with _disarmed(target.alarms, clients.cloudwatch, when=any(s.is_moving for s in states)):
        states = _until_still(target, clients, clock, seen)
    if all(state.is_settled and not state.has_failed for state in states):
        clients.cloudwatch.enable_alarm_actions(AlarmNames=list(target.alarms))
        seen(f"armed: {', '.join(target.alarms)}")
    return states


def refuse_failed(states: Sequence[GroupState]) -> None:
    """Turn a replacement that failed or went back into the command's answer.

    Raises:
        CheckFailedError: names each group and AWS's reason.
    """
    failed = [state for state in states if state.has_failed]
    if failed:
        raise CheckFailedError(
            "; ".join(f"the rollout of {state.name} ended as {state.refresh}" for state in failed),
            why="; ".join(state.reason or "AWS gives no reason" for state in failed),
            remedy="nodes of the version before serve on where it went back; read the new node's "
            "boot log in the stack's log groups, mend the settings, then `retrieval up` again",
        )
    old = [state for state in states if state.outdated and not state.is_moving]
    if old:
        raise CheckFailedError(
            f"{', '.join(state.name for state in old)} has nodes of an older version",
            why="no replacement of them is under way",
            remedy="start one: `aws autoscaling start-instance-refresh --auto-scaling-group-name "
            f"{old[0].name}`, then `retrieval rollout --wait`",
        )


def _until_still(
    target: RolloutTarget, clients: RolloutClients, clock: Clock, seen: Callable[[str], object]
) -> tuple[GroupState, ...]:
    end_s = clock.monotonic_s() + target.limit_s
    told: set[str] = set()
    while True:
        states = look(target, clients)
        for state in states:
            if state.text not in told:
                told.add(state.text)
                seen(state.text)
        if all(_is_still(state) for state in states):
            return states
        if clock.monotonic_s() >= end_s:
            raise ServiceUnavailableError(
                f"the rollout is not over after {target.limit_s:g} s",
                why="; ".join(state.text for state in states),
                remedy="see the groups' activity for capacity, quota or boots that fail, then "
                "`retrieval rollout --wait` again",
            )
        clock.sleep(POLL_S)


def _is_still(state: GroupState) -> bool:
    """Nothing more will happen by itself, or nothing more has to."""
    stale = state.refresh == DONE and state.serving + state.outdated >= state.wanted
    return not state.is_moving and (state.is_settled or state.has_failed or stale)


@contextmanager
def _disarmed(alarms: Sequence[str], client: CloudWatch, *, when: bool) -> Generator[None]:
    """Alarms that cannot act meanwhile; afterwards, whatever happened, those act that did."""
    armed = [
        alarm["AlarmName"]
        for alarm in client.describe_alarms(AlarmNames=list(alarms)).get("MetricAlarms", [])
        if when and alarm["ActionsEnabled"]
    ]
    if not armed:
        yield
        return
    client.disable_alarm_actions(AlarmNames=armed)
    try:
        yield
    finally:
        client.enable_alarm_actions(AlarmNames=armed)


def _state(name: str, client: AutoScaling) -> GroupState:
    groups = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    if not groups:
        raise StackError(
            f"there is no group {name}",
            why="the stack is not up in this account and region",
            remedy="run `pulumi up` first, with credentials of the stack's account",
        )
    group = groups[0]
    healthy = [
        each
        for each in group["Instances"]
        if each["LifecycleState"] == "InService" and each["HealthStatus"] == "Healthy"
    ]
    wanted_version = _template(group).get("Version")
    outdated = sum(
        each.get("LaunchTemplate", {}).get("Version") != wanted_version for each in healthy
    )
    refreshes = client.describe_instance_refreshes(AutoScalingGroupName=name, MaxRecords=1)
    newest: dict[str, Any] = next(iter(refreshes.get("InstanceRefreshes", [])), {})
    return GroupState(
        name=name,
        wanted=group["DesiredCapacity"],
        serving=len(healthy) - outdated,
        outdated=outdated,
        refresh=newest.get("Status", ""),
        percent=newest.get("PercentageComplete", 0),
        reason=newest.get("StatusReason", ""),
    )


def _template(group: dict[str, Any]) -> dict[str, Any]:
    """What the group launches from; a mixed one says it further down."""
    mixed = group.get("MixedInstancesPolicy")
    if mixed:
        return mixed["LaunchTemplate"]["LaunchTemplateSpecification"]
    return group.get("LaunchTemplate", {})
