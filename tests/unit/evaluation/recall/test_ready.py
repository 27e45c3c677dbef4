"""A measurement waits for the index, and fails where there is nothing to measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from infra.clock import FakeClock
from infra.errors import CheckFailedError
from infra.evaluation.recall.dense import DenseVectors, Progress
from infra.evaluation.recall.ready import (
    quantized_share,
    require_quantization,
    wait_until_indexed,
)
from infra.pipeline.embed import Vector
from infra.pipeline.fuse import Found

BINARY = {"binary": {"encoding": "one_bit"}}


class Store:
    """Dense vectors whose state the test scripts; the last state stays."""

    def __init__(
        self,
        *states: Progress,
        quantization: dict[str, Any] | None = None,
        approximate: float = 0.0,
    ) -> None:
        self.states = list(states)
        self.configured = quantization
        self.off_by = approximate

    def quantization(self) -> dict[str, Any] | None:
        return self.configured

    def progress(self) -> Progress:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def unrescored(self, vector: Vector, *, limit: int) -> list[Found]:
        return [Found(point_id=str(n), score=0.5 + self.off_by) for n in range(limit)]

    def exact(self, vector: Vector, *, limit: int, among: Sequence[str] = ()) -> list[Found]:
        return [Found(point_id=key, score=0.5) for key in among]


def dense(*states: Progress, **kwargs: Any) -> DenseVectors:
    return cast("DenseVectors", Store(*states, **kwargs))


def at(indexed: int, *, resting: bool = True, failure: str | None = None) -> Progress:
    return Progress(indexed=indexed, vectors=1000, resting=resting, failure=failure)


class TestWaitUntilIndexed:
    def test_waits_while_the_store_works(self) -> None:
        """Neither a busy store with all indexed nor a resting one with half of it will do."""
        clock = FakeClock()
        states = [at(0), at(500), at(990, resting=False), at(990)]
        done = wait_until_indexed(dense(*states), clock, deadline_s=60)
        assert done.share == 0.99
        assert len(clock.sleeps_s) == 3

    @pytest.mark.parametrize(
        ("states", "said"),
        [
            ([at(0), at(400)], "400 of 1000 vectors are indexed and nothing has changed"),
            ([at(400, resting=False)], "400 of 1000 vectors are indexed after 90 s"),
            ([at(990, failure="disk full")], "optimizer failed: disk full"),
        ],
    )
    def test_gives_up(self, states: list[Progress], said: str) -> None:
        """A store that stopped short, takes too long, or failed ends the measurement."""
        with pytest.raises(CheckFailedError, match=said):
            wait_until_indexed(dense(*states), FakeClock(), deadline_s=90)

    def test_an_empty_collection_is_not_indexed(self) -> None:
        """Nothing of nothing is no share of 100 %."""
        assert Progress(indexed=0, vectors=0, resting=True, failure=None).share == 0.0


class TestQuantization:
    def test_none_is_an_error(self) -> None:
        """A collection without it has nothing to compare."""
        with pytest.raises(CheckFailedError, match="not quantized"):
            require_quantization(dense(at(0)))

    def test_some_is_told(self) -> None:
        """What is configured goes into the report."""
        assert require_quantization(dense(at(0), quantization=BINARY)) == BINARY

    def test_scores_tell_whether_it_is_in_use(self) -> None:
        """Scores off the exact ones come from quantized vectors, equal ones do not."""
        assert quantized_share(dense(at(0), approximate=0.01), [[1.0]]) == 1.0
        with pytest.raises(CheckFailedError, match="only 0% of the points"):
            quantized_share(dense(at(0), approximate=1e-7), [[1.0]])
