"""A client for measurements: one connection per thread, as little work of its own as possible."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from infra.clock import Clock

_TIMEOUT_S = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One request. `latency_ms` counts from the instant at which it was meant to start."""

    request_id: str
    status: int
    latency_ms: float


class Caller:
    """Posts to one server. Safe for several threads."""

    def __init__(self, host: str, port: int, key: str | None = None) -> None:
        self._place = (host, port)
        self._headers = {"content-type": "application/json"}
        if key is not None:
            self._headers["authorization"] = f"Bearer {key}"
        self._here = threading.local()

    def post(self, path: str, body: bytes, request_id: str) -> int:
        """The status of one request, its answer read to the end."""
        return self._exchange("POST", path, body, request_id)

    def get(self, path: str, request_id: str) -> int:
        """The same without a body."""
        return self._exchange("GET", path, None, request_id)

    def _exchange(self, method: str, path: str, body: bytes | None, request_id: str) -> int:
        connection: http.client.HTTPConnection | None = getattr(self._here, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(*self._place, timeout=_TIMEOUT_S)
            self._here.connection = connection
        headers = {**self._headers, "x-request-id": request_id}
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def one_by_one(count: int, name: str, send: Callable[[str], int]) -> list[Sample]:
    """`count` requests, each after the answer to the one before."""
    samples: list[Sample] = []
    for number in range(count):
        request_id = f"{name}-{number}"
        begun_s = perf_counter()
        status = send(request_id)
        latency_ms = 1000 * (perf_counter() - begun_s)
        samples.append(Sample(request_id=request_id, status=status, latency_ms=latency_ms))
    return samples


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrivals:
    """Poisson arrivals: `rate_per_s` for `seconds`, the same for the same seed."""

    rate_per_s: float
    seconds: float
    seed: int

    @property
    def offsets_s(self) -> list[float]:
        """Instants of the arrivals, from the start."""
        draw = random.Random(self.seed)  # noqa: S311 (a load, not a secret)
        offsets: list[float] = []
        at_s = draw.expovariate(self.rate_per_s)
        while at_s < self.seconds:
            offsets.append(at_s)
            at_s += draw.expovariate(self.rate_per_s)
        return offsets


def arriving(
    arrivals: Arrivals, name: str, send: Callable[[str], int], clock: Clock
) -> list[Sample]:
    """Requests at their instants, whether or not earlier ones are answered (an open loop)."""
    begun_s = perf_counter()

    def one(number: int, offset_s: float) -> Sample:
        request_id = f"{name}-{number}"
        status = send(request_id)
        latency_ms = 1000 * (perf_counter() - begun_s - offset_s)
        return Sample(request_id=request_id, status=status, latency_ms=latency_ms)

    offsets = arrivals.offsets_s
    with ThreadPoolExecutor(max_workers=64) as pool:
        futures = []
        for number, offset_s in enumerate(offsets):
            clock.sleep(max(0.0, begun_s + offset_s - perf_counter()))
            futures.append(pool.submit(one, number, offset_s))
        return [future.result() for future in futures]


class Indexing:
    """Lists of passages sent without a pause by some threads during the body."""

    def __init__(self, send: Callable[[str], int], *, threads: int) -> None:
        self._send = send
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(threads)]

    def __enter__(self) -> Indexing:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_TIMEOUT_S)

    def _work(self, number: int) -> None:
        turn = 0
        while not self._stop.is_set():
            self._send(f"index-{number}-{turn}")
            turn += 1


def percentile(values: Sequence[float], share: float) -> float:
    """The value at rank floor(n * share) + 1, so that the 0.99 of 100 values is the largest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def as_body(value: dict[str, Any]) -> bytes:
    """JSON as it is sent."""
    return json.dumps(value, ensure_ascii=False).encode()
