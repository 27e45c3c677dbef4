"""Intervals: seeded, honest about tiny samples, paired by the same draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.evaluation.bootstrap import Bootstrap, Interval

VALUES = [0.0, 0.2, 0.4, 0.9, 1.0, 1.0]

shares = st.lists(st.floats(0, 1), min_size=2, max_size=40)


class TestInterval:
    def test_same_seed_same_bounds(self) -> None:
        """A report can be made again, another seed gives other bounds."""
        assert Bootstrap(seed=7).interval(VALUES) == Bootstrap(seed=7).interval(VALUES)
        assert Bootstrap(seed=7).interval(VALUES) != Bootstrap(seed=8).interval(VALUES)

    @given(shares)
    def test_bounds_lie_within_the_values(self, values: list[float]) -> None:
        """No resample has a mean beyond its values, and the bounds are in order."""
        interval = Bootstrap(resamples=100).interval(values)
        assert interval.low is not None
        assert interval.high is not None
        assert min(values) - 1e-12 <= interval.low <= interval.high <= max(values) + 1e-12

    def test_covers_the_true_mean_about_as_often_as_it_says(self) -> None:
        """Of 300 samples of 50 uniform numbers, 95 % within four standard errors."""
        random = np.random.default_rng(1)
        draw = Bootstrap(resamples=400)
        intervals = [draw.interval(random.random(50).tolist()) for _ in range(300)]
        hits = sum((i.low or 0) <= 0.5 <= (i.high or 0) for i in intervals)
        assert 0.95 - 4 * 0.0126 <= hits / 300 <= 1.0

    def test_one_value_has_no_interval(self) -> None:
        """A single query says nothing of how far its mean may be off."""
        assert Bootstrap().interval([0.3]) == Interval(mean=0.3, low=None, high=None)

    def test_paired_differences_are_narrower(self) -> None:
        """Two systems that differ by a constant have a certain difference."""
        better = [value + 0.01 for value in VALUES]
        change = Bootstrap().interval([b - a for a, b in zip(VALUES, better, strict=True)])
        assert change.low == pytest.approx(0.01)
        assert change.high == pytest.approx(0.01)

    def test_long_series_are_drawn_in_parts(self) -> None:
        """More numbers than are held at once give as many resamples."""
        interval = Bootstrap(resamples=300).interval([0.0, 1.0] * 10_000)
        assert interval.low is not None
        assert 0.48 < interval.low < 0.5
