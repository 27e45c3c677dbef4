"""Log groups: one for each role of a node, made before any node writes.

A node writes the journals of its units there, a stream for each (`<instance id>/<unit>`). Nodes may
create streams and never groups: a group that a node made would keep its logs for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.plans.naming import Component, Names, Role
from infra.settings import StackSettings
from infra.settings.aws.standby import StandbyMode
from infra.settings.aws.vector_store import Placement


@dataclass(frozen=True, kw_only=True, slots=True)
class LogGroup:
    """One group."""

    role: Role
    name: str
    retention_days: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogsPlan:
    """All groups that nodes write to."""

    groups: tuple[LogGroup, ...]


def plan_logs(settings: StackSettings, names: Names) -> LogsPlan:
    """The log groups of a stack's machines."""
    return LogsPlan(
        groups=tuple(
            LogGroup(
                role=role,
                name=names.log_group(role.value),
                retention_days=settings.watch.log_retention_days,
                tags=names.tags(Component.WATCH, f"logs-{role.value}"),
            )
            for role in _machines(settings)
        )
    )


def _machines(settings: StackSettings) -> tuple[Role, ...]:
    return (
        Role.PRIMARY,
        *((Role.STANDBY,) if settings.standby.mode is not StandbyMode.OFF else ()),
        *((Role.VECTOR_STORE,) if settings.vector_store.placement is Placement.DEDICATED else ()),
    )
