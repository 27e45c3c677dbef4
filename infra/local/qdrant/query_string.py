"""Query-string parameters, read as strictly as the server reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

from infra.local.qdrant.errors import ApiError, query_format

T = TypeVar("T")

_CONSISTENCY = re.compile(r"[0-9]+|majority|quorum|all")


@dataclass(frozen=True)
class Params:
    """The parameters of one request; unknown ones are ignored, repeated ones refused on use."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, query: str) -> Params:
        return cls(tuple(parse_qsl(query, keep_blank_values=True)))

    def get(self, name: str) -> str | None:
        values = [value for key, value in self.pairs if key == name]
        if len(values) > 1:
            raise query_format(f"duplicate field `{name}`")
        return values[0] if values else None

    def read(self, name: str, reader: Callable[[str], T], default: T) -> T:
        value = self.get(name)
        return default if value is None else reader(value)

    def wait(self) -> bool:
        """Whether the caller waits for the write to be applied; checks `ordering` too."""
        self.read("ordering", _ordering, "weak")
        return self.read("wait", _flag, default=False)

    def read_options(self) -> int | None:
        """The timeout of a read in seconds; checks `consistency` too."""
        self.read("consistency", _consistency, "1")
        return self.read("timeout", _nonzero, None)

    def catalog_timeout(self) -> int | None:
        """The timeout of a change to collections or aliases, in seconds."""
        return self.read("timeout", _at_least_one, None)


def _flag(value: str) -> bool:
    if value not in {"true", "false"}:
        raise query_format("provided string was not `true` or `false`")
    return value == "true"


def _ordering(value: str) -> str:
    if value not in {"weak", "medium", "strong"}:
        known = "`weak`, `medium`, `strong`"
        raise query_format(f"unknown variant `{value}`, expected one of {known}")
    return value


def _consistency(value: str) -> str:
    if not _CONSISTENCY.fullmatch(value):
        text = f"failed to deserialize read consistency query parameter value '{value}'"
        raise query_format(text)
    return value


def _digits(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise query_format("invalid digit found in string")
    return int(value)


def _nonzero(value: str) -> int | None:
    number = _digits(value)
    if number == 0:
        raise query_format("invalid value: integer `0`, expected a nonzero u64")
    return number


def _at_least_one(value: str) -> int | None:
    number = _digits(value)
    if number == 0:
        rule = "timeout: value 0 invalid, must be 1 or larger"
        raise ApiError(422, f"Validation error in query parameters: [{rule}]")
    return number
