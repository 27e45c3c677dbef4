"""The ASGI application of one server: method, key, content type, size, then the route.

Hand-written rather than on a framework, because TEI's answers differ from a framework's in the
order of checks, in empty bodies and in which headers an error carries (recorded from TEI 1.9.3).
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from infra.local.tei.errors import TeiError
from infra.local.tei.server.cors import Cors
from infra.local.tei.server.engine import Engine
from infra.local.tei.server.flags import ServerSettings
from infra.local.tei.server.routes import Path, PostRoute
from infra.local.tei.wire.answers import Answer, BadBodyError, error_answer, plain_answer
from infra.local.tei.wire.reader import JsonError, Reader

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_JSON_TYPE = re.compile(r"application/([^;\s]+\+)?json\s*(;.*)?", re.IGNORECASE | re.DOTALL)
# Larger bodies are read on a thread: a second of parsing must not stop other calls.
_LARGE_BODY_BYTES = 1 << 16


class ClientGoneError(Exception):
    """The caller left before its answer was ready."""


class TeiApp:
    """One server as an ASGI application."""

    def __init__(self, settings: ServerSettings, engine: Engine, table: Mapping[str, Path]) -> None:
        self._settings = settings
        self._engine = engine
        self._table = table
        self._cors = Cors(settings.cors_allow_origin)

    def paths(self) -> tuple[str, ...]:
        """Every path that is served."""
        return tuple(self._table)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        headers = _decoded_headers(scope["headers"])
        try:
            answer = await self._answer(scope["method"], scope["path"], headers, receive)
        except ClientGoneError:
            return
        shared = self._cors.shared_headers(headers.get("origin"))
        await _send(answer, (*answer.headers, *shared), send, with_body=scope["method"] != "HEAD")

    async def _answer(
        self, method: str, path: str, headers: Mapping[str, str], receive: Receive
    ) -> Answer:
        offered = self._table.get(path)
        allow = (("allow", offered.allowed),) if offered else ()
        if method == "OPTIONS":
            return Answer(200, (*self._cors.preflight_headers(), *allow))
        if offered is None:
            return Answer(404)
        is_get = method in ("GET", "HEAD") and offered.get is not None
        is_post = method == "POST" and offered.post is not None
        if offered.needs_key(method) and not self._has_key(headers):
            return Answer(401, () if is_get or is_post else allow)
        if is_get and offered.get is not None:
            return offered.get.run()
        if is_post and offered.post is not None:
            return await self._post(offered.post, headers, receive)
        return Answer(405, allow)

    def _has_key(self, headers: Mapping[str, str]) -> bool:
        key = self._settings.api_key
        given = headers.get("authorization", "")
        return key is None or hmac.compare_digest(given.encode("latin-1"), f"Bearer {key}".encode())

    async def _post(self, route: PostRoute, headers: Mapping[str, str], receive: Receive) -> Answer:
        if not _JSON_TYPE.fullmatch(headers.get("content-type", "")):
            return plain_answer(415, "Expected request with `Content-Type: application/json`")
        try:
            body = await self._parsed(route, await self._body(receive))
            return await _unless_gone(route.run(body), receive)
        except BadBodyError as error:
            return plain_answer(error.status, error.text)
        except TeiError as error:
            return error_answer(error, is_openai=route.is_openai)

    async def _body(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > self._settings.payload_limit:
                raise BadBodyError(413, "Failed to buffer the request body: length limit exceeded")
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    async def _parsed(self, route: PostRoute, data: bytes) -> Any:
        if len(data) < _LARGE_BODY_BYTES:
            return _parse(route, data)
        return await self._engine.on_tokenizer(lambda: _parse(route, data))

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._engine.close()
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "lifespan.startup.complete"})


def _parse(route: PostRoute, data: bytes) -> Any:
    try:
        return route.parse(Reader(data))
    except JsonError as error:
        start, status = (
            ("Failed to parse the request body as JSON", 400)
            if error.is_syntax
            else ("Failed to deserialize the JSON body into the target type", 422)
        )
        raise BadBodyError(status, f"{start}: {error.text(data)}") from None


async def _unless_gone(work: Awaitable[Answer], receive: Receive) -> Answer:
    """The answer, unless the client leaves first; then its waiting texts leave the queue."""
    running = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({running, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            raise ClientGoneError
        return running.result()
    finally:
        for task in (running, leaving):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await leaving


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _decoded_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


async def _send(
    answer: Answer, headers: tuple[tuple[str, str], ...], send: Send, *, with_body: bool
) -> None:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    encoded.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})
