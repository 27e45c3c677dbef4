"""Recall against exact search: what counts as right, and what the table says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from infra.clock import FakeClock
from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.recall.dense import DenseVectors
from infra.evaluation.recall.measure import (
    Instruments,
    Setting,
    measure_recall,
    nearest,
    recall,
)
from infra.pipeline.embed import Vector
from infra.pipeline.fuse import Found


def found(*ids: str, start: float = 1.0, step: float = 0.01) -> list[Found]:
    return [Found(point_id=key, score=start - step * rank) for rank, key in enumerate(ids)]


IDS = [f"p{number:02}" for number in range(30)]


class TestNearest:
    def test_ten_of_many(self) -> None:
        """Distinct scores: the first ten."""
        assert nearest(found(*IDS)) == set(IDS[:10])

    def test_ties_with_the_tenth_are_right_too(self) -> None:
        """Any of equal scores may stand at rank ten."""
        tied = [*found(*IDS[:9]), *found(*IDS[9:12], start=0.5, step=0.0), *found("z", start=0.1)]
        assert nearest(tied) == set(IDS[:12])

    def test_fewer_than_ten_points(self) -> None:
        """All there are."""
        assert nearest(found("a", "b")) == {"a", "b"}


class TestRecall:
    @pytest.mark.parametrize(
        ("ids", "expected"),
        [
            (IDS[:10], 1.0),
            (IDS[1:11], 0.9),
            (IDS[10:20], 0.0),
            ([*IDS[10:20], *IDS[:10]], 0.0),
            ([], 0.0),
        ],
    )
    def test_share_among_the_first_ten(self, ids: list[str], expected: float) -> None:
        """What comes after rank ten does not count."""
        assert recall(found(*ids), frozenset(IDS[:10])) == pytest.approx(expected)

    def test_ties_do_not_exceed_all(self) -> None:
        """Twelve right ones at rank ten or better are still ten of ten."""
        assert recall(found(*IDS[:12]), frozenset(IDS[:12])) == 1.0

    def test_of_fewer_than_ten(self) -> None:
        """Two of two is all."""
        assert recall(found("a", "b"), frozenset({"a", "b"})) == 1.0


class Slow:
    """Exact search that takes 20 ms of the clock's time."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    def exact(self, vector: Vector, *, limit: int, among: Sequence[str] = ()) -> list[Found]:
        self.clock.sleep(0.02)
        return found(*IDS)


def test_the_table() -> None:
    """Each setting with its recall and its median time, beside that of exact search."""
    clock = FakeClock()

    def half(vector: Vector, limit: int) -> list[Found]:
        clock.sleep(0.002)
        return found(*IDS[5:15])[:limit]

    instruments = Instruments(
        clock=clock, bootstrap=Bootstrap(), progress=lambda _stage, _done, _all: None
    )
    setting = Setting(limit=10, oversampling=2.0)
    table = measure_recall(
        cast("DenseVectors", Slow(clock)), [(setting, half)], [[1.0], [0.5], [0.2]], instruments
    )
    assert table.queries == 3
    assert table.exact_median_ms == pytest.approx(20)
    assert table.rows[0].setting == setting
    assert table.rows[0].recall_at_10.mean == 0.5
    assert table.rows[0].median_ms == pytest.approx(2)
