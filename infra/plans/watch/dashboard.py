"""The one dashboard, as data: which graphs, in which order, with which lines to compare with.

Every graph reads the nodes' own metrics (infra/plans/metrics.py), whose dimensions outlive nodes,
so that a replaced node leaves no graph behind.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.plans import metrics
from infra.plans.metrics import Metric, metric_source, metrics_of
from infra.plans.naming import Names, Role
from infra.settings import StackSettings
from infra.settings.aws.vector_store import Placement

HIGH_PERCENT = 80
"""Where disks and memory begin to be too full; the alarms stand at the same mark."""

_COLUMNS, _WIDTH, _HEIGHT = 3, 8, 6
_WHOLE_WIDTH = _COLUMNS * _WIDTH  # CloudWatch's grid is 24 wide
_ALARMS_HEIGHT = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """One graph: metrics of one kind over all roles that have them, and a line, if any."""

    title: str
    metrics: tuple[Metric, ...]
    mark: float | None = None
    mark_label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dashboard:
    """A dashboard whose alarms' ARNs are not known yet."""

    name: str
    names: Names
    roles: tuple[Role, ...]
    dedicated_store: bool
    graphs: tuple[Graph, ...]

    def body(self, alarm_arns: Sequence[str] = ()) -> str:
        """The dashboard as CloudWatch takes it: JSON, the same text for the same dashboard.

        Args:
            alarm_arns: alarms whose state is shown above all graphs.
        """
        widgets: list[dict[str, Any]] = []
        top = 0
        if alarm_arns:
            alarms = {"title": "Alarms", "alarms": list(alarm_arns)}
            widgets.append(_widget("alarm", 0, 0, alarms, whole=True))
            top = _ALARMS_HEIGHT
        for place, graph in enumerate(self.graphs):
            x = place % _COLUMNS * _WIDTH
            y = top + place // _COLUMNS * _HEIGHT
            widgets.append(_widget("metric", x, y, self._graph(graph)))
        lines = ",\n".join(json.dumps(widget) for widget in widgets)  # a line each, for review
        return f'{{"widgets": [\n{lines}\n]}}'

    def _graph(self, graph: Graph) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "title": graph.title,
            "region": self.names.region,
            "period": metrics.PERIOD_S,
            "view": "timeSeries",
            "metrics": [
                self._line(metric, role, several=len(graph.metrics) > 1)
                for metric in graph.metrics
                for role in self.roles
                if metric in metrics_of(role, dedicated_store=self.dedicated_store)
            ],
        }
        if graph.mark is not None:
            mark = {"value": graph.mark, "label": graph.mark_label}
            properties["annotations"] = {"horizontal": [mark]}
        return properties

    def _line(self, metric: Metric, role: Role, *, several: bool) -> list[Any]:
        source = metric_source(metric, self.names, role)
        dimensions = [text for pair in source.dimensions.items() for text in pair]
        label = f"{role.value} {metric.name}" if several else role.value
        style = {"stat": source.statistic.value, "label": label}
        return [source.namespace, source.name, *dimensions, style]


def plan_dashboard(settings: StackSettings, names: Names) -> Dashboard:
    """The dashboard of a stack: is it right, is it fast, is it full, is it safe."""
    bound_ms = settings.design_point.p90_ms
    age_h = settings.backup.max_age_hours
    return Dashboard(
        name=names.label("retrieval"),
        names=names,
        roles=metrics.roles_of(settings),
        dedicated_store=settings.vector_store.placement is Placement.DEDICATED,
        graphs=(
            Graph(title="Canary: 1 is right", metrics=(metrics.CANARY,)),
            Graph(
                title="Search P90, ms",
                metrics=(metrics.REQUEST_LATENCY_P90,),
                mark=bound_ms,
                mark_label=f"bound {bound_ms:g} ms",
            ),
            Graph(title="Failed requests", metrics=(metrics.REQUEST_FAILURES,)),
            Graph(title="Queue of the model servers", metrics=(metrics.QUEUE_DEPTH,)),
            Graph(title="GPU memory, %", metrics=(metrics.GPU_MEMORY_USED,)),
            Graph(
                title="GPU errors (Xid) and spot notices",
                metrics=(metrics.GPU_XID_ERRORS, metrics.SPOT_NOTICE),
            ),
            Graph(title="Qdrant ready: 1 is yes", metrics=(metrics.QDRANT_UP,)),
            _fullness("Memory, %", metrics.MEMORY_USED, metrics.QDRANT_MEMORY_USED),
            _fullness("Disks, %", metrics.DISK_USED, metrics.DATA_DISK_USED),
            Graph(
                title="Age of the newest backup, hours",
                metrics=(metrics.BACKUP_AGE_HOURS,),
                mark=age_h,
                mark_label=f"alarm at {age_h} h",
            ),
        ),
    )


def _fullness(title: str, *of: Metric) -> Graph:
    return Graph(title=title, metrics=of, mark=HIGH_PERCENT, mark_label=f"{HIGH_PERCENT} %")


def _widget(
    kind: str, x: int, y: int, properties: dict[str, Any], *, whole: bool = False
) -> dict[str, Any]:
    return {
        "type": kind,
        "x": x,
        "y": y,
        "width": _WHOLE_WIDTH if whole else _WIDTH,
        "height": _ALARMS_HEIGHT if whole else _HEIGHT,
        "properties": properties,
    }
