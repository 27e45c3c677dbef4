"""The gate of one lane: who runs, who waits, who is refused and when to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from infra.clock import FakeClock
from infra.gateway.admission import Admission
from infra.gateway.errors import RequestError
from infra.gateway.lanes import Lane


class Gate:
    """An admission of 2 places and 2 in the queue, with requests that the test ends."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.admission = Admission(Lane.QUERIES, in_flight=2, queue=2, clock=self.clock)
        self.served: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}

    def arrive(self, name: str, remaining_s: float = 60.0) -> asyncio.Task[None]:
        self._ends[name] = asyncio.Event()
        return asyncio.create_task(self._serve(name, remaining_s))

    async def end(self, name: str, after_s: float = 0.0) -> None:
        self.clock.sleep(after_s)
        self._ends[name].set()
        await settle()

    async def _serve(self, name: str, remaining_s: float) -> None:
        async with self.admission.admitted(remaining_s):
            self.served.append(name)
            await self._ends[name].wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def run(script: Callable[[Gate], Awaitable[None]]) -> None:
    async def main() -> None:
        await script(Gate())

    asyncio.run(main())


def test_places_are_handed_on_in_order() -> None:
    """Two run, two wait, and the first that waits gets the first place that is left."""

    async def script(gate: Gate) -> None:
        tasks = [gate.arrive(name) for name in "abcd"]
        await settle()
        assert gate.served == ["a", "b"]
        assert (gate.admission.running, gate.admission.waiting) == (2, 2)
        for name in "bacd":
            await gate.end(name)
        assert gate.served == ["a", "b", "c", "d"]
        await asyncio.gather(*tasks)
        assert (gate.admission.running, gate.admission.waiting) == (0, 0)

    run(script)


def test_one_more_than_the_queue_holds_is_refused() -> None:
    """429 at once, with a Retry-After of at least a second while nothing was measured."""

    async def script(gate: Gate) -> None:
        tasks = [gate.arrive(name) for name in "abcd"]
        await settle()
        with pytest.raises(RequestError) as refused:
            await gate.arrive("e")
        assert refused.value.status == 429
        assert refused.value.headers["retry-after"] == "1"
        for name in "abcd":
            await gate.end(name)
        await asyncio.gather(*tasks)

    run(script)


def test_retry_after_is_what_the_measured_rate_needs() -> None:
    """Requests of 6 s in 2 places serve one every 3 s; 4 that are here take 12 s."""

    async def script(gate: Gate) -> None:
        first = gate.arrive("first")
        await settle()
        await gate.end("first", after_s=6.0)
        await first
        tasks = [gate.arrive(name) for name in "abcd"]
        await settle()
        with pytest.raises(RequestError) as refused:
            await gate.arrive("e")
        assert refused.value.headers["retry-after"] == "12"
        for name in "abcd":
            await gate.end(name)
        await asyncio.gather(*tasks)

    run(script)


def test_who_would_wait_past_its_deadline_is_not_queued() -> None:
    """A wait of about 3 s is no use to a request that has 2 s, and fine for one that has 4."""

    async def script(gate: Gate) -> None:
        first = gate.arrive("first")
        await settle()
        await gate.end("first", after_s=6.0)
        await first
        tasks = [gate.arrive("a"), gate.arrive("b")]
        await settle()
        with pytest.raises(RequestError) as refused:
            await gate.arrive("hurried", remaining_s=2.0)
        assert refused.value.status == 429
        tasks.append(gate.arrive("patient", remaining_s=4.0))
        await settle()
        assert gate.admission.waiting == 1
        for name in ("a", "b", "patient"):
            await gate.end(name)
        await asyncio.gather(*tasks)

    run(script)


def test_who_leaves_the_queue_leaves_no_gap() -> None:
    """A cancelled request in the queue is skipped; one cancelled while running frees its place."""

    async def script(gate: Gate) -> None:
        tasks = {name: gate.arrive(name) for name in "abcd"}
        await settle()
        tasks["c"].cancel()
        tasks["a"].cancel()
        await settle()
        assert gate.served == ["a", "b", "d"]
        await gate.end("b")
        await gate.end("d")
        for task in tasks.values():
            with suppress(asyncio.CancelledError):
                await task
        assert (gate.admission.running, gate.admission.waiting) == (0, 0)

    run(script)
