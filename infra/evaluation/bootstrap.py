"""Confidence intervals by the bootstrap over queries: percentile method, seeded. Pure.

The same seed draws the same queries for every series of the same length, so that systems are
compared on the same samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
DEFAULT_RESAMPLES = 2000
DEFAULT_SEED = 20

# Numbers held at once while means are drawn: 32 MB.
_HELD = 1 << 22


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A mean with its 95 % interval; `low` and `high` are None for fewer than two values."""

    mean: float
    low: float | None
    high: float | None

    def text(self, digits: int = 2) -> str:
        """For people: `0.923 [0.87, 0.97]`; `digits` are those of the bounds."""
        if self.low is None or self.high is None:
            return f"{self.mean:.3f}"
        return f"{self.mean:.3f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bootstrap:
    """How intervals are drawn."""

    seed: int = DEFAULT_SEED
    resamples: int = DEFAULT_RESAMPLES

    def interval(self, values: Sequence[float]) -> Interval:
        """The mean of `values` (at least one) and how far it may be off.

        For the difference of two systems, pass the differences query by query: that is the paired
        interval, which leaves out how hard the queries are.
        """
        series = np.asarray(values, dtype=np.float64)
        mean = float(series.mean())
        if len(series) < 2:
            return Interval(mean=mean, low=None, high=None)
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(self._means(series), [tail, 1 - tail])
        return Interval(mean=mean, low=float(low), high=float(high))

    def _means(self, series: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
        random = np.random.default_rng(self.seed)
        at_once = max(1, _HELD // len(series))
        means: list[float] = []
        while len(means) < self.resamples:
            count = min(at_once, self.resamples - len(means))
            drawn = random.integers(0, len(series), size=(count, len(series)))
            means.extend(series[drawn].mean(axis=1).tolist())
        return means
