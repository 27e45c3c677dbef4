"""Retrying: only what may pass, and only so often and so long."""

from __future__ import annotations

import pytest

from infra.clock import FakeClock
from infra.pipeline.retry import RetryPolicy, TryAgainError, retried

_POLICY = RetryPolicy(attempts=5, total_s=10, first_wait_s=1, longest_wait_s=3)


class Flaky:
    """Fails so many times, taking `takes_s` each time."""

    def __init__(self, failures: int, clock: FakeClock, takes_s: float = 0) -> None:
        self.failures = failures
        self.calls = 0
        self._clock = clock
        self._takes_s = takes_s

    def __call__(self) -> str:
        self.calls += 1
        self._clock.now_s += self._takes_s
        if self.calls <= self.failures:
            raise TryAgainError(f"failure {self.calls}")
        return "done"


def test_it_waits_longer_each_time_up_to_the_longest() -> None:
    """Waits double and are capped."""
    clock = FakeClock()
    call = Flaky(4, clock)
    assert retried(call, policy=_POLICY, clock=clock) == "done"
    assert clock.sleeps_s == [1, 2, 3, 3]


def test_attempts_are_bounded() -> None:
    """The error of the last try is raised, and nothing is tried after it."""
    clock = FakeClock()
    call = Flaky(99, clock)
    with pytest.raises(TryAgainError, match="failure 5"):
        retried(call, policy=_POLICY, clock=clock)
    assert call.calls == 5


def test_total_time_is_bounded() -> None:
    """Slow failures use the time up before the attempts."""
    clock = FakeClock()
    call = Flaky(99, clock, takes_s=4)
    with pytest.raises(TryAgainError, match="failure 2"):
        retried(call, policy=_POLICY, clock=clock)
    assert clock.now_s <= 10


def test_other_errors_are_not_tried_again() -> None:
    """An unexpected error passes through at once."""
    clock = FakeClock()
    calls: list[int] = []

    def broken() -> None:
        calls.append(1)
        raise KeyError

    with pytest.raises(KeyError):
        retried(broken, policy=_POLICY, clock=clock)
    assert calls == [1]
    assert clock.sleeps_s == []
