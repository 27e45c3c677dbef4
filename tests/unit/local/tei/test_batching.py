"""The seam for pacing: who runs when, and what is counted."""

from __future__ import annotations

import asyncio
import threading

import pytest

from infra.clock import Clock, FakeClock, SystemClock
from infra.local.tei.model.loading import load_model
from infra.local.tei.server.assembly import build_app
from infra.local.tei.server.batching import Done, OneByOne, Value, Work
from infra.local.tei.server.flags import ServerSettings
from infra.local.tei.server.metrics import Metrics
from tests.unit.local.tei.asgi import call


def test_texts_run_one_at_a_time_in_the_order_of_arrival() -> None:
    """One model thread, as in TEI."""
    ran: list[int] = []
    together: list[int] = []
    running = threading.Semaphore(1)

    def compute(number: int) -> int:
        assert running.acquire(blocking=False), "two texts at once"
        ran.append(number)
        running.release()
        return number

    async def run_all() -> None:
        batcher = OneByOne(Metrics(64), SystemClock())
        work = [batcher.run(Work(3, lambda n=n: compute(n))) for n in range(20)]
        together.extend(done.value for done in await asyncio.gather(*work))
        batcher.close()

    asyncio.run(run_all())
    assert ran == together == list(range(20))


def test_a_cancelled_wait_never_reaches_the_model() -> None:
    """A caller that left frees its place."""
    ran: list[str] = []
    gate = threading.Event()

    async def run_all() -> None:
        batcher = OneByOne(Metrics(64), SystemClock())
        first = asyncio.ensure_future(batcher.run(Work(1, lambda: gate.wait(10))))
        second = asyncio.ensure_future(batcher.run(Work(1, lambda: ran.append("second"))))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        gate.set()
        await first
        batcher.close()

    asyncio.run(run_all())
    assert ran == []


def test_an_error_of_the_model_reaches_the_caller() -> None:
    """And the next text still runs."""

    async def run_all() -> Done[int]:
        batcher = OneByOne(Metrics(64), SystemClock())
        with pytest.raises(ZeroDivisionError):
            await batcher.run(Work(1, lambda: 1 // 0))
        done = await batcher.run(Work(1, lambda: 7))
        batcher.close()
        return done

    assert asyncio.run(run_all()).value == 7


class Paced:
    """A batcher that says what each text took, as a model of a card would."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self.seen_tokens: list[int] = []

    async def run(self, work: Work[Value]) -> Done[Value]:
        self.seen_tokens.append(work.tokens)
        return Done(work.compute(), queue_s=2.0, inference_s=0.001 * work.tokens)

    def close(self) -> None:
        """Nothing to free."""


def test_another_batcher_decides_about_time() -> None:
    """It sees the tokens of each text, and its times are those of the answer."""
    app = build_app(
        ServerSettings(), load_model("embed", 64), make_batcher=Paced, clock=FakeClock()
    )
    reply = call(app, "POST", "/embed", {"inputs": ["a b c", "a"]})
    assert reply.headers["x-compute-tokens"] == "8"
    assert reply.headers["x-queue-time"] == "2000"
    assert reply.headers["x-inference-time"] == "4"
    assert reply.headers["x-tokenization-time"] == "0"
