"""Counts answers and prints /metrics and /telemetry; measures nothing it cannot know.

Names and meanings are the server's. Missing are the allocator's and the hardware counters, the
cluster's replicas and transfers: this process has none of them.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import psutil

from infra.local.qdrant.config_fields import named
from infra.local.qdrant.serde import Json
from infra.local.qdrant.storage.catalog import Catalog
from infra.local.qdrant.storage.collection import Collection

VERSION = "1.19.0"
"""The release whose API is mirrored; clients compare it with their own."""

_BUCKETS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)


@dataclass
class _Timing:
    """Durations of one endpoint's answers with one status, in seconds."""

    count: int = 0
    total_s: float = 0.0
    shortest_s: float = float("inf")
    longest_s: float = 0.0
    at_most: list[int] = field(default_factory=lambda: [0] * len(_BUCKETS_S))

    def add(self, seconds: float) -> None:
        self.count += 1
        self.total_s += seconds
        self.shortest_s = min(self.shortest_s, seconds)
        self.longest_s = max(self.longest_s, seconds)
        for at, bound in enumerate(_BUCKETS_S):
            self.at_most[at] += seconds <= bound


class Metrics:
    """Timings of answers by endpoint (method and path template) and status."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._timings: dict[tuple[str, int], _Timing] = {}

    def record(self, endpoint: str, status: int, seconds: float) -> None:
        with self._lock:
            self._timings.setdefault((endpoint, status), _Timing()).add(seconds)

    def responses(self) -> Json:
        """`requests.rest.responses` of /telemetry."""
        shown: Json = {}
        for (endpoint, status), timing in self._items():
            shown.setdefault(endpoint, {})[str(status)] = {
                "count": timing.count,
                "avg_duration_micros": timing.total_s / timing.count * 1e6,
                "min_duration_micros": timing.shortest_s * 1e6,
                "max_duration_micros": timing.longest_s * 1e6,
                "total_duration_micros": round(timing.total_s * 1e6),
            }
        return shown

    def exposition(self, catalog: Catalog) -> str:
        """The text of /metrics."""
        lines: list[str] = []
        for name, kind, samples in [*_state(catalog), *_process(), *self._rest()]:
            lines += [f"# HELP {name} {name.replace('_', ' ')}", f"# TYPE {name} {kind}"]
            lines += [f"{name}{suffix}{labels} {value}" for suffix, labels, value in samples]
        return "\n".join(lines) + "\n"

    def _items(self) -> list[tuple[tuple[str, int], _Timing]]:
        with self._lock:
            return list(self._timings.items())

    def _rest(self) -> Iterable[_Metric]:
        items = [
            (_labels(endpoint, status), timing) for (endpoint, status), timing in self._items()
        ]
        if not items:
            return
        total: list[_Sample] = [("", f"{{{label}}}", timing.count) for label, timing in items]
        yield "rest_responses_total", "counter", total
        for name, read in (
            ("avg", lambda timing: timing.total_s / timing.count),
            ("min", lambda timing: timing.shortest_s),
            ("max", lambda timing: timing.longest_s),
        ):
            samples: list[_Sample] = [("", f"{{{label}}}", read(timing)) for label, timing in items]
            yield f"rest_responses_{name}_duration_seconds", "gauge", samples
        histogram = [sample for label, timing in items for sample in _histogram(label, timing)]
        yield "rest_responses_duration_seconds", "histogram", histogram


_Sample = tuple[str, str, float]
_Metric = tuple[str, str, list[_Sample]]


def _labels(endpoint: str, status: int) -> str:
    method, _, path = endpoint.partition(" ")
    return f'method="{method}",endpoint="{path}",status="{status}"'


def _histogram(label: str, timing: _Timing) -> Iterable[_Sample]:
    for bound, count in zip(_BUCKETS_S, timing.at_most, strict=True):
        yield "_bucket", f'{{{label},le="{bound}"}}', count
    yield "_bucket", f'{{{label},le="+Inf"}}', timing.count
    yield "_sum", f"{{{label}}}", timing.total_s
    yield "_count", f"{{{label}}}", timing.count


def _one(name: str, kind: str, value: float, labels: str = "") -> _Metric:
    return name, kind, [("", labels, value)]


def _state(catalog: Catalog) -> Iterable[_Metric]:
    collections = sorted(catalog.collections.values(), key=lambda item: item.name)
    yield _one("app_info", "gauge", 1, f'{{name="qdrant",version="{VERSION}"}}')
    yield _one("app_status_recovery_mode", "gauge", 0)
    yield _one("cluster_enabled", "gauge", 0)
    yield _one("collections_total", "gauge", len(collections))
    yield _one("collections_vector_total", "gauge", sum(map(vectors_count, collections)))
    yield _one("snapshot_creation_running", "gauge", 0)
    yield _one("snapshot_recovery_running", "gauge", 0)
    yield _one("snapshot_created_total", "counter", 0)
    if collections:
        points = [("", f'{{id="{item.name}"}}', points_count(item)) for item in collections]
        running = [("", f'{{id="{item.name}"}}', item.indexing.running) for item in collections]
        yield "collection_points", "gauge", [(a, b, float(c)) for a, b, c in points]
        yield "collection_running_optimizations", "gauge", [(a, b, float(c)) for a, b, c in running]


def points_count(collection: Collection) -> int:
    return collection.read(lambda shard: shard.info()).points_count


def vectors_count(collection: Collection) -> int:
    """Dense vectors, at most one per point and name."""
    return points_count(collection) * len(named(collection.config.vectors))


def _process() -> Iterable[_Metric]:
    process = psutil.Process()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    yield _one("memory_resident_bytes", "gauge", process.memory_info().rss)
    yield _one("process_threads", "gauge", process.num_threads())
    yield _one("process_open_fds", "gauge", process.num_fds())
    yield _one("process_max_fds", "gauge", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    yield _one("process_minor_page_faults_total", "counter", usage.ru_minflt)
    yield _one("process_major_page_faults_total", "counter", usage.ru_majflt)


def usage_percent(folder: str) -> Json:
    """`usage` of /quotas, in whole percent."""
    disk = os.statvfs(folder)
    used = 1 - disk.f_bavail / disk.f_blocks
    return {
        "resident_memory_percent": int(psutil.Process().memory_percent()),
        "disk_usage_percent": int(used * 100),
    }
