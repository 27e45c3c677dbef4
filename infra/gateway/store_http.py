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
from infra.pipeline.deadline import TimeLimit

_CONNECT_S = 1.0
_LONGEST_S = 600.0


class StoreTransport(httpx.BaseTransport):
    """Hands requests to the store; how long each may take is what its request has left."""

    def __init__(self, inner: httpx.BaseTransport, metrics: Metrics) -> None:
        self._inner = inner
        self._metrics = metrics
        self._here = threading.local()

    @contextmanager
    def within(self, call: Call, bridge: Bridge, limit: TimeLimit) -> Generator[None]:
        """Calls of this thread in the body belong to `call` and end with `limit`."""
        self._here.owner = (call, bridge, limit)
        try:
            yield
        finally:
            del self._here.owner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the store.

        Raises:
            AbandonedError: the request that this thread works for has ended.
            ServiceUnavailableError: its time is over.
        """
        call, bridge, limit = self._owner()
        bridge.check()
        call_s = limit.call_s(_LONGEST_S)
        request.headers["x-request-id"] = call.request_id
        request.extensions["timeout"] = httpx.Timeout(
            call_s, connect=min(call_s, _CONNECT_S)
        ).as_dict()
        with self._metrics.upstream_s.labels("qdrant").time():
            try:
                return self._inner.handle_request(request)
            except httpx.TransportError as error:
                self._metrics.upstream_errors.labels("qdrant", type(error).__name__).inc()
                raise

    def _owner(self) -> tuple[Call, Bridge, TimeLimit]:
        owner: tuple[Call, Bridge, TimeLimit] = self._here.owner
        return owner

    def close(self) -> None:
        self._inner.close()


def store_session(address: str, api_key: str | None, transport: StoreTransport) -> httpx.Client:
    """A plain client of the store over `transport`."""
    headers = {"content-type": "application/json"}
    if api_key is not None:
        headers["api-key"] = api_key
    return httpx.Client(base_url=address, headers=headers, transport=transport)


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
