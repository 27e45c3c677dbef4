"""Point ids: 64-bit unsigned integers or UUIDs. Knows only their spellings."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from infra.local.qdrant.errors import FormatError, wrong_input
from infra.local.qdrant.serde import U64_MAX, want_list

PointId = int | UUID

_SIMPLE = r"[0-9a-fA-F]{32}"
_HYPHENATED = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_UUID = re.compile(rf"{_SIMPLE}|{_HYPHENATED}|\{{{_HYPHENATED}\}}|urn:uuid:{_HYPHENATED}")


def read_id(value: Any) -> PointId:
    """An id from a JSON body."""
    if type(value) is int and 0 <= value <= U64_MAX:
        return value
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(value)
    rule = "valid values are either an unsigned integer or a UUID"
    raise FormatError(f"value {_shown(value)} is not a valid point ID, {rule}")


def read_ids(value: Any) -> list[PointId]:
    return [read_id(item) for item in want_list(value)]


def id_from_path(text: str) -> PointId:
    """An id from the path of a request."""
    if text.isascii() and text.isdigit() and int(text) <= U64_MAX:
        return int(text)
    if _UUID.fullmatch(text):
        return UUID(text)
    raise wrong_input(f'Can not recognize "{text}" as point id')


def shown_id(point_id: int | str | UUID) -> int | str:
    """An id as answers carry it: integers as they are, UUIDs in lower case with hyphens."""
    return point_id if isinstance(point_id, int) else str(point_id)


def _shown(value: Any) -> str:
    """The value in Rust's display form; floats never use an exponent there."""
    if type(value) is float:
        text = f"{value:.1f}" if value.is_integer() else repr(value)
        return _rounded(value) if abs(value) >= 2**53 else text
    return str(value)


def _rounded(value: float) -> str:
    """The shortest digits that give `value` back, padded with zeros to its magnitude."""
    digits, _, exponent = f"{value!r}e0".partition("e")
    if "e" not in repr(value):
        return str(int(value))
    whole, _, fraction = digits.partition(".")
    power = int(exponent.removesuffix("e0"))
    return whole + fraction + "0" * (power - len(fraction))
