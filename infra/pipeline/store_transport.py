"""The store client's HTTP transport, with the time limit of the query under way."""

from __future__ import annotations

import httpx

from infra.pipeline.deadline import TimeLimit

_CONNECT_S = 5.0


class LimitedTransport(httpx.BaseTransport):
    """Hands requests on; a wait in any of them ends with the query's time."""

    def __init__(self, inner: httpx.BaseTransport, *, limit: TimeLimit, most_s: float) -> None:
        """`most_s` is what a call may take that belongs to no query."""
        self._inner = inner
        self._limit = limit
        self._most_s = most_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or the pipeline's own error once the query's time is over."""
        call_s = self._limit.call_s(self._most_s)
        request.extensions["timeout"] = httpx.Timeout(
            call_s, connect=min(call_s, _CONNECT_S)
        ).as_dict()
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()
