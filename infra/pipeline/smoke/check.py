"""One named check, what it measured, and how a list of them is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from infra.errors import OperatorError


class Measured(NamedTuple):
    """What a check saw, in words for the operator."""

    passed: bool
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A question with one right answer; `expected` is that answer in words."""

    name: str
    expected: str
    measure: Callable[[], Measured]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """The answer to one check."""

    name: str
    passed: bool
    measured: str
    expected: str


def run_check(check: Check) -> CheckResult:
    """Run one check; a service that fails or refuses fails the check, not the run."""
    try:
        measured = check.measure()
    except OperatorError as error:
        measured = Measured(passed=False, value=f"{error.what}: {error.why}")
    return CheckResult(
        name=check.name, passed=measured.passed, measured=measured.value, expected=check.expected
    )


def not_run(checks: Iterable[Check], reason: str) -> list[CheckResult]:
    """Results of checks whose ground is missing: a check that did not run has not passed."""
    return [
        CheckResult(
            name=check.name, passed=False, measured=f"not run: {reason}", expected=check.expected
        )
        for check in checks
    ]
