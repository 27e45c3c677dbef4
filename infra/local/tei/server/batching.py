"""When a text's turn comes at the model. The seam for pacing; knows no HTTP and no model.

TEI feeds one backend thread from one queue. `OneByOne` does the same with batches of one text. A
batcher that follows TEI's batching rules, or the speed of a given card, takes its place through the
`Batcher` protocol: it sees the token count of each text and decides when `compute` runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from infra.clock import Clock
from infra.local.tei.server.metrics import Metrics

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Work(Generic[Value]):
    """One text, or pair, ready for the model."""

    tokens: int
    compute: Callable[[], Value]


@dataclass(frozen=True, slots=True)
class Done(Generic[Value]):
    """The model's answer and how long the text waited and ran, in seconds."""

    value: Value
    queue_s: float
    inference_s: float


class Batcher(Protocol):
    """Runs work in an order and at a time of its own choice."""

    async def run(self, work: Work[Value]) -> Done[Value]:
        """Wait for the work's turn and its end; a cancelled wait gives up its place."""
        ...

    def close(self) -> None:
        """Free the threads; nothing runs any more."""
        ...


class OneByOne:
    """First come, first served, one text at a time on one thread."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._waiting = 0

    async def run(self, work: Work[Value]) -> Done[Value]:
        queued_s = self._clock.monotonic_s()
        self._change_waiting(1)
        try:
            value, started_s, ended_s = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._timed, work.compute
            )
        finally:
            self._change_waiting(-1)
        self._record(work.tokens)
        return Done(value, queue_s=started_s - queued_s, inference_s=ended_s - started_s)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _timed(self, compute: Callable[[], Value]) -> tuple[Value, float, float]:
        started_s = self._clock.monotonic_s()
        value = compute()
        return value, started_s, self._clock.monotonic_s()

    def _change_waiting(self, by: int) -> None:
        self._waiting += by
        self._metrics.set_queue_size(self._waiting)

    def _record(self, tokens: int) -> None:
        """TEI polls its queue after each batch; an empty poll counts as a batch of nothing."""
        samples = [(1, tokens)] if self._waiting else [(1, tokens), (0, 0)]
        for size, batch_tokens in samples:
            self._metrics.observe("te_batch_next_size", size)
            self._metrics.observe("te_batch_next_tokens", batch_tokens)
