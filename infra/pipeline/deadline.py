"""How much time the query under way has left. Knows no stage and no service.

The search sets it, the transports read it: a call gets no more than what is left, and one that
would begin after the end does not begin.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Generator
from contextlib import contextmanager

from infra.clock import Clock
from infra.errors import ServiceUnavailableError


class TimeLimit:
    """The end of what this thread is doing, in seconds of `clock`; none outside of `within`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._here = threading.local()

    def left_s(self) -> float:
        """Seconds until the end, at least 0; infinite where there is none."""
        return max(0.0, self._end_s() - self._clock.monotonic_s())

    @contextmanager
    def within(self, seconds: float) -> Generator[None]:
        """Calls of this thread in the body end after at most that long, or at an outer end."""
        before = self._end_s()
        self._here.end_s = min(before, self._clock.monotonic_s() + seconds)
        try:
            yield
        finally:
            self._here.end_s = before

    def call_s(self, most_s: float) -> float:
        """How long a call may take that would otherwise get `most_s`.

        Raises:
            ServiceUnavailableError: nothing is left.
        """
        left_s = self.left_s()
        if left_s <= 0:
            raise _over("the time of the query is over", "its stages took all of the deadline")
        return min(most_s, left_s)

    def over(self, name: str, problem: str) -> ServiceUnavailableError | None:
        """The error for a service that did not answer before the end; None while time is left."""
        return None if self.left_s() > 0 else _over(f"{name} was too slow for the query", problem)

    def _end_s(self) -> float:
        return getattr(self._here, "end_s", math.inf)


def _over(what: str, why: str) -> ServiceUnavailableError:
    return ServiceUnavailableError(
        what,
        why=why,
        remedy="repeat it, or give it more time: `--deadline-ms`, `retrieval:search.deadline_ms`",
    )
