"""Why TEI refuses a call: one class per kind, each with its HTTP status. A leaf.

Texts and status codes recorded from TEI 1.9.3. These are answers to HTTP clients, not failures of
the operator's command, and so no `OperatorError`.
"""

from __future__ import annotations

from typing import ClassVar


class TeiError(Exception):
    """An answer with TEI's JSON error body."""

    status: ClassVar[int]
    error_type: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class EmptyInputError(TeiError):
    """Nothing to work on: an empty string, list or id list."""

    status = 400
    error_type = "Empty"


class InvalidInputError(TeiError):
    """Well-formed JSON that breaks a limit or names something unknown."""

    status = 422
    error_type = "Validation"


class BackendError(TeiError):
    """The model cannot do this, or its answer is not a number."""

    status = 424
    error_type = "Backend"


class OverloadedError(TeiError):
    """No free permit."""

    status = 429
    error_type = "Overloaded"

    def __init__(self) -> None:
        super().__init__("Model is overloaded")


class StartError(Exception):
    """The server cannot start with these flags; TEI prints `Error: ...` and exits 1."""


def empty(name: str) -> EmptyInputError:
    """The text for an empty input found behind the route's own checks."""
    return EmptyInputError(f"Input validation error: `{name}` cannot be empty")


def invalid(detail: str) -> InvalidInputError:
    """The text for a value that tokenisation or pooling refuses."""
    return InvalidInputError(f"Input validation error: {detail}")


def unsupported(detail: str) -> BackendError:
    """The text for a route that this model does not serve."""
    return BackendError(f"Backend error: {detail}")


def over_client_batch(size: int, limit: int) -> InvalidInputError:
    """The text for a list that is longer than `--max-client-batch-size`."""
    return InvalidInputError(f"batch size {size} > maximum allowed batch size {limit}")
