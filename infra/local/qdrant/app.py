"""The ASGI application: authenticates, reads the body, routes, answers. Knows no API rule.

Handlers block in the engine and therefore run in threads.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant import routes
from infra.local.qdrant.access import AuthError, Keys, authenticate
from infra.local.qdrant.errors import ApiError, FormatError, internal
from infra.local.qdrant.filters import read_filter
from infra.local.qdrant.http import (
    EMPTY_404,
    Request,
    Response,
    failure,
    gunzip,
    gzip,
    plain,
    split_path,
)
from infra.local.qdrant.service import Call, Options, Service
from infra.local.qdrant.storage.catalog import Catalog
from infra.local.qdrant.storage.optimizer import Optimizer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_log = logging.getLogger(__name__)

_CORS_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
_CORS_METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, CONNECT, TRACE"


class QdrantApp:
    """The service as an ASGI application; opens its data folder at once.

    Raises:
        StorageInUseError: another process serves the folder.
        CatalogError: the folder's catalog cannot be read.
    """

    def __init__(self, options: Options) -> None:
        self._service = Service(options, Catalog(options.storage))
        self._optimizer = Optimizer(self._service.catalog)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._optimizer.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await asyncio.to_thread(self._close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _close(self) -> None:
        self._optimizer.stop()
        self._service.catalog.close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_s = time.perf_counter()
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(
            method=scope["method"],
            segments=split_path(scope["raw_path"]),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            started_s=started_s,
        )
        found = routes.match(request.method, request.segments)
        response = await self._answer(request, found, receive)
        await _send(send, self._finished(response, headers))
        template = found.route.template if found else routes.template_of(request.segments)
        endpoint = f"{request.method} {template or 'unknown'}"
        seconds = time.perf_counter() - started_s
        self._service.metrics.record(endpoint, response.status, seconds)

    async def _answer(
        self, request: Request, found: routes.Match | None, receive: Receive
    ) -> Response:
        if self._is_preflight(request):
            return Response(200, headers={"access-control-allow-methods": _CORS_METHODS})
        try:
            access = authenticate(request.headers, self._keys_for(request), self._value_exists)
            if found is None:
                return EMPTY_404
            body = await _read_body(receive, request, self._service.options.max_body_bytes)
        except AuthError as error:
            return plain(error.status, error.text, content_type=None)
        except ApiError as error:
            return failure(error, request)
        call = Call(self._service, _with_body(request, body), access, found.args)
        return await asyncio.to_thread(self._run, found.route, call)

    def _run(self, route: routes.Route, call: Call) -> Response:
        try:
            return route.handler(call)
        except ApiError as error:
            return failure(error, call.request)
        except BaseException as error:  # noqa: BLE001  # bugs and engine panics: answered, logged
            _log.exception("bug while answering %s", route.template)
            return failure(internal(f"{type(error).__name__}: {error}"), call.request)

    def _keys_for(self, request: Request) -> Keys:
        public = request.segments in routes.PUBLIC
        return Keys() if public else self._service.options.keys

    def _value_exists(self, name: str, wanted: Mapping[str, Any]) -> bool:
        try:
            collection = self._service.catalog.find(name)
        except ApiError:
            return False
        must = [{"key": key, "match": {"value": value}} for key, value in wanted.items()]
        try:
            condition = read_filter({"must": must}).engine(collection.indexes)
        except FormatError:
            return False
        count = edge.CountRequest(exact=True, filter=condition)
        return collection.read(lambda shard: shard.count(count)) > 0

    def _is_preflight(self, request: Request) -> bool:
        return (
            self._service.options.cors
            and request.method == "OPTIONS"
            and "origin" in request.headers
            and "access-control-request-method" in request.headers
        )

    def _finished(self, response: Response, headers: Mapping[str, str]) -> Response:
        """The answer with the headers that do not depend on the route, packed if asked for."""
        extra = dict(response.headers)
        vary = [_CORS_VARY] if self._service.options.cors else []
        if self._service.options.cors and "origin" in headers:
            extra["access-control-allow-origin"] = headers["origin"]
        body = response.body
        if body and "gzip" in headers.get("accept-encoding", ""):
            body = gzip(body)
            extra["content-encoding"] = "gzip"
            vary.insert(0, "accept-encoding")
        if vary:
            extra["vary"] = ", ".join(vary)
        if response.content_type is not None:
            extra["content-type"] = response.content_type
        return Response(response.status, body, response.content_type, extra)


def _with_body(request: Request, body: bytes) -> Request:
    return Request(
        method=request.method,
        segments=request.segments,
        query=request.query,
        headers=request.headers,
        body=body,
        started_s=request.started_s,
    )


async def _read_body(receive: Receive, request: Request, limit: int) -> bytes:
    """The unpacked body; one over the limit is read to its end, so that the answer arrives."""
    size = 0
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        more = message.get("more_body", False)
    body = b"".join(parts)
    if size <= limit and request.headers.get("content-encoding") == "gzip":
        body = gunzip(body, limit=limit)
        size = len(body)
    if size > limit:
        text = f"JSON payload ({size} bytes) is larger than allowed (limit: {limit} bytes)."
        raise ApiError(400, text)
    return body


async def _send(send: Send, response: Response) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
