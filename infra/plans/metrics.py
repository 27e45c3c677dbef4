"""The metrics that nodes publish: the one list for the agent, the alarms and the dashboard.

A metric's dimensions are Stack and Role, never an instance id, so that it outlives any node. What a
metric says about Qdrant belongs to the role vector-store, whichever machine Qdrant runs on.
CloudWatch's own metrics (AWS/EC2, AWS/AutoScaling, ...) are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from infra.errors import InternalError
from infra.plans.naming import METRIC_NAMESPACE, Names, Role
from infra.settings import StackSettings
from infra.settings.aws.standby import StandbyMode
from infra.settings.aws.vector_store import Placement

PERIOD_S = 60
"""How often an agent publishes each metric; alarms use the same period."""


class Unit(StrEnum):
    """Units in CloudWatch's own words; it knows none for hours."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    PERCENT = "Percent"
    NONE = "None"


class Statistic(StrEnum):
    """How values of several nodes and of one period become one: towards the worse."""

    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"
    SUM = "Sum"


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One metric. `roles` are those that it may be published for."""

    name: str
    unit: Unit
    statistic: Statistic
    roles: tuple[Role, ...]
    meaning: str


_GPU_ROLES = (Role.PRIMARY, Role.STANDBY)
_STORE = (Role.VECTOR_STORE,)

CANARY = Metric(
    name="canary_ok",
    unit=Unit.COUNT,
    statistic=Statistic.MINIMUM,
    roles=_GPU_ROLES,
    meaning="1 if a golden text got the expected vector, a golden pair the expected order and the "
    "gateway an answer; 0 if not. A dead node publishes nothing.",
)
REQUEST_LATENCY_P90 = Metric(
    name="request_latency_p90_ms",
    unit=Unit.MILLISECONDS,
    statistic=Statistic.MAXIMUM,
    roles=_GPU_ROLES,
    meaning="P90 of the gateway's answers to searches since the last value; nothing without any.",
)
REQUEST_FAILURES = Metric(
    name="request_failures",
    unit=Unit.COUNT,
    statistic=Statistic.SUM,
    roles=_GPU_ROLES,
    meaning="Answers of the gateway with status 5xx, refusals by load included, since the last "
    "value.",
)
QUEUE_DEPTH = Metric(
    name="queue_depth",
    unit=Unit.COUNT,
    statistic=Statistic.MAXIMUM,
    roles=_GPU_ROLES,
    meaning="Texts that wait in both model servers' queues (te_queue_size).",
)
GPU_MEMORY_USED = Metric(
    name="gpu_memory_used_percent",
    unit=Unit.PERCENT,
    statistic=Statistic.MAXIMUM,
    roles=_GPU_ROLES,
    meaning="Memory of the GPU in use, of what nvidia-smi shows as its total.",
)
GPU_XID_ERRORS = Metric(
    name="gpu_xid_errors",
    unit=Unit.COUNT,
    statistic=Statistic.SUM,
    roles=_GPU_ROLES,
    meaning="Xid lines of the kernel's log since the last value, those caused by programs left "
    "out.",
)
DISK_USED = Metric(
    name="disk_used_percent",
    unit=Unit.PERCENT,
    statistic=Statistic.MAXIMUM,
    roles=tuple(Role),
    meaning="The node's root volume in use.",
)
MEMORY_USED = Metric(
    name="memory_used_percent",
    unit=Unit.PERCENT,
    statistic=Statistic.MAXIMUM,
    roles=tuple(Role),
    meaning="The node's memory in use, page cache not counted.",
)
SPOT_NOTICE = Metric(
    name="spot_notice",
    unit=Unit.COUNT,
    statistic=Statistic.SUM,
    roles=(Role.STANDBY,),
    meaning="1 once when EC2 announces that it takes the spot node back.",
)
QDRANT_UP = Metric(
    name="qdrant_up",
    unit=Unit.COUNT,
    statistic=Statistic.MINIMUM,
    roles=_STORE,
    meaning="1 if Qdrant says that it is ready, 0 if not.",
)
QDRANT_MEMORY_USED = Metric(
    name="qdrant_memory_used_percent",
    unit=Unit.PERCENT,
    statistic=Statistic.MAXIMUM,
    roles=_STORE,
    meaning="Resident memory of Qdrant, of vector_store.memory_mib.",
)
DATA_DISK_USED = Metric(
    name="data_disk_used_percent",
    unit=Unit.PERCENT,
    statistic=Statistic.MAXIMUM,
    roles=_STORE,
    meaning="Qdrant's data volume in use.",
)
BACKUP_AGE_HOURS = Metric(
    name="backup_age_hours",
    unit=Unit.NONE,
    statistic=Statistic.MAXIMUM,
    roles=_STORE,
    meaning="Hours since the newest snapshot that was uploaded whole.",
)

METRICS: tuple[Metric, ...] = (
    CANARY,
    REQUEST_LATENCY_P90,
    REQUEST_FAILURES,
    QUEUE_DEPTH,
    GPU_MEMORY_USED,
    GPU_XID_ERRORS,
    DISK_USED,
    MEMORY_USED,
    SPOT_NOTICE,
    QDRANT_UP,
    QDRANT_MEMORY_USED,
    DATA_DISK_USED,
    BACKUP_AGE_HOURS,
)
"""All of them, in the order in which they are shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricSource:
    """One metric of one role in one stack, as CloudWatch names it."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: Statistic
    period_s: int


def metric_source(metric: Metric, names: Names, role: Role) -> MetricSource:
    """Where CloudWatch keeps a metric of a role; what alarms and the dashboard read."""
    if role not in metric.roles:
        raise InternalError(
            f"{metric.name} is not published for the role {role.value}",
            why="an alarm on it would wait for ever for its first value",
            remedy="correct the caller, or the metric's roles",
        )
    return MetricSource(
        namespace=METRIC_NAMESPACE,
        name=metric.name,
        dimensions=names.metric_dimensions(role),
        statistic=metric.statistic,
        period_s=PERIOD_S,
    )


def metrics_of(role: Role, *, dedicated_store: bool = True) -> tuple[Metric, ...]:
    """What is published for a role.

    Args:
        role: of the node.
        dedicated_store: whether the vector store has a machine of its own; if not, its root
            volume and memory are those of the primary.
    """
    of_machine = (DISK_USED, MEMORY_USED)
    return tuple(
        metric
        for metric in METRICS
        if role in metric.roles
        and (dedicated_store or role is not Role.VECTOR_STORE or metric not in of_machine)
    )


def roles_of(settings: StackSettings) -> tuple[Role, ...]:
    """The roles that a stack's metrics are published for."""
    match settings.standby.mode:
        case StandbyMode.OFF:
            return (Role.PRIMARY, Role.VECTOR_STORE)
        case StandbyMode.COLD | StandbyMode.HOT:
            return tuple(Role)
        case _:
            assert_never(settings.standby.mode)


def custom_metric_count(settings: StackSettings) -> int:
    """How many custom metrics a stack pays for all month: those of a cold standby are not."""
    dedicated = settings.vector_store.placement is Placement.DEDICATED
    cold = settings.standby.mode is StandbyMode.COLD
    return sum(
        len(metrics_of(role, dedicated_store=dedicated))
        for role in roles_of(settings)
        if not (role is Role.STANDBY and cold)
    )
