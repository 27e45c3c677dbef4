"""One class per reason to stop, each with its exit code. A leaf: every layer may import it.

An error says what happened, why it is one, and what to do next. The command line prints the first
two as the error and the third as a hint; a traceback appears only with `--debug`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of every command. 2 and 3 are kept for the load gate's verdicts."""

    OK = 0
    ANSWER_IS_NO = 1
    GATE_INCONCLUSIVE = 2
    GATE_INVALID = 3
    USAGE = 64
    BAD_INPUT = 65
    UNAVAILABLE = 69
    BUG = 70
    INTERRUPTED = 130


class OperatorError(Exception):
    """Base of every expected failure.

    Args:
        what: what happened, naming the thing and the given value.
        why: the rule that it breaks, or what that means.
        remedy: the next command or change, never empty.
    """

    exit_code: ClassVar[ExitCode]

    def __init__(self, what: str, *, why: str, remedy: str) -> None:
        self.what = what
        self.why = why
        self.remedy = remedy
        super().__init__(what, why, remedy)

    def __str__(self) -> str:
        return f"{self.what}: {self.why}\nhint: {self.remedy}"


class CheckFailedError(OperatorError):
    """A check ran to its end and its answer is no (smoke, drift)."""

    exit_code = ExitCode.ANSWER_IS_NO


class BudgetError(OperatorError):
    """The plan costs more than its ceiling allows."""

    exit_code = ExitCode.ANSWER_IS_NO


class UsageError(OperatorError):
    """The command line itself is wrong."""

    exit_code = ExitCode.USAGE


class SettingsError(OperatorError):
    """One or more settings are wrong; all of them are listed in one error."""

    exit_code = ExitCode.BAD_INPUT


class InputFileError(OperatorError):
    """A file or folder that the user named cannot be used."""

    exit_code = ExitCode.BAD_INPUT


class IncompatibleCollectionError(OperatorError):
    """An existing collection does not fit what would be written to or read from it."""

    exit_code = ExitCode.BAD_INPUT


class NotIndexedError(OperatorError):
    """The store does not hold what is asked for: nothing was indexed yet, or it is kept no more."""

    exit_code = ExitCode.UNAVAILABLE


class PlanError(OperatorError):
    """Each setting is right by itself, but together, or in this account, they cannot be built."""

    exit_code = ExitCode.BAD_INPUT


class UnresolvedError(OperatorError):
    """A pin, an account id or an artifact that only a look-up can give is not there yet."""

    exit_code = ExitCode.UNAVAILABLE


class ToolMissingError(OperatorError):
    """A program that this command needs is not here and could not be installed."""

    exit_code = ExitCode.UNAVAILABLE


class ServiceUnavailableError(OperatorError):
    """A service did not answer, or did not become ready in time."""

    exit_code = ExitCode.UNAVAILABLE


class ServiceRefusedError(OperatorError):
    """A service answered and refused: a wrong key, or a request it does not accept."""

    exit_code = ExitCode.UNAVAILABLE


class PortInUseError(OperatorError):
    """A port that a local service needs belongs to another process."""

    exit_code = ExitCode.UNAVAILABLE


class StackError(OperatorError):
    """The stack does not exist, is not up, or the engine failed."""

    exit_code = ExitCode.UNAVAILABLE


class InternalError(OperatorError):
    """A promise between our own parts is broken: a bug."""

    exit_code = ExitCode.BUG
