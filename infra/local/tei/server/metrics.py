"""TEI's Prometheus metrics: the 23 names of 1.9.3, with its buckets. Knows no HTTP.

A name appears with its first sample, so `/metrics` is empty until the first inference call. Not
thread-safe: everything is recorded on the event loop. Recorded from TEI 1.9.3: no HELP lines, no
`_total` suffix.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Failure = Literal[
    "batch_size", "dropped", "inference", "model_type", "overloaded", "tokenization", "validation"
]
Method = Literal["single", "batch"]


def _durations() -> tuple[float, ...]:
    """Seconds: 35 steps of one half more each, the first 15 microseconds."""
    return tuple(itertools.accumulate([1.5] * 35, lambda last, by: last * by, initial=1e-5))[1:]


def _powers(last: int) -> tuple[float, ...]:
    return tuple(float(2**n) for n in range(last.bit_length()))


@dataclass
class _Histogram:
    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list[int])
    sum: float = 0.0

    def record(self, value: float) -> None:
        if not self.counts:
            self.counts = [0] * (len(self.bounds) + 1)
        self.counts[bisect.bisect_left(self.bounds, value)] += 1
        self.sum += value


class Metrics:
    """The counters of one server. `max_input_tokens` bounds the buckets of input lengths."""

    def __init__(self, max_input_tokens: int) -> None:
        self._counters: dict[str, dict[str, int]] = {}
        self._queue_size: int | None = None
        self._histograms: dict[str, _Histogram] = {}
        self._bounds = {
            "te_request_input_length": _powers(max_input_tokens),
            "te_batch_next_size": _powers(2**12),
            "te_batch_next_tokens": _powers(2**20),
        }
        self._duration_bounds = _durations()

    def count(self, name: str, by: int = 1, *, label: str = "") -> None:
        """Add to a counter; `label` is `name="value"` or empty."""
        series = self._counters.setdefault(name, {})
        series[label] = series.get(label, 0) + by

    def received(self, method: Method, by: int = 1) -> None:
        """An HTTP call of an inference route."""
        self.count("te_request_count", by, label=f'method="{method}"')

    def succeeded(self, method: Method) -> None:
        """An HTTP call answered with 200."""
        self.count("te_request_success", label=f'method="{method}"')

    def failed(self, why: Failure) -> None:
        """A call or text that was refused, broke or was dropped."""
        self.count("te_request_failure", label=f'err="{why}"')

    def observe(self, name: str, value: float) -> None:
        """A sample of a histogram, seconds for durations."""
        found = self._histograms.get(name)
        if found is None:
            found = _Histogram(self._bounds.get(name, self._duration_bounds))
            self._histograms[name] = found
        found.record(value)

    def set_queue_size(self, size: int) -> None:
        """Texts that wait for the model."""
        self._queue_size = size

    def text(self) -> str:
        """The Prometheus text, empty before the first sample."""
        blocks = [self._counter_block(name) for name in self._counters]
        if self._queue_size is not None:
            blocks.append(["# TYPE te_queue_size gauge", f"te_queue_size {self._queue_size}"])
        blocks += [_histogram_block(name, found) for name, found in self._histograms.items()]
        return "".join("\n".join(lines) + "\n\n" for lines in blocks)

    def _counter_block(self, name: str) -> list[str]:
        series = self._counters[name]
        return [
            f"# TYPE {name} counter",
            *(f"{name}{{{label}}} {n}" if label else f"{name} {n}" for label, n in series.items()),
        ]


def _histogram_block(name: str, found: _Histogram) -> list[str]:
    bounds = [*map(_plain, found.bounds), "+Inf"]
    running = itertools.accumulate(found.counts)
    return [
        f"# TYPE {name} histogram",
        *(f'{name}_bucket{{le="{bound}"}} {n}' for bound, n in zip(bounds, running, strict=True)),
        f"{name}_sum {_plain(found.sum)}",
        f"{name}_count {sum(found.counts)}",
    ]


def _plain(value: float) -> str:
    """Shortest text without an exponent and without `.0`, as Rust displays a number."""
    text = f"{Decimal(repr(value)):f}"
    return text.removesuffix(".0")
