"""How the absence of a service is remembered."""

from __future__ import annotations

from infra.clock import FakeClock
from infra.gateway.breaker import Breaker


def test_after_a_failure_nobody_calls_for_a_moment() -> None:
    """Then exactly one tries, and its success opens the way for all."""
    clock = FakeClock()
    breaker = Breaker(clock, open_s=0.5)
    assert breaker.may_call()
    breaker.failed()
    assert not breaker.may_call()
    clock.sleep(0.5)
    assert [breaker.may_call() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert all(breaker.may_call() for _ in range(3))


def test_a_failed_try_starts_the_moment_anew() -> None:
    """The service is left alone again."""
    clock = FakeClock()
    breaker = Breaker(clock, open_s=0.5)
    breaker.failed()
    clock.sleep(0.5)
    assert breaker.may_call()
    breaker.failed()
    clock.sleep(0.4)
    assert not breaker.may_call()


def test_a_try_that_tells_nothing_passes_to_the_next() -> None:
    """A caller that leaves in the middle must not lock everybody out."""
    clock = FakeClock()
    breaker = Breaker(clock, open_s=0.5)
    breaker.failed()
    clock.sleep(0.5)
    assert breaker.may_call()
    breaker.unknown()
    assert breaker.may_call()
