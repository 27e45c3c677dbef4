"""What the answers of a model server mean for the request behind them. Pure.

Statuses and bodies as recorded from TEI 1.9.3. The address of a server stays out of every message.
"""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from infra.gateway.errors import PassingError, RequestError, UpstreamError, invalid_request

# Seconds after which a caller may come again when a service is away or its answer was bad.
RETRY_AFTER_S = 1.0

_LOOK = "Repeat it in a moment; the operator finds the cause in the log under the request id"


def away(role: str, why: str) -> PassingError:
    """No answer came: refused, lost, or known to be away."""
    return PassingError(
        503,
        f"{role}_unavailable",
        f"the {role} server does not answer",
        reason="unavailable",
        why=why,
        remedy=_LOOK,
        retry_after_s=RETRY_AFTER_S,
    )


def overloaded(role: str) -> PassingError:
    """It answers 429 although the gateway kept to its limits: others use it too."""
    return PassingError(
        503,
        f"{role}_overloaded",
        f"the {role} server is overloaded",
        reason="overloaded",
        why="it refused the call with 429 for as long as the gateway tried",
        remedy=_LOOK,
        retry_after_s=RETRY_AFTER_S,
    )


def not_tei(role: str) -> UpstreamError:
    """It answers, but not as Text Embeddings Inference does."""
    return UpstreamError(
        502,
        "bad_upstream",
        f"the {role} server gave an answer that cannot be read",
        reason="not_tei",
        why="it is not the answer of a Text Embeddings Inference server",
        remedy=_LOOK,
    )


def not_finite(role: str) -> UpstreamError:
    """NaN: a fault of the GPU or its numerics. TEI sends it as null with status 200."""
    return UpstreamError(
        502,
        "not_finite",
        f"the {role} server computed numbers that are not finite",
        reason="not_finite",
        why="such a result would spoil every comparison, so it is refused",
        remedy=_LOOK,
    )


def bad_vector(why: str) -> UpstreamError:
    """Another length or norm than the settings say."""
    return UpstreamError(
        502,
        "bad_vector",
        "the embed server gave a vector that cannot be used",
        reason="bad_vector",
        why=why,
        remedy=_LOOK,
    )


def for_reply(role: str, reply: httpx.Response) -> RequestError:
    """The error that a status other than 200 stands for.

    An `UpstreamError` where the server or the gateway is at fault, else one of the request.
    """
    status, message = reply.status_code, _message(reply.content)
    if status == 429:
        return overloaded(role)
    if status in {400, 422} and "batch size" not in message:
        return invalid_request(
            "the model refused a text",
            why=message.removeprefix("Input validation error: "),
            remedy="Shorten it, or set `truncate` to true to have it cut",
            code="input_refused",
        )
    if status == 413:
        return invalid_request(
            "a text is too large for the model server",
            why="written as JSON it exceeds the limit of one call",
            remedy="Send shorter texts",
            code="input_too_large",
        )
    if status == 424 and "NaN" in message:
        return not_finite(role)
    known = {401: "refused_key", 422: "refused_batch", 424: "backend"}
    return UpstreamError(
        502,
        "bad_upstream",
        f"the {role} server failed",
        reason=known.get(status, f"status_{status // 100}xx"),
        why=f"it answered with status {status}",
        remedy=_LOOK,
    )


def _message(body: bytes) -> str:
    """TEI's own words; it never repeats a text in them."""
    try:
        parsed: Any = orjson.loads(body)
        return str(parsed["error"])[:300]
    except (ValueError, TypeError, KeyError):
        return "it did not say why"
