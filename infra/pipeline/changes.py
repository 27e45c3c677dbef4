"""Compares what should be stored with what is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infra.pipeline.points import TEXT_FIELD, StoredPoint, payload_of, point_id
from infra.pipeline.records import Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What has to be done. `moved` passages keep text and vectors, but their lines or the like
    changed; `removed` are ids of points that no longer belong to their document."""

    new: tuple[Passage, ...]
    moved: tuple[Passage, ...]
    unchanged: tuple[Passage, ...]
    removed: tuple[str, ...]


def plan_changes(passages: Iterable[Passage], stored: Iterable[StoredPoint]) -> Changes:
    """What brings the points of some documents to their passages."""
    left = {point.point_id: point for point in stored}
    new: list[Passage] = []
    moved: list[Passage] = []
    unchanged: list[Passage] = []
    for passage in passages:
        point = left.pop(point_id(passage), None)
        if point is None:
            new.append(passage)
            continue
        wanted = {key: value for key, value in payload_of(passage).items() if key != TEXT_FIELD}
        (unchanged if dict(point.payload) == wanted else moved).append(passage)
    return Changes(
        new=tuple(new), moved=tuple(moved), unchanged=tuple(unchanged), removed=tuple(sorted(left))
    )
