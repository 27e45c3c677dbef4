"""Repeats a call that failed for a passing reason: named exceptions only, bounded twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from infra.clock import Clock

T = TypeVar("T")


class TryAgainError(Exception):
    """A call failed in a way that may pass and had no effect that a repeat would double."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """How often and how long to try.

    `attempts` counts the first try. `total_s` bounds the time from the first try to the start of
    the last one. Waits double from `first_wait_s` up to `longest_wait_s`; they carry no random
    part, since the few calls of one pipeline stay together within what a server admits.
    """

    attempts: int
    total_s: float
    first_wait_s: float = 0.1
    longest_wait_s: float = 5.0

    def within(self, seconds: float) -> RetryPolicy:
        """The same, given up after `seconds` at the latest."""
        return replace(self, total_s=min(self.total_s, seconds))


# Indexing may wait out a restart of a service; a query has somebody waiting for it.
PATIENT = RetryPolicy(attempts=8, total_s=30)
BRIEF = RetryPolicy(attempts=3, total_s=1)


def retried(call: Callable[[], T], *, policy: RetryPolicy, clock: Clock) -> T:
    """The result of `call`, tried again while it raises `TryAgainError` and the policy allows.

    Raises:
        TryAgainError: of the last try.
    """
    started_s = clock.monotonic_s()
    wait_s = policy.first_wait_s
    for _ in range(policy.attempts - 1):
        try:
            return call()
        except TryAgainError:
            if clock.monotonic_s() - started_s + wait_s > policy.total_s:
                raise
        clock.sleep(wait_s)
        wait_s = min(2 * wait_s, policy.longest_wait_s)
    return call()
