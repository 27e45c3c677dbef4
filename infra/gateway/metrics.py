"""What Prometheus may ask: counters, histograms, and gauges that are read when they are asked for.

No label holds a key, a text or a client's address; every set of labels is bounded.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_PREFIX = "retrieval_gateway"

# Seconds. Fine where the bounds of the design point lie (50, 200, 300 ms), coarse beyond.
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
_BUCKETS = (*_SECONDS, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """The gateway's metrics in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._gauges: dict[str, Gauge] = {}
        self.requests = self._counter("requests", "Requests answered.", "route", "status")
        self.request_s = self._histogram(
            "request_seconds", "From the arrival of a request to the end of its answer.", "route"
        )
        self.stage_s = self._histogram("stage_seconds", "Time of one stage of a request.", "stage")
        self.refused = self._counter("refused", "Requests refused with 429.", "lane")
        self.degraded = self._counter("degraded", "Answers given in spite of a lack.", "reason")
        self.upstream_s = self._histogram(
            "upstream_seconds", "One call of a service, from sending to its answer.", "upstream"
        )
        self.upstream_errors = self._counter(
            "upstream_errors",
            "Calls of a service that gave no usable answer.",
            "upstream",
            "reason",
        )
        self.truncated = self._counter("truncated_texts", "Texts cut at the token limit.", "route")
        self.key_reload_failures = self._counter(
            "key_reload_failures", "Changed keys files that could not be used."
        )

    def watch(self, name: str, meaning: str, read: Callable[[], float], **labels: str) -> None:
        """A gauge whose value is asked for when it is scraped."""
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = Gauge(f"{_PREFIX}_{name}", meaning, tuple(labels), registry=self.registry)
            self._gauges[name] = gauge
        child = gauge.labels(**labels) if labels else gauge
        child.set_function(read)

    def text(self) -> bytes:
        """The Prometheus text format, version 0.0.4."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(
            f"{_PREFIX}_{name}", meaning, labels, registry=self.registry, buckets=_BUCKETS
        )
