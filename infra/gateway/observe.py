"""Around every request: an id, a log line, metrics, and an answer even when the rest fails."""

from __future__ import annotations

import json
import re
import sys
import traceback
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.gateway.gateway import Gateway
from infra.gateway.lifetime import Call

# An id that the client gives is taken over, so that both logs can be joined.
_GIVEN_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
# What is logged for a client that left before its answer; nobody receives it.
CLIENT_GONE = 499

LogWriter = Callable[[dict[str, object]], None]


def write_log(entry: dict[str, object]) -> None:
    """One JSON line on stdout."""
    line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds")} | entry)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Observed:
    """The outermost layer. The request's `Call` travels in the ASGI scope."""

    def __init__(self, app: ASGIApp, gateway: Gateway, log: LogWriter) -> None:
        self._app = app
        self._gateway = gateway
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN_ID.match(given) else uuid.uuid4().hex
        call = self._gateway.new_call(request_id)
        scope["call"] = call
        status = CLIENT_GONE

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                if call.stages_ms:
                    headers["server-timing"] = call.server_timing()
                if self._gateway.is_draining:
                    headers["connection"] = "close"
            await send(message)

        self._gateway.open_requests += 1
        try:
            await self._app(scope, receive, send_observed)
        except Exception:  # noqa: BLE001 (a bug has its answer by now; it must not end the server)
            self._log_bug(call)
        finally:
            self._gateway.open_requests -= 1
            self._record(call, scope, status)

    def _record(self, call: Call, scope: Scope, status: int) -> None:
        metrics = self._gateway.metrics
        metrics.requests.labels(call.route, str(status)).inc()
        metrics.request_s.labels(call.route).observe(call.elapsed_s)
        for stage, spent_ms in call.stages_ms.items():
            metrics.stage_s.labels(stage).observe(spent_ms / 1000)
        entry: dict[str, object] = {
            "level": "error" if status >= 500 else "info",
            "event": "request",
            "request_id": call.request_id,
            "route": call.route,
            "method": scope["method"] if call.route != "unmatched" else "-",
            "status": status,
            "key": call.key_name,
            "ms": round(1000 * call.elapsed_s, 1),
        }
        optional: dict[str, object] = {
            "lane": call.lane,
            "error": call.error_code,
            "cause": call.cause,
            "degraded": list(call.degraded),
            "stages_ms": {name: round(spent, 1) for name, spent in call.stages_ms.items()},
            "sizes": call.sizes,
            "text": call.text,
        }
        self._log(entry | {name: value for name, value in optional.items() if value})

    def _log_bug(self, call: Call) -> None:
        """The traceback names code, not values: no text gets into the log this way."""
        error = sys.exception()
        frames = traceback.extract_tb(None if error is None else error.__traceback__)
        self._log(
            {
                "level": "error",
                "event": "bug",
                "request_id": call.request_id,
                "route": call.route,
                "exception": type(error).__name__,
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
