"""Calls of the vector store from worker threads: each within the deadline of its request."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

import httpx
from qdrant_client import QdrantClient

from infra.gateway.bridge import Bridge
from infra.gateway.lifetime import Call
from infra.gateway.metrics import Metrics

_CONNECT_S = 1.0
# Waits of a call outside any request (a readiness probe), seconds.
_PROBE_S = 2.0


class StoreTransport(httpx.BaseTransport):
    """Hands requests to the store; how long each may take is what its request has left."""

    def __init__(self, inner: httpx.BaseTransport, metrics: Metrics) -> None:
        self._inner = inner
        self._metrics = metrics
        self._here = threading.local()

    @contextmanager
    def within(self, call: Call, bridge: Bridge | None = None) -> Generator[None]:
        """Calls of this thread in the body belong to `call`."""
        self._here.call, self._here.bridge = call, bridge
        try:
            yield
        finally:
            self._here.call = self._here.bridge = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call: Call | None = getattr(self._here, "call", None)
        bridge: Bridge | None = getattr(self._here, "bridge", None)
        left_s = _PROBE_S
        if bridge is not None:
            bridge.check()
        if call is not None:
            left_s = min(call.remaining_s, 600.0)
            request.headers["x-request-id"] = call.request_id
        if left_s <= 0:
            raise httpx.ReadTimeout("the deadline of the request passed", request=request)
        request.extensions["timeout"] = httpx.Timeout(
            left_s, connect=min(left_s, _CONNECT_S)
        ).as_dict()
        with self._metrics.upstream_s.labels("qdrant").time():
            try:
                return self._inner.handle_request(request)
            except httpx.TransportError as error:
                self._metrics.upstream_errors.labels("qdrant", type(error).__name__).inc()
                raise

    def close(self) -> None:
        self._inner.close()


def store_client(address: str, api_key: str | None, transport: StoreTransport) -> QdrantClient:
    """The official client over `transport`."""
    return QdrantClient(
        url=address,
        # As a header: given as `api_key` the client warns of every address without TLS.
        headers=None if api_key is None else {"api-key": api_key},
        check_compatibility=False,
        transport=transport,
        trust_env=False,
    )
