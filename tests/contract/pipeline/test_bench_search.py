"""The benchmarks of searching and of learned weights, on a few texts: what they say is whole.

They start the local services, since a benchmark that was never run proves nothing.
"""

from __future__ import annotations

import pytest

from loadtests import bench_search, bench_sparse

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]


def test_search() -> None:
    """Each set of legs with and without reranking, times that add up, ratios over the first."""
    found = bench_search.measure(rounds=1, paths=["en/physics-ohm-law.md"], most_queries=2)
    assert [(timed.legs, timed.reranks) for timed in found.systems] == [
        (legs, reranks)
        for reranks in (False, True)
        for legs in ("dense", "dense+bm25", "dense+bm25+m3")
    ]
    assert found.systems[0].ratio == 1
    for timed in found.systems:
        assert timed.stage_ms["total"] >= timed.stage_ms["search"] > 0
        assert (timed.stage_ms["rerank"] > 0.5) == timed.reranks


def test_sparse() -> None:
    """Token rows are most of what is read, on both kinds of server alike."""
    found = bench_sparse.measure(rounds=1, most_passages=4, most_queries=2)
    for ways in (found.passages, found.queries):
        dense, cls, mean = ways
        assert dense.ratio == 1
        assert cls.received_bytes > 5 * dense.received_bytes
        assert mean.received_bytes == pytest.approx(cls.received_bytes, rel=0.02)
    assert [work.tokens for work in found.client] == [20, 256]
    # Recorded from TEI 1.9.3 at 1024 numbers: 223,314 and 2,858,796 bytes.
    assert [work.body_bytes for work in found.client] == pytest.approx([223e3, 2.86e6], rel=0.01)
    assert found.weights_mean > 0
