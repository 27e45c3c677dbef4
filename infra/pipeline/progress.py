"""How far a run of indexing is, counted by whoever does the work and read by whoever shows it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from infra.clock import Clock

# Before this share of the work is done an estimate of the rest would only jump about.
_ENOUGH_DONE = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexProgress:
    """Counts so far. `size_bytes` of all and `done_bytes` of what is finished measure the way;
    `tokens` are those embedded, `seconds` the time since the start."""

    documents: int = 0
    passages: int = 0
    tokens: int = 0
    done_bytes: float = 0
    size_bytes: int = 0
    seconds: float = 0

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return min(1.0, self.done_bytes / self.size_bytes) if self.size_bytes else 0.0

    @property
    def tokens_per_s(self) -> float:
        """Tokens embedded per second, from the start."""
        return self.tokens / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest takes if it goes on as so far; None while that is a guess."""
        if self.share < _ENOUGH_DONE:
            return None
        return self.seconds * (1 - self.share) / self.share


Listener = Callable[[IndexProgress], None]


class Tally:
    """Adds up progress from several threads and tells a listener, one call at a time."""

    def __init__(self, *, size_bytes: int, clock: Clock, listener: Listener) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._listener = listener
        self._now = IndexProgress(size_bytes=size_bytes)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._clock.monotonic_s() - self._started_s

    def add(
        self, *, documents: int = 0, passages: int = 0, tokens: int = 0, done_bytes: float = 0
    ) -> None:
        """Count what was just finished."""
        with self._lock:
            self._now = replace(
                self._now,
                documents=self._now.documents + documents,
                passages=self._now.passages + passages,
                tokens=self._now.tokens + tokens,
                done_bytes=self._now.done_bytes + done_bytes,
                seconds=self.seconds,
            )
            self._listener(self._now)
