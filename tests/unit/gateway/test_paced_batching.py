"""The stand-in that the gateway is measured on batches as TEI was recorded to."""

from __future__ import annotations

import asyncio

import pytest

from loadtests.paced.batching import Batch, BatchQueue, Pace
from loadtests.paced.client import Arrivals, percentile

pytestmark = pytest.mark.real_time


def ran(*calls: tuple[float, list[int]], budget: int = 1000, base_ms: float = 30) -> list[Batch]:
    """The batches of calls that arrive at instants in ms."""

    async def main() -> list[Batch]:
        queue = BatchQueue(Pace(base_ms=base_ms, per_token_ms=0), budget)

        async def call(at_ms: float, tokens: list[int]) -> None:
            await asyncio.sleep(at_ms / 1000)
            await queue.compute(tokens)

        await asyncio.gather(*(call(*each) for each in calls))
        return queue.ran

    return asyncio.run(main())


def sizes(batches: list[Batch]) -> list[int]:
    return [len(batch.tokens) for batch in batches]


def test_a_list_on_an_idle_server_is_cut_after_its_first_text() -> None:
    """The first is grabbed, one more is frozen behind it, the rest goes together."""
    assert sizes(ran((0, [10] * 10))) == [1, 1, 8]


def test_what_waits_is_cut_greedily_by_padded_size() -> None:
    """From the front while count times longest fits; nothing behind the first misfit is tried."""
    batches = ran((0, [10]), (5, [10]), (10, [100, 100, 400, 10, 10]), budget=1000)
    assert [batch.tokens for batch in batches] == [(10,), (10,), (100, 100), (400, 10), (10,)]


def test_a_batch_costs_its_padded_size() -> None:
    """Every text is computed at the length of the longest."""
    assert Batch((250, 10, 10, 10)).padded == 1000
    assert Pace(base_ms=5, per_token_ms=0.1).duration_s(1000) == pytest.approx(0.105)


def test_arrivals_are_the_same_for_the_same_seed() -> None:
    """Poisson gaps at the rate asked for."""
    arrivals = Arrivals(rate_per_s=50, seconds=20, seed=7)
    assert arrivals.offsets_s == arrivals.offsets_s
    assert 850 < len(arrivals.offsets_s) < 1150
    assert arrivals.offsets_s != Arrivals(rate_per_s=50, seconds=20, seed=8).offsets_s


def test_the_percentile_rule() -> None:
    """Rank floor(n * share) + 1: the 0.99 of 100 values is the largest."""
    assert percentile(range(100), 0.99) == 99
    assert percentile(range(100), 0.5) == 50
    assert percentile([3.0], 0.9) == 3.0
