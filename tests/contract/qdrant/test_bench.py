"""The query benchmark runs and reports what it says."""

from __future__ import annotations

import pytest

from loadtests.bench_qdrant import measure

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]


def test_benchmark_measures_both_paths() -> None:
    """Both medians are positive, and the ratio is theirs."""
    result = measure(points=60, queries=5, seed=3)

    assert result["raw_median_ms"] > 0
    assert result["ratio"] == result["http_median_ms"] / result["raw_median_ms"]
    assert (result["points"], result["queries"], result["seed"]) == (60, 5, 3)
