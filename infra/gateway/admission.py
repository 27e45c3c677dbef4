"""Takes requests while they can be served in time, and says 429 to the rest before they cost work.

One gate per lane: some requests run, some wait, one more is refused. Lives on one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from infra.clock import Clock
from infra.gateway.errors import overloaded
from infra.gateway.lanes import Lane

# Weight of the newest request in the running mean of service times.
_NEWEST = 0.1
# Bounds of Retry-After, seconds: the measured rate may be of long ago.
_RETRY_AT_LEAST_S = 1.0
_RETRY_AT_MOST_S = 60.0


class Admission:
    """The gate of one lane: `in_flight` requests run, `queue` wait in order."""

    def __init__(self, lane: Lane, *, in_flight: int, queue: int, clock: Clock) -> None:
        self.lane = lane
        self._limit = in_flight
        self._queue_limit = queue
        self._clock = clock
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._service_s: float | None = None

    @property
    def running(self) -> int:
        """Requests that run."""
        return self._running

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._waiting)

    @property
    def expected_wait_s(self) -> float:
        """Seconds that a newcomer would wait, by the measured service time; 0 while unknown."""
        if self._running < self._limit:
            return 0.0
        return (len(self._waiting) + 1) * (self._service_s or 0.0) / self._limit

    @property
    def retry_after_s(self) -> float:
        """Seconds until what is here now will have been served, by the measured service time."""
        ahead = len(self._waiting) + self._running
        served_s = ahead * (self._service_s or 0.0) / self._limit
        return min(max(served_s, _RETRY_AT_LEAST_S), _RETRY_AT_MOST_S)

    @asynccontextmanager
    async def admitted(self, remaining_s: float) -> AsyncGenerator[None]:
        """Wait for a place and hold it during the body.

        Raises:
            RequestError: 429, the queue is full, or `remaining_s` would pass while waiting.
        """
        await self._enter(remaining_s)
        started_s = self._clock.monotonic_s()
        completed = False
        try:
            yield
            completed = True
        finally:
            if completed:
                self._learn(self._clock.monotonic_s() - started_s)
            self._leave()

    async def _enter(self, remaining_s: float) -> None:
        if self._running < self._limit:
            self._running += 1
            return
        if len(self._waiting) >= self._queue_limit:
            raise overloaded(
                self.lane,
                why=f"{self._running} run and {len(self._waiting)} wait, which is the limit",
                retry_after_s=self.retry_after_s,
            )
        if self.expected_wait_s >= remaining_s:
            raise overloaded(
                self.lane,
                why=f"the wait would be about {self.expected_wait_s:.1f} s, longer than the "
                "deadline of this request",
                retry_after_s=self.retry_after_s,
            )
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave()
            elif place in self._waiting:
                self._waiting.remove(place)
            raise

    def _leave(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():  # one whose request was given up is cancelled already
                place.set_result(None)  # the place is handed on
                return
        self._running -= 1

    def _learn(self, service_s: float) -> None:
        known = self._service_s
        self._service_s = service_s if known is None else known + _NEWEST * (service_s - known)
