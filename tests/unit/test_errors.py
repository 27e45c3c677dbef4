"""Every reason to stop has an exit code of the documented table and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import errors
from infra.errors import ExitCode, OperatorError

REASONS = sorted(
    (
        value
        for value in vars(errors).values()
        if isinstance(value, type)
        and issubclass(value, OperatorError)
        and value is not OperatorError
    ),
    key=lambda reason: reason.__name__,
)


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.__name__)
def test_a_reason_has_a_code_and_shows_all_three_parts(reason: type[OperatorError]) -> None:
    """Each class carries a failing exit code, and its text shows what, why and the remedy."""
    error = reason("the what", why="the why", remedy="the remedy")
    assert reason.exit_code in set(ExitCode) - {ExitCode.OK}
    assert str(error) == "the what: the why\nhint: the remedy"


def test_usage_is_never_two() -> None:
    """2 and 3 are verdicts of the load gate, so a wrong command line must not use them."""
    assert ExitCode.USAGE == 64
    assert {int(reason.exit_code) for reason in REASONS}.isdisjoint({2, 3})


def test_errors_imports_nothing_of_ours(project_root: Path) -> None:
    """The errors module is a leaf that every layer may import."""
    text = (project_root / "infra" / "errors.py").read_text(encoding="utf-8")
    assert "import infra" not in text
    assert "from infra" not in text
