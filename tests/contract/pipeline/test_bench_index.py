"""The measurement of indexing: that it measures what it says; the bound is for `make bench`."""

from __future__ import annotations

import pytest

from loadtests.bench_index import Paces, measure

pytestmark = [pytest.mark.contract, pytest.mark.real_time, pytest.mark.runs("python")]


def test_a_slow_server_is_nearly_reached() -> None:
    """With a server that takes most of the time, the share comes near 1 and never above it."""
    slow = measure(documents=4, paces=Paces(base_ms=1, per_token_ms=0.15, write_ms=0))
    assert 0.5 < slow.share <= 1
    calls = -(-slow.tokens // 8192)
    assert slow.ceiling_s == pytest.approx((calls + 0.15 * slow.tokens) / 1000, abs=1e-3)
    assert slow.passages > 20
