"""One route from request to answer: open door, key, body, admission, deadline, handler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive

from infra.errors import OperatorError
from infra.gateway import wire
from infra.gateway.errors import (
    ClientGoneError,
    RequestError,
    UpstreamError,
    deadline_passed,
    error_body,
    invalid_request,
    overloaded,
)
from infra.gateway.gateway import Gateway
from infra.gateway.keys import ApiKey
from infra.gateway.lanes import Lane
from infra.gateway.lifetime import Call
from infra.gateway.problems import as_request_error
from infra.gateway.reading import check_key, check_scopes, parse_body, read_body
from infra.gateway.routes import RouteSpec

T = TypeVar("T")

Endpoint = Callable[[Request], Awaitable[Response]]
BodyHandler = Callable[[wire.Request, Call], Awaitable[Response]]
PlainHandler = Callable[[Call], Awaitable[Response]]


def body_endpoint(gateway: Gateway, spec: RouteSpec, handler: BodyHandler) -> Endpoint:
    """An endpoint that takes a body, is admitted in a lane, and has a deadline."""

    async def answer(request: Request, call: Call) -> Response:
        _check_door(gateway)
        key = _allowed_key(request, gateway, spec, call)
        settings = gateway.config.gateway
        raw = await read_body(
            request,
            most_bytes=settings.max_body_bytes,
            most_s=settings.body_timeout_ms / 1000,
        )
        call.sizes["body_bytes"] = len(raw)
        model = wire.Request if spec.request is None else spec.request
        body = parse_body(raw, model, most_texts=settings.max_texts)
        if key is not None:
            check_scopes(key, body.more_scopes, "ask for this")
        call.lane, call.sizes["texts"] = body.lane, body.count
        return await _in_time(
            gateway, call, body, request.receive, lambda: _admitted(gateway, call, body, handler)
        )

    return _guarded(spec, answer)


def plain_endpoint(gateway: Gateway, spec: RouteSpec, handler: PlainHandler) -> Endpoint:
    """An endpoint without a body, not queued."""

    async def answer(request: Request, call: Call) -> Response:
        if spec.scopes is not None:
            _check_door(gateway)
            _allowed_key(request, gateway, spec, call)
        return await handler(call)

    return _guarded(spec, answer)


def error_response(error: RequestError, call: Call) -> Response:
    """The answer of a failed request; what it says is in the log as well."""
    call.error_code, call.cause = error.code, error.why if error.status >= 500 else None
    return JSONResponse(
        error_body(error, call.request_id), status_code=error.status, headers=error.headers
    )


def _guarded(spec: RouteSpec, answer: Callable[[Request, Call], Awaitable[Response]]) -> Endpoint:
    """Turns every expected failure into an answer."""

    async def endpoint(request: Request) -> Response:
        call: Call = request.scope["call"]
        call.route = spec.path
        try:
            return await answer(request, call)
        except RequestError as error:
            return error_response(error, call)
        except OperatorError as error:
            response = error_response(as_request_error(error), call)
            call.cause = f"{error.what}: {error.why}"
            return response

    return endpoint


def _check_door(gateway: Gateway) -> None:
    """Before a body is read: requests that only wait for bytes count as well."""
    most = gateway.config.gateway.max_open_requests
    if gateway.open_requests > most:
        gateway.metrics.refused.labels("door").inc()
        raise overloaded(
            "requests",
            why=f"{most} are under way, which is the limit",
            retry_after_s=gateway.admissions[Lane.QUERIES].retry_after_s,
        )


def _allowed_key(request: Request, gateway: Gateway, spec: RouteSpec, call: Call) -> ApiKey | None:
    """The key of the request; None where the route needs none."""
    if spec.scopes is None:
        return None
    key = check_key(request, gateway.keys, spec.scopes)
    call.key_name = key.name
    return key


async def _admitted(
    gateway: Gateway, call: Call, body: wire.Request, handler: BodyHandler
) -> Response:
    admission = gateway.admissions[body.lane]
    begun_s = call.clock.monotonic_s()
    try:
        async with admission.admitted(call.remaining_s):
            call.stages_ms["queue"] = 1000 * (call.clock.monotonic_s() - begun_s)
            return await handler(body, call)
    except RequestError as error:
        if error.status == 429 and not isinstance(error, UpstreamError):
            gateway.metrics.refused.labels(body.lane).inc()
        raise


async def _in_time(
    gateway: Gateway,
    call: Call,
    body: wire.Request,
    receive: Receive,
    work: Callable[[], Awaitable[T]],
) -> T:
    """The result of `work` before the deadline, as long as the client waits for it."""
    settings = gateway.config.gateway
    is_query = body.lane is Lane.QUERIES
    usual_ms = settings.deadline_ms if is_query else settings.passage_deadline_ms
    deadline_ms = body.deadline_ms or usual_ms
    if deadline_ms > settings.max_deadline_ms:
        raise invalid_request(
            f"a deadline of {deadline_ms} ms is too long",
            why=f"this gateway allows {settings.max_deadline_ms} ms",
            remedy="Ask for a shorter one, or leave it out",
            param="deadline_ms",
        )
    call.deadline_s = call.clock.monotonic_s() + deadline_ms / 1000
    try:
        async with asyncio.timeout(deadline_ms / 1000):
            return await _unless_gone(call, receive, work)
    except TimeoutError as error:
        raise deadline_passed(deadline_ms / 1000) from error


async def _unless_gone(call: Call, receive: Receive, work: Callable[[], Awaitable[T]]) -> T:
    """The result of `work`; a client that closes its connection ends it."""
    working = asyncio.ensure_future(work())
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        call.client_gone = True
        raise ClientGoneError
    finally:
        leaving.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
