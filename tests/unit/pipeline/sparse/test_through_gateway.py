"""Both vectors from a gateway: checked as if its answer were a stranger's, and never guessed."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest

from infra.clock import FakeClock
from infra.errors import CheckFailedError, ServiceRefusedError, ServiceUnavailableError
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.embed import EmbedClient
from infra.pipeline.gateway_transport import QUERY, GatewayTransport
from infra.pipeline.retry import RetryPolicy
from infra.pipeline.sparse.records import SparseVector
from infra.pipeline.sparse.through_gateway import GatewaySparseEmbedder
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import Reply
from infra.settings import EmbedSettings
from tests.unit.pipeline.fakes import json_reply

EMBED = EmbedSettings(dimensions=8)
MODEL: dict[str, Any] = {
    "id": EMBED.model_id,
    "role": "embed",
    "revision": EMBED.revision,
    "pooling": "mean",
    "dtype": "float16",
    "label": None,
    "server_version": "1.9.3",
    "max_client_batch_size": 32,
    "max_concurrent_requests": 128,
    "max_batch_tokens": 8192,
    "sparse_head": "head-a",
}


class FakeGateway:
    """Vectors by the length of a text; `weights` replaces the weights, `status` the answer."""

    address = "http://gateway.test"

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.head = "head-a"
        self.weights: dict[str, Any] | None = None
        self.status = 200

    def get(self, path: str) -> Reply:
        assert path == "/v1/models"
        return json_reply({"data": [MODEL]})

    def post(self, path: str, payload: object) -> Reply:
        assert path == "/v1/embeddings"
        assert isinstance(payload, dict)
        self.asked.append(payload)
        is_sparse = payload.get("sparse", False)
        if is_sparse and self.status != 200:
            return Reply(self.status, b'{"error": {"message": "it says why"}}')
        data = [
            {"index": index, "embedding": packed(vector_of(text))}
            | ({"sparse_embedding": self.weights or weights_of(text)} if is_sparse else {})
            for index, text in enumerate(payload["input"])
        ]
        tail = {"sparse_head": self.head} if is_sparse else {}
        return json_reply({"data": data[::-1], **tail})


def vector_of(text: str) -> list[float]:
    return [float(place == len(text) % 8) for place in range(8)]


def weights_of(text: str) -> dict[str, Any]:
    return {"indices": [5, 10 + len(text)], "values": [0.25, 0.5]}


def packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def embedder(gateway: FakeGateway) -> GatewaySparseEmbedder:
    clock = FakeClock()
    limit = TimeLimit(clock)
    transport = GatewayTransport(gateway, role="embed", model_id=EMBED.model_id, lane=QUERY)
    policy = RetryPolicy(attempts=2, total_s=1)
    calls = TeiCalls(transport, role="embed", policy=policy, clock=clock, limit=limit)
    client = EmbedClient(calls, EMBED)
    return GatewaySparseEmbedder(client, calls, dimensions=8, limit=limit)


def test_both_vectors_in_the_order_of_the_texts() -> None:
    """Entries are placed by their index; the request names model, lane and that weights are due."""
    gateway = FakeGateway()
    found = embedder(gateway).text_vectors(["a", "bb", ""])
    assert [both.dense for both in found] == [vector_of(text) for text in ("a", "bb", "")]
    assert found[1].sparse == SparseVector(ids=(5, 12), weights=(0.25, 0.5))
    assert gateway.asked == [
        {
            "model": EMBED.model_id,
            "input": ["a", "bb", ""],
            "encoding_format": "base64",
            "input_type": "query",
            "sparse": True,
        }
    ]


def test_calls_are_short() -> None:
    """Rows of long texts may be fetched one after the other: few of them go in one call."""
    gateway = FakeGateway()
    maker = embedder(gateway)
    assert maker.batches(["x"] * 40, [256] * 40) == [range(at, at + 8) for at in range(0, 40, 8)]
    maker.text_vectors(["x"] * 20, [1024] * 20)
    assert {len(body["input"]) for body in gateway.asked} == {2}


def test_dense_vectors_alone_ask_for_no_weights() -> None:
    """Whatever the server pools by, the gateway answers for them."""
    gateway = FakeGateway()
    assert embedder(gateway).embed(["a"]) == [vector_of("a")]
    assert "sparse" not in gateway.asked[0]


def test_weights_of_another_head_are_refused() -> None:
    """A gateway that was restarted with another file would mix them in one collection."""
    gateway = FakeGateway()
    gateway.head = "head-b"
    with pytest.raises(CheckFailedError, match="another head"):
        embedder(gateway).text_vectors(["a"])


@pytest.mark.parametrize(
    "weights",
    [
        {"indices": [5], "values": [0.1, 0.2]},
        {"indices": [7, 5], "values": [0.1, 0.2]},
        {"indices": [5, 5], "values": [0.1, 0.2]},
        {"indices": [5], "values": [0.0]},
        {"indices": [5], "values": [None]},
    ],
)
def test_weights_that_are_none(weights: dict[str, Any]) -> None:
    """Another number, not ascending, doubled, not above 0, missing."""
    gateway = FakeGateway()
    gateway.weights = weights
    with pytest.raises(ServiceUnavailableError, match="not TEI's"):
        embedder(gateway).text_vectors(["a"])


def test_a_refusal_is_told() -> None:
    """A key that may not index, or a gateway without a head."""
    gateway = FakeGateway()
    gateway.status = 403
    with pytest.raises(ServiceRefusedError, match="it says why"):
        embedder(gateway).text_vectors(["a"])


def test_a_query_keeps_its_dense_vector() -> None:
    """Only the learned leg is lost, and the reason comes along."""
    gateway = FakeGateway()
    gateway.status = 502
    vectors = embedder(gateway).query_vectors("abc")
    assert (vectors.dense, vectors.sparse) == (vector_of("abc"), None)
    assert vectors.problem is not None
    assert "it says why" in vectors.problem.why


def test_a_query() -> None:
    """Both vectors by one call."""
    gateway = FakeGateway()
    vectors = embedder(gateway).query_vectors("abc")
    assert vectors.sparse == SparseVector(ids=(5, 13), weights=(0.25, 0.5))
    assert len(gateway.asked) == 1
