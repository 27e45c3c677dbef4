"""Errors as the wire carries them; knows no routes and no engine calls.

Texts and status codes are those recorded from Qdrant 1.19.0. The one addition is status 501 for
what this local target does not serve, so that a client says so instead of guessing.
"""

from __future__ import annotations


class ApiError(Exception):
    """An error answer in Qdrant's JSON envelope."""

    def __init__(self, status: int, text: str, *, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.text = text
        self.headers = headers or {}
        super().__init__(status, text)


class FormatError(Exception):
    """JSON of the wrong type or shape; `body_format` turns its text into a 400."""


class RuleError(Exception):
    """JSON of the right shape with a value out of range; becomes a 422.

    Args:
        field: dotted path below the body, for example `limit` or `filter.must[0].__all__`.
        text: what the value breaks.
    """

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        self.text = text
        super().__init__(field, text)


class LateError(ApiError):
    """A write refused after it got its operation `number`; with `wait=false` nobody hears of it."""

    def __init__(self, cause: ApiError, number: int) -> None:
        self.number = number
        super().__init__(cause.status, cause.text)


def not_found(text: str) -> ApiError:
    return ApiError(404, f"Not found: {text}")


def collection_not_found(name: str) -> ApiError:
    return not_found(f"Collection `{name}` doesn't exist!")


def wrong_input(text: str) -> ApiError:
    return ApiError(400, f"Wrong input: {text}")


def bad_request(text: str) -> ApiError:
    return ApiError(400, f"Bad request: {text}")


def forbidden(text: str) -> ApiError:
    return ApiError(403, f"Forbidden: {text}")


def internal(text: str) -> ApiError:
    return ApiError(500, f"Service internal error: {text}")


def body_format(text: str) -> ApiError:
    return ApiError(400, f"Format error in JSON body: {text}")


def body_rule(error: RuleError, *, prefix: str = "") -> ApiError:
    return ApiError(422, f"Validation error in JSON body: [{prefix}{error.field}: {error.text}]")


def path_rule(field: str, text: str) -> ApiError:
    return ApiError(422, f"Validation error in path parameters: [{field}: {text}]")


def query_format(text: str) -> ApiError:
    return ApiError(400, f"Deserialize error in query parameters: {text}")


def not_served(what: str) -> ApiError:
    """What this process does not do; the text is what qdrant-client shows."""
    return ApiError(501, f"not in the local target: {what}")


def unknown_vector(name: str) -> str:
    return f"Not existing vector name error: {name}"


CONVERSION_TEXT = "Conversion between sparse and regular vectors failed"
"""A dense vector where a sparse one is stored, or the reverse."""

_NO_POINT = "No point with id"
_INTERNAL_STARTS = ("Service runtime error", "Service internal error")
_FORMULA_TEXT = "Expected a number for every variable in the payload and/or in the formula defaults"


def from_engine(error: Exception) -> ApiError:
    """The answer for an exception of the engine, which carries the text but no kind."""
    if isinstance(error, ApiError):
        return error
    text = str(error)
    if text.startswith(_NO_POINT):
        return not_found(f"{text} found")
    if text.startswith(_INTERNAL_STARTS):
        return internal(text)
    if text == "Wrong usage of sparse vectors":
        return wrong_input(CONVERSION_TEXT)
    if text.startswith("Operation cancelled"):
        # The engine stops all scoring when a formula misses a value, and loses the reason.
        return wrong_input(_FORMULA_TEXT)
    return wrong_input(text)
