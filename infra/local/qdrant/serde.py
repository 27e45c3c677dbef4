"""Reads JSON as strictly as the real server does, with its error texts; knows no API.

The server parses with Rust's serde: a bool is never a number, `null` counts as absent for an
optional field, unknown keys are ignored unless said otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pydantic_core

from infra.local.qdrant.errors import FormatError

Json = dict[str, Any]
T = TypeVar("T")

U64_MAX = 2**64 - 1
I64_MIN = -(2**63)

_LONG_NUMBER = re.compile(rb"[0-9]{19}")


def parse(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        FormatError: not JSON; the text has serde's words with line and column.
    """
    try:
        value = pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise FormatError(str(error)) from error
    return _narrow(value) if _LONG_NUMBER.search(body) else value


def dump(value: Any) -> bytes:
    """JSON bytes; infinity and NaN become null, as on the server."""
    return pydantic_core.to_json(value, inf_nan_mode="null")


def kind(value: Any) -> str:
    """How serde names a value in "invalid type: ..."."""
    names: dict[type, str] = {
        bool: f"boolean `{str(value).lower()}`",
        int: f"integer `{value}`",
        float: f"floating point `{value}`",
        str: f'string "{value}"',
        list: "sequence",
        dict: "map",
    }
    return names.get(type(value), "null")


def wrong_type(value: Any, expected: str) -> FormatError:
    return FormatError(f"invalid type: {kind(value)}, expected {expected}")


def want_map(value: Any, expected: str = "a map") -> Json:
    if not isinstance(value, dict):
        raise wrong_type(value, expected)
    return value


def want_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise wrong_type(value, "a sequence")
    return value


def want_str(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type(value, "a string")
    return value


def want_strings(value: Any) -> list[str]:
    return [want_str(item) for item in want_list(value)]


def want_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(value, "a boolean")
    return value


def want_usize(value: Any) -> int:
    if type(value) is not int:
        raise wrong_type(value, "usize")
    if value < 0:
        raise FormatError(f"invalid value: integer `{value}`, expected usize")
    return value


def want_float(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    raise wrong_type(value, "f32")


def want_variant(value: Any, variants: Mapping[str, T]) -> T:
    """One of a closed set of strings."""
    name = want_str(value)
    if name not in variants:
        known = ", ".join(f"`{variant}`" for variant in variants)
        raise FormatError(f"unknown variant `{name}`, expected one of {known}")
    return variants[name]


def field(body: Json, name: str, read: Callable[[Any], T]) -> T:
    """A field that must be there."""
    if name not in body:
        raise FormatError(f"missing field `{name}`")
    return read(body[name])


def optional(body: Json, name: str, read: Callable[[Any], T]) -> T | None:
    """A field that may be absent or null."""
    value = body.get(name)
    return None if value is None else read(value)


def untagged(name: str, read: Callable[[Any], T]) -> Callable[[Any], T]:
    """`read`, with any failure reported the way serde reports an untagged enum."""

    def wrapped(value: Any) -> T:
        try:
            return read(value)
        except FormatError as error:
            text = f"data did not match any variant of untagged enum {name}"
            raise FormatError(text) from error

    return wrapped


def _narrow(value: Any) -> Any:
    """Integers beyond 64 bits become floats, as in serde_json."""
    if type(value) is int and not I64_MIN <= value <= U64_MAX:
        return float(value)
    if isinstance(value, list):
        return [_narrow(item) for item in value]
    if isinstance(value, dict):
        return {key: _narrow(item) for key, item in value.items()}
    return value
