"""Shares one model server between queries and passages so that they never meet in a batch.

TEI pads every text of a batch to the longest one (recorded from 1.9.3): a query of 16 tokens that
shares a batch with passages of 256 costs as much as they do. So calls of the two lanes are never
in flight together. Queries go first; a passage call that was overtaken often enough gets a turn.
Knows nothing of HTTP. Lives on one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from infra.clock import Clock


class Lane(StrEnum):
    """Who waits: a reader (short texts, soon), or a run of indexing (long lists)."""

    QUERIES = "queries"
    PASSAGES = "passages"


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneLimits:
    """How much of one server each lane may hold.

    `texts` bounds the texts in flight of both lanes (the server's permits); `passage_calls` holds
    after `quiet_s` seconds without a query, before that it is 1.
    """

    texts: int
    query_calls: int
    passage_calls: int
    queries_per_passage_call: int
    quiet_s: float


@dataclass(slots=True)
class _Waiter:
    texts: int
    granted: asyncio.Future[None]


class Lanes:
    """Turns at one server. First come, first served within a lane."""

    def __init__(self, limits: LaneLimits, clock: Clock) -> None:
        self.limits = limits
        self._clock = clock
        self._waiting: dict[Lane, deque[_Waiter]] = {lane: deque() for lane in Lane}
        self._calls = dict.fromkeys(Lane, 0)
        self._texts = 0
        self._overtaken = 0
        self._last_query_s: float | None = None

    @asynccontextmanager
    async def turn(self, lane: Lane, texts: int) -> AsyncGenerator[None]:
        """Wait for a turn, hold it during the body. `texts` is the length of the list sent."""
        await self._acquire(lane, texts)
        try:
            yield
        finally:
            self._release(lane, texts)

    def waiting(self, lane: Lane) -> int:
        """Calls that wait for a turn."""
        return len(self._waiting[lane])

    def calls(self, lane: Lane) -> int:
        """Calls in flight."""
        return self._calls[lane]

    async def _acquire(self, lane: Lane, texts: int) -> None:
        waiter = _Waiter(texts, asyncio.get_running_loop().create_future())
        self._waiting[lane].append(waiter)
        self._dispatch()
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled():
                self._release(lane, texts)
            else:
                self._dispatch()  # a waiter that is gone may have stood in front
            raise

    def _release(self, lane: Lane, texts: int) -> None:
        self._calls[lane] -= 1
        self._texts -= texts
        if lane is Lane.QUERIES:
            self._last_query_s = self._clock.monotonic_s()
        self._dispatch()

    def _dispatch(self) -> None:
        for lane, waiters in self._waiting.items():
            if any(waiter.granted.done() for waiter in waiters):
                left = (waiter for waiter in waiters if not waiter.granted.done())
                self._waiting[lane] = deque(left)
        while (lane := self._next()) is not None:
            waiter = self._waiting[lane].popleft()
            self._calls[lane] += 1
            self._texts += waiter.texts
            if lane is Lane.PASSAGES:
                self._overtaken = 0
            elif self._waiting[Lane.PASSAGES]:
                self._overtaken += 1
            waiter.granted.set_result(None)

    def _next(self) -> Lane | None:
        """The lane whose first waiter may start now."""
        passage_waits = bool(self._waiting[Lane.PASSAGES])
        due = passage_waits and self._overtaken >= self.limits.queries_per_passage_call
        if self._waiting[Lane.QUERIES] and not due:
            free = self._calls[Lane.PASSAGES] == 0 and self._has_room(
                Lane.QUERIES, self.limits.query_calls
            )
            return Lane.QUERIES if free else None
        if passage_waits and self._calls[Lane.QUERIES] == 0:
            most = self.limits.passage_calls if self._is_quiet() else 1
            return Lane.PASSAGES if self._has_room(Lane.PASSAGES, most) else None
        return None

    def _has_room(self, lane: Lane, most_calls: int) -> bool:
        """Whether one more call of the lane fits; a list over the limit goes when it is alone."""
        fits = self._texts + self._waiting[lane][0].texts <= self.limits.texts
        return self._calls[lane] < most_calls and (fits or self._texts == 0)

    def _is_quiet(self) -> bool:
        last_s = self._last_query_s
        return last_s is None or self._clock.monotonic_s() - last_s >= self.limits.quiet_s
