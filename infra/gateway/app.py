"""The ASGI application of a gateway."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.gateway.docs_page import docs_page
from infra.gateway.errors import ClientGoneError, RequestError, bug
from infra.gateway.gateway import Gateway
from infra.gateway.handlers import Handlers
from infra.gateway.lifetime import Call
from infra.gateway.observe import LogWriter, Observed, write_log
from infra.gateway.openapi import openapi_document
from infra.gateway.readiness import Readiness
from infra.gateway.routes import ROUTES
from infra.gateway.serving import (
    BodyHandler,
    Endpoint,
    PlainHandler,
    body_endpoint,
    error_response,
    plain_endpoint,
)


def build_app(gateway: Gateway, log: LogWriter = write_log) -> ASGIApp:
    """The application; `log` gets one record for each request."""
    routes = [
        Route(spec.path, endpoint, methods=[spec.method])
        for spec, endpoint in zip(ROUTES, _endpoints(gateway), strict=True)
    ]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        yield
        await gateway.close()

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _not_routed,
            ClientGoneError: _gone,
            Exception: _broken,
        },
    )
    app.router.redirect_slashes = False
    return Observed(app, gateway, log)


def _endpoints(gateway: Gateway) -> list[Endpoint]:
    """An endpoint for each row of the table, in its order."""
    handlers = Handlers(gateway)
    readiness = Readiness(gateway)
    document = openapi_document()
    page = docs_page(document)

    async def healthz(_call: Call) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(call: Call) -> Response:
        status, body = await readiness.report(call)
        return JSONResponse(body, status_code=status)

    async def metrics(_call: Call) -> Response:
        gateway.keys.refresh()
        return Response(gateway.metrics.text(), headers={"content-type": CONTENT_TYPE_LATEST})

    async def openapi(_call: Call) -> Response:
        return JSONResponse(document)

    async def docs(_call: Call) -> Response:
        return HTMLResponse(page)

    with_body = {
        "search": handlers.search,
        "embeddings": handlers.embeddings,
        "rerank": handlers.rerank,
        "tokenize": handlers.tokenize,
    }
    plain: dict[str, PlainHandler] = {
        "models": handlers.models,
        "healthz": healthz,
        "readyz": readyz,
        "metrics": metrics,
        "openapi": openapi,
        "docs": docs,
    }
    endpoints: list[Endpoint] = []
    for spec in ROUTES:
        if spec.request is None:
            endpoints.append(plain_endpoint(gateway, spec, plain[spec.name]))
        else:
            # Each handler takes the record of its own row of the table.
            handler = cast("BodyHandler", with_body[spec.name])
            endpoints.append(body_endpoint(gateway, spec, handler))
    return endpoints


async def _not_routed(request: Request, error: Any) -> Response:
    """404 and 405 of the router."""
    call: Call = request.scope["call"]
    known = ", ".join(f"{spec.method} {spec.path}" for spec in ROUTES)
    if error.status_code == 405:
        problem = RequestError(
            405,
            "method_not_allowed",
            "this route does not take that method",
            why=f"known are {known}",
            remedy="Use the method that /docs names",
        )
    else:
        problem = RequestError(
            404,
            "not_found",
            "there is no such route",
            why=f"known are {known}",
            remedy="Use one of these paths, without a trailing slash",
        )
    response = error_response(problem, call)
    response.headers.update(error.headers or {})
    return response


async def _broken(request: Request, _error: Exception) -> Response:
    """A bug: the outermost layer logs where."""
    return error_response(bug(), request.scope["call"])


async def _gone(request: Request, _error: Exception) -> Response:
    """The client left: nobody reads this answer, the log says 499."""
    call: Call = request.scope["call"]
    call.error_code = "client_gone"
    return Response(status_code=499)
