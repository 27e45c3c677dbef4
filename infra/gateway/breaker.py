"""Remembers that a service is away, so that callers fail at once instead of each after a wait.

After a failure calls are refused for a moment; then one call tries, and its result decides. Lives
on one event loop.
"""

from __future__ import annotations

from infra.clock import Clock


class Breaker:
    """The state of one service as seen from here; `open_s` is how long it is left alone."""

    def __init__(self, clock: Clock, *, open_s: float = 0.5) -> None:
        self._clock = clock
        self._open_s = open_s
        self._failed_s: float | None = None
        self._is_trying = False

    @property
    def is_closed(self) -> bool:
        """Whether the last call that tells anything went well."""
        return self._failed_s is None

    def may_call(self) -> bool:
        """Whether to call now. After a failure, True makes the caller the one that tries: it must
        report `succeeded`, `failed` or `unknown`."""
        if self._failed_s is None:
            return True
        if self._is_trying or self._clock.monotonic_s() - self._failed_s < self._open_s:
            return False
        self._is_trying = True
        return True

    def succeeded(self) -> None:
        """The service answered, whatever the answer."""
        self._failed_s = None
        self._is_trying = False

    def failed(self) -> None:
        """The service did not answer."""
        self._failed_s = self._clock.monotonic_s()
        self._is_trying = False

    def unknown(self) -> None:
        """The call ended before it told anything; the next one tries."""
        self._is_trying = False
