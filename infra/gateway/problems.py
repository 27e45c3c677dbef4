"""Errors of the pipeline library in the words and statuses of HTTP. Pure."""

from __future__ import annotations

from infra.errors import (
    CheckFailedError,
    IncompatibleCollectionError,
    OperatorError,
    ServiceRefusedError,
    ServiceUnavailableError,
    SettingsError,
    UsageError,
)
from infra.gateway.errors import RequestError, UpstreamError, bug, invalid_request
from infra.gateway.upstream_errors import RETRY_AFTER_S

_LOOK = "The operator finds the cause in the log under the request id"


def as_request_error(error: OperatorError) -> RequestError:
    """What a caller is told. The operator's remedies are left out: callers cannot follow them."""
    if isinstance(error.__cause__, RequestError):
        return error.__cause__
    match error:
        case UsageError():
            return invalid_request(
                error.what, why=error.why, remedy="Send a query and a top_k within the limits"
            )
        case ServiceUnavailableError():
            return UpstreamError(
                503,
                "store_unavailable",
                "the vector store does not answer",
                reason="unavailable",
                why=error.why,
                remedy=f"Repeat the request in a moment. {_LOOK}",
                retry_after_s=RETRY_AFTER_S,
            )
        case IncompatibleCollectionError() | SettingsError():
            return UpstreamError(
                503,
                "incompatible",
                "the services behind the gateway do not fit its settings",
                reason="incompatible",
                why="the collection, or the model that is served, is another one",
                remedy=_LOOK,
            )
        case ServiceRefusedError() | CheckFailedError():
            return UpstreamError(
                502,
                "bad_upstream",
                "the vector store refused a request of the gateway",
                reason="refused",
                why=error.why,
                remedy=_LOOK,
            )
        case _:
            return bug()
