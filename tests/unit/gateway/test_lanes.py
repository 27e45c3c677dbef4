"""Turns at one model server: who may be in flight with whom, and who goes first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st

from infra.clock import FakeClock
from infra.gateway.lanes import Lane, LaneLimits, Lanes

LIMITS = LaneLimits(
    texts=64, query_calls=4, passage_calls=2, queries_per_passage_call=3, quiet_s=1.0
)
Q, P = Lane.QUERIES, Lane.PASSAGES


class Server:
    """Holds the calls that have a turn until the test ends them; checks what may never happen."""

    def __init__(self, lanes: Lanes, limits: LaneLimits) -> None:
        self.lanes = lanes
        self.limits = limits
        self.started: list[tuple[Lane, int]] = []
        self.running: list[tuple[Lane, int, asyncio.Event]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def call(self, lane: Lane, texts: int = 1) -> asyncio.Task[None]:
        task = asyncio.create_task(self._call(lane, texts))
        self.tasks.append(task)
        return task

    async def _call(self, lane: Lane, texts: int) -> None:
        async with self.lanes.turn(lane, texts):
            entry = (lane, texts, asyncio.Event())
            self.started.append((lane, texts))
            self.running.append(entry)
            self.check()
            try:
                await entry[2].wait()
            finally:
                self.running.remove(entry)

    def check(self) -> None:
        """What holds at every instant."""
        lanes = {lane for lane, _, _ in self.running}
        assert len(lanes) <= 1, "both lanes are in flight"
        texts = sum(texts for _, texts, _ in self.running)
        assert texts <= self.limits.texts or len(self.running) == 1
        assert self.lanes.calls(Q) <= self.limits.query_calls
        assert self.lanes.calls(P) <= self.limits.passage_calls

    async def end_first(self) -> None:
        self.running[0][2].set()
        await settle()

    async def end_all(self) -> None:
        while self.running:
            await self.end_first()


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


def run(script: Callable[[Server, FakeClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = FakeClock()
        server = Server(Lanes(LIMITS, clock), LIMITS)
        await script(server, clock)
        await server.end_all()
        await asyncio.gather(*server.tasks, return_exceptions=True)
        assert server.lanes.calls(Q) == server.lanes.calls(P) == 0
        assert server.lanes.waiting(Q) == server.lanes.waiting(P) == 0

    asyncio.run(main())


class TestWhoIsInFlight:
    def test_queries_run_together(self) -> None:
        """Up to the limit of calls at once; one more waits."""

        async def script(server: Server, _clock: FakeClock) -> None:
            for _ in range(5):
                server.call(Q)
            await settle()
            assert server.lanes.calls(Q) == 4
            assert server.lanes.waiting(Q) == 1

        run(script)

    def test_a_query_waits_for_the_passages_in_flight_only(self) -> None:
        """It overtakes the passages that wait."""

        async def script(server: Server, clock: FakeClock) -> None:
            clock.sleep(10)
            for _ in range(5):
                server.call(P, 8)
            await settle()
            server.call(Q)
            await settle()
            assert [lane for lane, _ in server.started] == [P, P]
            await server.end_first()
            await server.end_first()
            assert [lane for lane, _ in server.started] == [P, P, Q]

        run(script)

    def test_beside_queries_one_passage_call_runs_at_a_time(self) -> None:
        """Two only after a second without a query."""

        async def script(server: Server, clock: FakeClock) -> None:
            server.call(Q)
            await settle()
            await server.end_first()
            for _ in range(4):
                server.call(P, 8)
            await settle()
            assert server.lanes.calls(P) == 1
            clock.sleep(1.5)
            await server.end_first()
            assert server.lanes.calls(P) == 2

        run(script)

    def test_passages_get_a_turn_under_steady_queries(self) -> None:
        """After being overtaken as often as the setting says, the passage call goes next."""

        async def script(server: Server, _clock: FakeClock) -> None:
            server.call(Q)
            await settle()
            server.call(P, 8)
            for _ in range(20):
                server.call(Q)
            await settle()
            while P not in [lane for lane, _ in server.started]:
                await server.end_first()
            overtook = [lane for lane, _ in server.started].index(P) - 1
            assert overtook == LIMITS.queries_per_passage_call

        run(script)

    def test_the_permits_of_the_server_are_never_exceeded(self) -> None:
        """A list waits until its texts fit; one over the limit goes when nothing else runs."""

        async def script(server: Server, _clock: FakeClock) -> None:
            server.call(Q, 40)
            server.call(Q, 40)
            server.call(Q, 100)
            await settle()
            assert server.started == [(Q, 40)]
            await server.end_first()
            assert server.started == [(Q, 40), (Q, 40)]
            await server.end_first()
            assert server.started[-1] == (Q, 100)

        run(script)


class TestGivingUp:
    def test_a_waiter_that_leaves_frees_the_way(self) -> None:
        """A cancelled call neither runs nor blocks those behind it."""

        async def script(server: Server, _clock: FakeClock) -> None:
            server.call(Q, 60)
            await settle()
            blocked = server.call(Q, 60)
            server.call(Q, 4)
            await settle()
            assert len(server.started) == 1
            blocked.cancel()
            await settle()
            assert server.started == [(Q, 60), (Q, 4)]

        run(script)

    def test_a_call_cancelled_at_the_instant_of_its_turn_gives_it_back(self) -> None:
        """Granted and cancelled in one step: the next one still gets its turn."""

        async def script(server: Server, _clock: FakeClock) -> None:
            server.call(P, 8)
            await settle()
            unlucky = server.call(Q)
            server.call(P, 8)
            await settle()
            server.running[0][2].set()
            await asyncio.sleep(0)
            unlucky.cancel()
            await settle()
            assert server.lanes.calls(Q) == 0
            await server.end_all()
            assert [lane for lane, _ in server.started].count(P) == 2

        run(script)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.sampled_from(list(Lane)), st.integers(1, 80)),
        st.tuples(st.just("end"), st.integers(0, 50), st.just(0)),
        st.tuples(st.just("cancel"), st.integers(0, 50), st.just(0)),
        st.tuples(st.just("wait"), st.integers(0, 3), st.just(0)),
    ),
    max_size=60,
)


@given(steps=STEPS)
def test_nothing_is_stuck_and_no_rule_breaks(
    steps: list[tuple[str, Lane | int, int]],
) -> None:
    """Any order of calls, ends and cancellations: the rules hold, and everybody gets a turn."""

    async def script(server: Server, clock: FakeClock) -> None:
        for name, choice, texts in steps:
            match name, choice:
                case "call", Lane():
                    server.call(choice, texts)
                case "end", int() if server.running:
                    server.running[choice % len(server.running)][2].set()
                case "cancel", int() if server.tasks:
                    server.tasks[choice % len(server.tasks)].cancel()
                case "wait", int():
                    clock.sleep(choice)
                case _:
                    pass
            await settle()
            server.check()

    run(script)
