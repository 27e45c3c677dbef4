"""Compares the dense leg, as the pipeline runs it, with exact search on the same queries."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from infra.clock import Clock
from infra.evaluation.bootstrap import Bootstrap, Interval
from infra.evaluation.measure import Progress
from infra.evaluation.recall.dense import DenseVectors
from infra.pipeline.embed import Vector
from infra.pipeline.fuse import Found

T = TypeVar("T")

WANTED = 10
"""Recall is measured at this many."""

# Exact neighbours read, so that all points that tie with the tenth are known.
_READ = 50
# Scores this close are a tie: two servers, or two orders of addition, differ by some 1e-7.
_TIE = 1e-6
# Queries that are run before the clock counts, to fill caches.
_WARM_UP = 5

# A search of the dense leg: (vector, limit) to what it finds, best first.
DenseLeg = Callable[[Vector, int], list[Found]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """How the dense leg is asked: candidates wanted, and the factor fetched for rescoring."""

    limit: int
    oversampling: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallRow:
    """One setting: recall@10 with its interval, and the median latency in milliseconds."""

    setting: Setting
    recall_at_10: Interval
    median_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallTable:
    """All settings on the same queries. Latency is that of one call at a time, seen from here."""

    queries: int
    exact_median_ms: float
    rows: tuple[RecallRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Instruments:
    """What a measurement is taken with."""

    clock: Clock
    bootstrap: Bootstrap
    progress: Progress


def measure_recall(
    dense: DenseVectors,
    legs: Sequence[tuple[Setting, DenseLeg]],
    vectors: Sequence[Vector],
    instruments: Instruments,
) -> RecallTable:
    """Recall and latency of every setting.

    The settings take turns on each query, so that what else the machine does falls on all alike.
    """
    for vector in vectors[:_WARM_UP]:
        dense.exact(vector, limit=_READ)
        for setting, leg in legs:
            leg(vector, setting.limit)
    exact_ms: list[float] = []
    recalls: list[list[float]] = [[] for _ in legs]
    times_ms: list[list[float]] = [[] for _ in legs]
    for number, vector in enumerate(vectors, start=1):
        truth, took_ms = _timed(instruments.clock, partial(dense.exact, vector, limit=_READ))
        exact_ms.append(took_ms)
        right = nearest(truth)
        for index, (setting, leg) in enumerate(legs):
            found, took_ms = _timed(instruments.clock, partial(leg, vector, setting.limit))
            times_ms[index].append(took_ms)
            recalls[index].append(recall(found, right))
        instruments.progress("recall", number, len(vectors))
    rows = tuple(
        RecallRow(
            setting=setting,
            recall_at_10=instruments.bootstrap.interval(recalls[index]),
            median_ms=statistics.median(times_ms[index]),
        )
        for index, (setting, _) in enumerate(legs)
    )
    return RecallTable(queries=len(vectors), exact_median_ms=statistics.median(exact_ms), rows=rows)


def nearest(exact: Sequence[Found]) -> frozenset[str]:
    """The ten nearest points, and those whose score ties with the tenth."""
    if len(exact) <= WANTED:
        return frozenset(point.point_id for point in exact)
    last = exact[WANTED - 1].score
    return frozenset(point.point_id for point in exact if point.score >= last - _TIE)


def recall(found: Sequence[Found], right: frozenset[str]) -> float:
    """The part of the ten nearest (`right`, at least one) that the first ten found are."""
    hits = sum(point.point_id in right for point in found[:WANTED])
    return min(1.0, hits / min(WANTED, len(right)))


def _timed(clock: Clock, call: Callable[[], T]) -> tuple[T, float]:
    begun_s = clock.monotonic_s()
    result = call()
    return result, 1000 * (clock.monotonic_s() - begun_s)
