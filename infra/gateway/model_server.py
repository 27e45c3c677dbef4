"""One model server as the gateway calls it: asynchronous, in turns, within a deadline.

Wire names of Text Embeddings Inference stop here and in the modules that call this one. A call that
is cancelled closes its connection, and TEI drops the texts that have not been computed (recorded
from 1.9.3): that is why the calls are asynchronous.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import httpx
import orjson
from pydantic import ValidationError

from infra.clock import Clock
from infra.gateway import upstream_errors
from infra.gateway.breaker import Breaker
from infra.gateway.errors import PassingError, UpstreamError
from infra.gateway.lanes import Lane, LaneLimits, Lanes
from infra.gateway.lifetime import Call
from infra.gateway.metrics import Metrics
from infra.gateway.split import CallLimits, TokenEstimate
from infra.pipeline.served import ServedModel
from infra.settings import EmbedSettings, GatewaySettings, RerankSettings

T = TypeVar("T")

_CONNECT_S = 1.0
# A call that waited this long in vain says something about the server, not about a short deadline.
_SILENT_S = 2.0
# Seconds after which `/info` is asked again: a server may come back as another version.
_INFO_AGE_S = 60.0
# What a search waits for it where it has an older answer to go by.
_INFO_WAIT_S = 0.5
_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 2.0


class Served(ServedModel):
    """What the server says about itself. `max_input_length` is in tokens, special ones included."""

    max_input_length: int


class Answer(NamedTuple):
    """One good answer: its JSON, and what the server counted."""

    json: Any
    tokens: int


@dataclass(kw_only=True)
class ModelServer:
    """The embed or the rerank server.

    `role` is `embed` or `rerank`, for messages and metrics. `client` has the server's base URL and
    carries its key. `sleep` is how to wait between tries.
    """

    role: str
    client: httpx.AsyncClient = field(repr=False)
    settings: EmbedSettings | RerankSettings
    gateway: GatewaySettings
    metrics: Metrics
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        self.estimate = TokenEstimate()
        self.lanes = Lanes(self._lane_limits(self.settings.max_concurrent_requests), self.clock)
        self._breaker = Breaker(self.clock)
        self._served: Served | None = None
        self._last_said: Served | None = None
        self._asked_s = 0.0

    async def served(self, call: Call, *, at_once: bool = False) -> Served:
        """What the server runs, asked once a minute and after a failure, or `at_once`.

        Raises:
            UpstreamError: it does not answer, or not as TEI does.
        """
        known = self._served
        is_fresh = self.clock.monotonic_s() - self._asked_s < _INFO_AGE_S
        if known is not None and is_fresh and not at_once:
            return known
        reply = await self._once("GET", "/info", None, call)
        if reply.status_code != 200:
            raise upstream_errors.for_reply(self.role, reply)
        try:
            served = Served.model_validate_json(reply.content)
        except ValidationError as error:
            raise upstream_errors.not_tei(self.role) from error
        self._served = self._last_said = served
        self._asked_s = self.clock.monotonic_s()
        permits = min(served.max_concurrent_requests, self.settings.max_concurrent_requests)
        self.lanes.limits = self._lane_limits(permits)
        return served

    async def last_said(self, call: Call) -> Served:
        """What the server runs, or while it is away what it ran: searches go on without it.

        Raises:
            UpstreamError: it has not answered once yet.
        """
        try:
            async with asyncio.timeout(_INFO_WAIT_S):
                return await self.served(call)
        except (UpstreamError, TimeoutError) as error:
            if self._last_said is not None:
                return self._last_said
            if isinstance(error, UpstreamError):
                raise
            raise upstream_errors.away(self.role, "it does not answer in time") from error

    async def call_limits(self, lane: Lane, call: Call) -> CallLimits:
        """The most that one call of a lane may carry: the server's limits and the settings'.

        Raises:
            UpstreamError: the server does not say, for as long as the lane is patient.
        """
        served = await self._patiently(lane, lambda: self.served(call))
        tokens = min(served.max_batch_tokens, self.settings.max_batch_tokens)
        if lane is Lane.PASSAGES:
            tokens = min(tokens, self.gateway.passage_call_tokens)
        texts = min(
            served.list_limit,
            self.settings.max_client_batch_size,
            self.settings.max_concurrent_requests,
        )
        return CallLimits(texts=texts, tokens=tokens)

    async def post(
        self, path: str, payload: object, *, lane: Lane, texts: int, call: Call
    ) -> Answer:
        """The answer of one call of `texts` texts, after a turn in its lane.

        Overload (429) and lost connections are tried again for a while, in turn with the others.

        Raises:
            UpstreamError: no usable answer; RequestError: the server refused the texts.
        """
        body = orjson.dumps(payload)

        async def once() -> Answer:
            async with self.lanes.turn(lane, texts):
                reply = await self._once("POST", path, body, call)
            return self._answer(reply)

        return await self._patiently(lane, once)

    async def post_raw(
        self, path: str, payload: object, *, lane: Lane, texts: int, call: Call
    ) -> httpx.Response:
        """The plain reply of one call after a turn in its lane, whatever its status.

        Raises:
            UpstreamError: no answer came.
        """
        body = orjson.dumps(payload)

        async def once() -> httpx.Response:
            async with self.lanes.turn(lane, texts):
                reply = await self._once("POST", path, body, call)
            if reply.status_code == 429:
                raise upstream_errors.overloaded(self.role)
            return reply

        return await self._patiently(lane, once)

    async def post_unqueued(self, path: str, payload: object, call: Call) -> Any:
        """The JSON of a call that takes no turn: for `/tokenize`, which TEI never queues."""
        body = orjson.dumps(payload)

        async def once() -> Answer:
            return self._answer(await self._once("POST", path, body, call))

        return (await self._patiently(Lane.PASSAGES, once)).json

    def count(self, problem: UpstreamError) -> UpstreamError:
        """Count an answer that turned out to be unusable; returns it to be raised."""
        self.metrics.upstream_errors.labels(self.role, problem.reason).inc()
        return problem

    async def _patiently(self, lane: Lane, once: Callable[[], Awaitable[T]]) -> T:
        """The result of `once`, tried again after passing failures.

        Where the server was known to be away, a reader's call does not wait for it.
        """
        is_query = lane is Lane.QUERIES
        patience_ms = self.gateway.retry_ms if is_query else self.gateway.passage_retry_ms
        give_up_s = self.clock.monotonic_s() + patience_ms / 1000
        was_here = self._breaker.is_closed
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                return await once()
            except PassingError as problem:
                is_late = self.clock.monotonic_s() + wait_s > give_up_s
                if is_late or (is_query and not was_here):
                    raise self.count(problem) from problem.__cause__
            except UpstreamError as problem:
                raise self.count(problem) from problem.__cause__
            await self.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    async def _once(self, method: str, path: str, body: bytes | None, call: Call) -> httpx.Response:
        """One exchange, and what it says about the server's health."""
        if not self._breaker.may_call():
            raise upstream_errors.away(self.role, "it did not answer a moment ago")
        request = self.client.build_request(
            method, path, content=body, headers={"x-request-id": call.request_id}
        )
        begun_s = self.clock.monotonic_s()
        is_told = False
        try:
            reply = await self._send(request)
            is_told = True
            self._breaker.succeeded()
        except httpx.TransportError as error:
            is_told = True
            self._away()
            raise upstream_errors.away(self.role, type(error).__name__) from error
        finally:
            spent_s = self.clock.monotonic_s() - begun_s
            self.metrics.upstream_s.labels(self.role).observe(spent_s)
            if not is_told:
                self._given_up(spent_s, call)
        return reply

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self.client.send(request)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            # A kept connection that the server closed meanwhile: a new one tells more.
            return await self.client.send(request)

    def _given_up(self, spent_s: float, call: Call) -> None:
        """A deadline ended the wait for an answer, or the client left."""
        if spent_s >= _SILENT_S and not call.client_gone:
            self.metrics.upstream_errors.labels(self.role, "silent").inc()
            self._away()
        else:
            self._breaker.unknown()

    def _answer(self, reply: httpx.Response) -> Answer:
        if reply.status_code != 200:
            problem = upstream_errors.for_reply(self.role, reply)
            if isinstance(problem, UpstreamError):
                self._served = None  # its limits may be others than we know
            raise problem
        try:
            tokens = int(reply.headers.get("x-compute-tokens", 0))
            characters = int(reply.headers.get("x-compute-characters", 0))
            answer = Answer(orjson.loads(reply.content), tokens)
        except ValueError as error:
            raise upstream_errors.not_tei(self.role) from error
        self.estimate.learn(characters=characters, tokens=tokens)
        return answer

    def _away(self) -> None:
        self._breaker.failed()
        self._served = None

    def _lane_limits(self, permits: int) -> LaneLimits:
        return LaneLimits(
            texts=permits,
            query_calls=self.gateway.query_calls_in_flight,
            passage_calls=self.gateway.passage_calls_in_flight,
            queries_per_passage_call=self.gateway.queries_per_passage_call,
            quiet_s=self.gateway.quiet_ms / 1000,
        )


def model_client(address: str, api_key: str | None) -> httpx.AsyncClient:
    """An HTTP client for a model server; its silence is bounded by the deadline of each request."""
    headers = {"content-type": "application/json"}
    if api_key is not None:
        headers["authorization"] = f"Bearer {api_key}"
    return httpx.AsyncClient(
        base_url=address.rstrip("/"),
        headers=headers,
        timeout=httpx.Timeout(None, connect=_CONNECT_S),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        trust_env=False,  # the servers are private addresses: no proxy of the host is for them
        follow_redirects=False,
    )
