"""Adds up, by request id, how long a server works on the calls of a request."""

from __future__ import annotations

from collections import defaultdict
from time import perf_counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send


class BusyTimes:
    """An ASGI layer; `ms` has, for each `x-request-id`, the time from a call's arrival to the end
    of its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.ms: dict[str, float] = defaultdict(float)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun_s = perf_counter()
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "http":
                request_id = Headers(scope=scope).get("x-request-id", "")
                self.ms[request_id] += 1000 * (perf_counter() - begun_s)
