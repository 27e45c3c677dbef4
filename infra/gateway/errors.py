"""What a request can fail with: status, code, and words for the caller. A leaf of the gateway.

Every answer that is no success has one shape (`error_body`): the fields that clients of the OpenAI
API read, and beside them what happened, why, what to do, and the id that the log line carries.
"""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass


@dataclass(eq=False)
class RequestError(Exception):
    """A request that gets an error answer.

    `code` is a stable word for programs. `what` never holds a text, a key or the address of a
    service; `remedy` is what the caller can do, never empty. `param` is the field of the request
    that is at fault. After `retry_after_s` seconds a repeat makes sense.
    """

    status: int
    code: str
    what: str
    _: KW_ONLY
    why: str
    remedy: str
    param: str | None = None
    retry_after_s: float | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.what}: {self.why}"

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer; Retry-After counts whole seconds, at least 1."""
        headers: dict[str, str] = {}
        if self.retry_after_s is not None:
            headers["retry-after"] = str(max(1, math.ceil(self.retry_after_s)))
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        return headers


@dataclass(eq=False)
class UpstreamError(RequestError):
    """A service behind the gateway did not do its part; the request itself was fine.

    `reason` is a short word for the metric of upstream errors.
    """

    _: KW_ONLY
    reason: str


class PassingError(UpstreamError):
    """A failure of a service that may pass, and had no effect that a repeat would double."""


class ClientGoneError(Exception):
    """The client closed its connection before the answer was ready."""


class AbandonedError(Exception):
    """Raised in a worker thread whose request has ended already: nobody waits for its result."""


def error_body(error: RequestError, request_id: str) -> dict[str, object]:
    """The JSON of an error answer."""
    return {
        "error": {
            "message": f"{error.what}: {error.why}. {error.remedy}",
            "type": _error_type(error.status),
            "param": error.param,
            "code": error.code,
            "what": error.what,
            "why": error.why,
            "remedy": error.remedy,
            "request_id": request_id,
        }
    }


def invalid_request(
    what: str, *, why: str, remedy: str, param: str | None = None, code: str = "invalid_request"
) -> RequestError:
    """400: the request cannot be understood or is outside a limit."""
    return RequestError(400, code, what, why=why, remedy=remedy, param=param)


def deadline_passed(deadline_s: float) -> RequestError:
    """504: the request's own deadline passed; work under way was given up."""
    return RequestError(
        504,
        "deadline_exceeded",
        "the deadline passed before the answer was ready",
        why=f"the request had {deadline_s * 1000:.0f} ms",
        remedy="Ask for a longer `deadline_ms`, or send less at once",
    )


def overloaded(lane: str, *, why: str, retry_after_s: float) -> RequestError:
    """429: the gateway takes no more for now."""
    return RequestError(
        429,
        "overloaded",
        f"too many {lane} are under way",
        why=why,
        remedy="Repeat after the seconds that Retry-After names",
        retry_after_s=retry_after_s,
    )


def nothing_indexed() -> RequestError:
    """503: the store answers, but holds no passages."""
    return RequestError(
        503,
        "nothing_indexed",
        "there is nothing to search yet",
        why="no documents have been indexed with the settings of this gateway",
        remedy="The operator runs `retrieval index PATH`; then repeat the request",
        retry_after_s=30,
    )


def bug() -> RequestError:
    """500: our own fault; the log has the traceback under the request id."""
    return RequestError(
        500,
        "internal_error",
        "the gateway failed",
        why="this is a defect of the gateway, not of the request",
        remedy="Report it with the request id; the gateway's log holds the cause",
    )


def _error_type(status: int) -> str:
    """The `type` that clients of the OpenAI API know for a status."""
    known = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    return known.get(status, "invalid_request_error" if status < 500 else "server_error")
