"""Requests and answers of this API as plain records, with Qdrant's JSON envelope."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

from infra.local.qdrant import serde
from infra.local.qdrant.errors import ApiError, FormatError, RuleError, body_format, body_rule

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """One request, its path already split and decoded, its body read and unpacked."""

    method: str
    segments: tuple[str, ...]
    query: str
    headers: dict[str, str]
    body: bytes = b""
    started_s: float = field(default_factory=time.perf_counter)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ApiError: 400, the body is not JSON.
        """
        try:
            return serde.parse(self.body)
        except FormatError as error:
            raise body_format(str(error)) from error


@dataclass(frozen=True)
class Response:
    """One answer; `content_type` None leaves the header out, as the server does for bare texts."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


EMPTY_404 = Response(404)
"""Unknown path or method: the server has no 405 and sends no body."""


def success(result: Any, request: Request, *, status: int = 200) -> Response:
    envelope = {"result": result, "status": "ok", "time": _elapsed_s(request)}
    return Response(status, serde.dump(envelope), JSON)


def failure(error: ApiError, request: Request) -> Response:
    envelope = {"status": {"error": error.text}, "time": _elapsed_s(request)}
    return Response(error.status, serde.dump(envelope), JSON, dict(error.headers))


def plain(status: int, text: str, *, content_type: str | None = TEXT) -> Response:
    return Response(status, text.encode(), content_type)


def split_path(raw_path: bytes) -> tuple[str, ...]:
    """Decoded path segments; double and trailing slashes count for nothing."""
    return tuple(unquote(part) for part in raw_path.decode("latin-1").split("/") if part)


def read_body(request: Request, read: Callable[[Any], T], *, prefix: str = "") -> T:
    """The body read by `read`, with its failures turned into the server's answers.

    Args:
        request: whose body is read.
        read: from the JSON value to the parsed request.
        prefix: what the server puts before a field in a 422 text, for example `internal.`.
    """
    value = request.json()
    try:
        return read(value)
    except FormatError as error:
        raise body_format(str(error)) from error
    except RuleError as error:
        raise body_rule(error, prefix=prefix) from error


def gunzip(body: bytes, *, limit: int) -> bytes:
    """The unpacked body, at most one byte more than `limit`.

    Raises:
        ApiError: 400, the body is not gzip.
    """
    unpacker = zlib.decompressobj(wbits=31)
    try:
        return unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise ApiError(400, f"Error that occur during reading payload: {error}") from error


def gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(level=1, wbits=31)
    return packer.compress(body) + packer.flush()


def _elapsed_s(request: Request) -> float:
    return round(time.perf_counter() - request.started_s, 9)
