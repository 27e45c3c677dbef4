"""A model server without a network: a function that answers, behind the real HTTP client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.clock import FakeClock
from infra.gateway.lifetime import Call
from infra.gateway.metrics import Metrics
from infra.gateway.model_server import ModelServer
from infra.settings import EmbedSettings, GatewaySettings, RerankSettings

DIMENSIONS = 8
Handler = Callable[[str, dict[str, Any]], httpx.Response | Exception]


def number_of(text: str) -> int:
    """The number at the end of a text, which its vector carries."""
    return int(text.rsplit(" ", 1)[-1])


def vector_of(text: str) -> list[float]:
    """A vector of norm 1 from which the text's number can be read back."""
    first = (number_of(text) + 1) / 10_000
    return [first, (1 - first**2) ** 0.5, *[0.0] * (DIMENSIONS - 2)]


@dataclass
class FakeTei:
    """Answers `/info` and what `answer` says; `requests` lists the bodies of the other calls."""

    role: str = "embed"
    limits: dict[str, int] = field(default_factory=dict[str, int])
    answer: Handler | None = None
    requests: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )
    is_down: bool = False

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.metrics = Metrics()
        self.sleeps_s: list[float] = []
        settings = (
            EmbedSettings(dimensions=DIMENSIONS) if self.role == "embed" else RerankSettings()
        )
        self.server = ModelServer(
            role=self.role,
            client=httpx.AsyncClient(
                transport=httpx.MockTransport(self._handle), base_url="http://tei"
            ),
            settings=settings,
            gateway=GatewaySettings(),
            metrics=self.metrics,
            clock=self.clock,
            sleep=self._sleep(),
        )

    def call(self) -> Call:
        """A request of which the calls are part."""
        return Call(request_id="test", clock=self.clock, started_s=0.0)

    def _sleep(self) -> Callable[[float], Awaitable[None]]:
        async def sleep(seconds: float) -> None:
            self.sleeps_s.append(seconds)
            self.clock.sleep(seconds)

        return sleep

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # as every real exchange, it lets others run
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        if request.url.path == "/info":
            return httpx.Response(200, json=self._info())
        body: dict[str, Any] = json.loads(request.content)
        self.requests.append((request.url.path, body))
        reply = (self.answer or usual)(request.url.path, body)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _info(self) -> dict[str, Any]:
        return {
            "model_id": "fake",
            "model_sha": None,
            "model_type": {"embedding": {"pooling": "cls"}},
            "version": "1.9.3",
            "max_client_batch_size": 4,
            "max_concurrent_requests": 16,
            "max_batch_tokens": 8192,
            "max_input_length": 64,
            "docker_label": None,
            **self.limits,
        }


def usual(path: str, body: dict[str, Any]) -> httpx.Response:
    """What a sound server answers."""
    texts: list[str] = body.get("inputs", body.get("texts", []))
    headers = {
        "x-compute-tokens": str(10 * len(texts)),
        "x-compute-characters": str(sum(map(len, texts))),
    }
    if path == "/tokenize":
        return httpx.Response(200, json=[[{"id": 5}] * len(text) for text in texts])
    if path == "/rerank":
        ranks = [{"index": i, "score": number_of(t) / 10_000} for i, t in enumerate(texts)]
        ranks.sort(key=lambda rank: -rank["score"])
        return httpx.Response(200, json=ranks, headers=headers)
    return httpx.Response(200, json=[vector_of(text) for text in texts], headers=headers)


def refusal(status: int, message: str, kind: str = "Validation") -> httpx.Response:
    """An error as TEI words it."""
    return httpx.Response(status, json={"error": message, "error_type": kind})
