"""Through the gateway, model servers look to the pipeline as they do when called directly."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from infra.clock import FakeClock
from infra.errors import ServiceRefusedError, ServiceUnavailableError
from infra.pipeline.embed import EmbedClient
from infra.pipeline.gateway_transport import PASSAGE, GatewayTransport
from infra.pipeline.rerank import RerankClient
from infra.pipeline.retry import BRIEF
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import Reply
from infra.settings import EmbedSettings, RerankSettings

EMBED = EmbedSettings(dimensions=8)
MODELS = {
    "data": [
        {
            "id": EMBED.model_id,
            "role": "embed",
            "revision": EMBED.revision,
            "pooling": "cls",
            "dtype": "float16",
            "label": None,
            "server_version": "1.9.3",
            "max_client_batch_size": 32,
            "max_concurrent_requests": 128,
            "max_batch_tokens": 8192,
        }
    ]
}


class FakeGateway:
    """Answers each path with what a test gives it, and keeps what was sent."""

    address = "http://gateway.test"

    def __init__(self, answers: Mapping[str, tuple[int, object]]) -> None:
        self.answers = answers
        self.sent: list[tuple[str, Any]] = []

    def get(self, path: str) -> Reply:
        return self.post(path, None)

    def post(self, path: str, payload: object) -> Reply:
        self.sent.append((path, payload))
        status, body = self.answers[path]
        return Reply(status, orjson.dumps(body))


def calls(gateway: FakeGateway, role: str = "embed") -> TeiCalls:
    """What the clients use, on the gateway."""
    transport = GatewayTransport(gateway, role=role, model_id=EMBED.model_id, lane=PASSAGE)
    return TeiCalls(transport, role=role, policy=BRIEF, clock=FakeClock())


def entry(index: int, vector: list[float]) -> dict[str, object]:
    """One vector as the gateway sends it: little-endian float32 in base64."""
    packed = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    return {"index": index, "embedding": packed}


def unit_vector(position: int) -> list[float]:
    """A vector of norm 1."""
    return [1.0 if place == position else 0.0 for place in range(8)]


def test_vectors_come_in_the_order_of_the_texts() -> None:
    """Entries are placed by their index, and the request names model and lane."""
    gateway = FakeGateway(
        {
            "/v1/models": (200, MODELS),
            "/v1/embeddings": (200, {"data": [entry(1, unit_vector(5)), entry(0, unit_vector(2))]}),
        }
    )
    vectors = EmbedClient(calls(gateway), EMBED).embed(["раз", "два"])
    assert vectors == [unit_vector(2), unit_vector(5)]
    path, body = gateway.sent[-1]
    assert path == "/v1/embeddings"
    assert body["input"] == ["раз", "два"]
    assert body["input_type"] == "passage"
    assert body["truncate"] is False


def test_lengths_are_those_of_the_served_tokenizer() -> None:
    """The gateway's tokens count as TEI's do."""
    tokens = [{"id": 0}, {"id": 7}, {"id": 2}]
    gateway = FakeGateway(
        {
            "/v1/models": (200, MODELS),
            "/v1/tokenize": (200, {"data": [{"index": 0, "count": 3, "tokens": tokens}]}),
        }
    )
    assert EmbedClient(calls(gateway), EMBED).count_tokens(["слово"]) == [3]


def test_scores_keep_the_place_of_their_document() -> None:
    """Results sorted by score are given back in the order of the documents."""
    reranker = {**MODELS["data"][0], "role": "rerank", "pooling": None}
    results = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]
    gateway = FakeGateway(
        {
            "/v1/models": (200, {"data": [reranker]}),
            "/v1/rerank": (200, {"results": results}),
        }
    )
    scores = RerankClient(calls(gateway, "rerank"), RerankSettings()).scores("q", ["a", "b"])
    assert scores == [0.1, 0.9]
    assert gateway.sent[-1][1]["documents"] == ["a", "b"]


def test_a_model_server_that_is_away_is_waited_for_and_named() -> None:
    """503 of the gateway is tried again, then told with the gateway's reason."""
    away = (503, {"error": {"message": "the embed server does not answer"}})
    gateway = FakeGateway({"/v1/models": (200, MODELS), "/v1/embeddings": away})
    with pytest.raises(ServiceUnavailableError, match="the embed server does not answer"):
        EmbedClient(calls(gateway), EMBED).embed(["a"])
    assert len([path for path, _ in gateway.sent if path == "/v1/embeddings"]) == BRIEF.attempts


def test_a_refusal_carries_the_gateways_words() -> None:
    """A request that the gateway refuses is not tried again."""
    refused = (400, {"error": {"message": "input 0 is too long"}})
    gateway = FakeGateway({"/v1/models": (200, MODELS), "/v1/embeddings": refused})
    with pytest.raises(ServiceRefusedError, match="input 0 is too long"):
        EmbedClient(calls(gateway), EMBED).embed(["a"])
    assert len([path for path, _ in gateway.sent if path == "/v1/embeddings"]) == 1


def test_a_role_that_the_gateway_does_not_reach_is_named() -> None:
    """A gateway whose reranker is away lists only the embed model."""
    gateway = FakeGateway({"/v1/models": (200, MODELS)})
    with pytest.raises(ServiceUnavailableError, match="does not reach its rerank server"):
        RerankClient(calls(gateway, "rerank"), RerankSettings()).scores("q", ["a"])


def test_what_the_gateway_does_not_offer_is_a_clear_refusal() -> None:
    """Token rows have no place in the gateway's API."""
    transport = GatewayTransport(FakeGateway({}), role="embed", model_id="m", lane=PASSAGE)
    reply = transport.post("/embed_all", {"inputs": ["a"]})
    assert reply.status == 404
    assert b"/embed_all" in reply.body
