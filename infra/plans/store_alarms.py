"""Alarms on the vector store and its backups.

Silence is told apart from bad news: an alarm whose values stop goes to "insufficient data" and
says so, while one that has not had a value yet stays quiet. So a stack that is just made pages
nobody, and a machine that dies does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from infra.plans.iam import Arns
from infra.plans.metrics import (
    BACKUP_AGE_HOURS,
    DATA_DISK_USED,
    DISK_USED,
    MEMORY_USED,
    PERIOD_S,
    QDRANT_MEMORY_USED,
    QDRANT_UP,
    Metric,
    MetricSource,
    Statistic,
    metric_source,
)
from infra.plans.naming import Component, Names, Role

DISK_PERCENT = 80.0
"""Merging segments and snapshots need room beside what is stored."""

MEMORY_PERCENT = 90.0
"""Of the machine. Qdrant's own limit ends it before. Assumed."""

QDRANT_MEMORY_PERCENT = 80.0
"""Of `vector_store.memory_mib`: time for a larger machine."""

EC2_NAMESPACE = "AWS/EC2"
INSTANCE_DIMENSION = "InstanceId"

CREDITS_PERIOD_S, CREDITS_PERIODS = 300, 12
"""How often EC2 says how many CPU credits are left, and an hour of it."""

PERIODS = 5
"""Minutes before somebody is called: longer than a restart of Qdrant."""


class Compare(StrEnum):
    """When a value is bad, in CloudWatch's words."""

    BELOW = "LessThanThreshold"
    ABOVE = "GreaterThanThreshold"


class Check(StrEnum):
    """EC2's own checks, by the last part of their metrics' names."""

    SYSTEM = "System"
    INSTANCE = "Instance"
    ATTACHED_EBS = "AttachedEBS"


class Action(StrEnum):
    """What EC2 does with the instance beside the page; the last part of the action's ARN."""

    RECOVER = "recover"
    REBOOT = "reboot"


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What is bad: values of `source` beyond `threshold`, in each of the last `periods`."""

    source: MetricSource
    compare: Compare
    threshold: float
    periods: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreAlarm:
    """One alarm. `role` is its identity, `name` what it is called in the account.

    `of_instance` means that the instance's id is a dimension, known once it exists; such an alarm
    is about EC2's own metrics, ours never name an instance. `ec2_actions` are ARNs of what EC2 does
    with the instance beside the page.
    """

    role: str
    name: str
    says: str
    condition: Condition
    tags: Mapping[str, str]
    of_instance: bool = False
    ec2_actions: tuple[str, ...] = ()


def data_alarms(names: Names) -> tuple[StoreAlarm, ...]:
    """What is watched wherever Qdrant runs."""
    return (
        _alarm(names, "qdrant-down", _below(names, QDRANT_UP, 1.0), "Qdrant does not answer"),
        _alarm(
            names,
            "data-disk",
            _above(names, DATA_DISK_USED, DISK_PERCENT),
            f"Qdrant's data volume is over {DISK_PERCENT:g} % full: enlarge it",
        ),
        _alarm(
            names,
            "qdrant-memory",
            _above(names, QDRANT_MEMORY_USED, QDRANT_MEMORY_PERCENT),
            f"Qdrant holds over {QDRANT_MEMORY_PERCENT:g} % of its memory: take a larger machine",
        ),
    )


def machine_alarms(names: Names, *, least_credits: float) -> tuple[StoreAlarm, ...]:
    """What is watched on a machine of its own.

    Args:
        names: of the stack.
        least_credits: CPU credits below which the machine is, or soon will be, throttled.
    """
    return (
        # Recovery and reboot must not come in the same minute, so one waits longer.
        _status(names, Check.SYSTEM, 2, "its hardware failed; EC2 moves it", Action.RECOVER),
        _status(names, Check.INSTANCE, 3, "its system hangs; EC2 reboots it", Action.REBOOT),
        _status(names, Check.ATTACHED_EBS, 3, "a volume of it does not answer"),
        _alarm(
            names,
            "root-disk",
            _above(names, DISK_USED, DISK_PERCENT),
            f"the vector store's root volume is over {DISK_PERCENT:g} % full",
        ),
        _alarm(
            names,
            "memory",
            _above(names, MEMORY_USED, MEMORY_PERCENT),
            f"over {MEMORY_PERCENT:g} % of the vector store's memory is in use",
        ),
        _alarm(
            names,
            "credits",
            Condition(
                source=_of_ec2("CPUCreditBalance", CREDITS_PERIOD_S),
                compare=Compare.BELOW,
                threshold=least_credits,
                periods=CREDITS_PERIODS,
            ),
            f"fewer than {least_credits:g} CPU credits for an hour: it runs at its baseline only",
            of_instance=True,
        ),
    )


def backup_alarm(names: Names, *, max_age_hours: int) -> StoreAlarm:
    """The newest good snapshot is too old.

    Args:
        names: of the stack.
        max_age_hours: age above which it is.
    """
    alarm = _alarm(
        names,
        "backup-age",
        _above(names, BACKUP_AGE_HOURS, float(max_age_hours)),
        f"no whole snapshot of Qdrant was uploaded for {max_age_hours} hours",
    )
    return replace(alarm, role="age")  # the component's name says the rest


def _status(
    names: Names, check: Check, periods: int, says: str, action: Action | None = None
) -> StoreAlarm:
    partition = Arns(region=names.region, account_id=names.account_id).partition
    return _alarm(
        names,
        f"{check.name.lower().replace('_', '-')}-check",
        Condition(
            source=_of_ec2(f"StatusCheckFailed_{check.value}", PERIOD_S),
            compare=Compare.ABOVE,
            threshold=0.0,
            periods=periods,
        ),
        f"a status check of the vector store fails: {says}",
        of_instance=True,
        ec2_actions=()
        if action is None
        else (f"arn:{partition}:automate:{names.region}:ec2:{action.value}",),
    )


def _of_ec2(name: str, period_s: int) -> MetricSource:
    return MetricSource(
        namespace=EC2_NAMESPACE,
        name=name,
        dimensions={},
        statistic=Statistic.MAXIMUM,
        period_s=period_s,
    )


def _above(names: Names, metric: Metric, threshold: float) -> Condition:
    source = metric_source(metric, names, Role.VECTOR_STORE)
    return Condition(source=source, compare=Compare.ABOVE, threshold=threshold, periods=PERIODS)


def _below(names: Names, metric: Metric, threshold: float) -> Condition:
    source = metric_source(metric, names, Role.VECTOR_STORE)
    return Condition(source=source, compare=Compare.BELOW, threshold=threshold, periods=PERIODS)


def _alarm(  # noqa: PLR0913 (the fields of the record)
    names: Names,
    role: str,
    condition: Condition,
    says: str,
    *,
    of_instance: bool = False,
    ec2_actions: tuple[str, ...] = (),
) -> StoreAlarm:
    label = f"{Role.VECTOR_STORE.value}-{role}"
    return StoreAlarm(
        role=role,
        name=names.label(label),
        says=says,
        condition=condition,
        tags=names.tags(Component.WATCH, label),
        of_instance=of_instance,
        ec2_actions=ec2_actions,
    )
