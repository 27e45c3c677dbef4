"""Learned sparse vectors of `/v1/embeddings`, before a server that mixes up rows under load.

That server batches as TEI 1.9.3 was recorded to; it and the gateway are real and their clients are
threads, because only calls that really meet show what happens when they do.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import requests

from infra.client import BothVectors, GatewayRefusedError, RetrievalClient
from infra.gateway.answer_shapes import EmbeddingsAnswer
from infra.pipeline.sparse.head import SparseHead
from infra.pipeline.sparse.weights import sparse_vector
from tests.contract.gateway.processes import (
    ALL_KEY,
    RunningGateway,
    free_port,
    gateway_process,
    usual_keys,
    write_keys,
)
from tests.contract.pipeline.mixing_router import MixingRouter
from tests.unit.pipeline.sparse import tiny_model
from tests.unit.pipeline.sparse.tiny_model import BIAS, DIMENSIONS, WEIGHT

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

HEAD = SparseHead(weight=WEIGHT, bias=BIAS)
MODEL = "BAAI/bge-m3"
WORDS = ["сила", "тока", "в", "цепи", "равна", "отношению", "напряжения", "к", "сопротивлению"]


@dataclass(frozen=True)
class Front:
    """A gateway and the embed server behind it."""

    gateway: RunningGateway
    router: MixingRouter

    def client(self) -> RetrievalClient:
        return RetrievalClient(self.gateway.address, ALL_KEY, timeout_s=60)


@pytest.fixture(scope="module", params=["cls", "mean"])
def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """On both kinds of server."""
    folder = tmp_path_factory.mktemp("sparse-gateway")
    head = folder / "head.json"
    head.write_text(json.dumps({"weight": WEIGHT.tolist(), "bias": BIAS}), encoding="utf-8")
    router = MixingRouter(request.param)
    nowhere = f"http://127.0.0.1:{free_port()}"
    gateway = gateway_process(
        folder,
        embed=router.address,
        rerank=nowhere,
        qdrant=nowhere,
        settings={
            "embed": {"dimensions": DIMENSIONS, "sparse_head": str(head)},
            "store": {"sparse": "m3"},
            "gateway": {"drain_notice_ms": 0},
        },
    )
    try:
        gateway.process.start()
        yield Front(gateway, router)
    finally:
        gateway.process.stop()
        router.close()


def text_of(number: int) -> str:
    """A text of 1 to 10 words, no two of them alike."""
    return " ".join([*WORDS[: number % 10], f"n{number}"])


def check(both: BothVectors, text: str) -> None:
    right = sparse_vector(tiny_model.rows_of(text), tiny_model.ids_of(text), HEAD)
    assert both.indices == right.ids
    assert both.values == pytest.approx(right.weights, abs=1e-4)
    assert both.dense == pytest.approx(tiny_model.embedded(text, "cls"), abs=1e-4)


def both_of(entry: dict[str, Any]) -> BothVectors:
    own = entry["sparse_embedding"]
    return BothVectors(
        dense=tuple(entry["embedding"]),
        indices=tuple(own["indices"]),
        values=tuple(own["values"]),
    )


def ask(front: Front, **fields: Any) -> requests.Response:
    body = {"model": MODEL, "input": ["сила тока", "x"], "sparse": True}
    return front.gateway.post("/v1/embeddings", body | fields)


def test_many_clients_at_once(front: Front) -> None:
    """Lists of unequal passages and queries together: every vector is right, and a server with CLS
    pooling is never asked for rows of two texts at once."""
    client = front.client()
    lists = [[text_of(at + 12 * part) for at in range(6)] for part in range(12)]
    queries = [[text_of(number)] for number in range(300, 312)]

    def passages(texts: list[str]) -> list[BothVectors]:
        return client.embed(texts, sparse=True)

    def query(texts: list[str]) -> list[BothVectors]:
        return client.embed(texts, sparse=True, input_type="query")

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(passages, texts) for texts in lists]
        asked += [pool.submit(query, texts) for texts in queries]
        found = [each.result() for each in asked]
    for texts, vectors in zip([*lists, *queries], found, strict=True):
        for text, both in zip(texts, vectors, strict=True):
            check(both, text)
    assert (front.router.most_in_flight == 1) == (front.router.pooling == "cls")


def test_dense_vectors_alone_are_the_models(front: Front) -> None:
    """Without `sparse` as well, whatever the server pools by."""
    texts = [text_of(number) for number in range(7)]
    for text, vector in zip(texts, front.client().embed(texts), strict=True):
        assert vector == pytest.approx(tiny_model.embedded(text, "cls"), abs=1e-4)


def test_the_answer(front: Front) -> None:
    """As the page describes it, with the head's digest, which the list of models has too."""
    answer = ask(front)
    assert answer.status_code == 200, answer.text
    parsed = EmbeddingsAnswer.model_validate(answer.json())
    for entry, text in zip(answer.json()["data"], ["сила тока", "x"], strict=True):
        check(both_of(entry), text)
    models = front.gateway.get("/v1/models", key=ALL_KEY).json()["data"]
    assert parsed.sparse_head == HEAD.digest == models[0]["sparse_head"]
    plain = ask(front, sparse=False).json()
    assert "sparse_head" not in plain
    assert "sparse_embedding" not in plain["data"][0]


def test_fewer_dimensions_are_of_the_dense_vector(front: Front) -> None:
    """Cut and of length 1; the weights stay whole."""
    whole, cut = ask(front).json()["data"][0], ask(front, dimensions=8).json()["data"][0]
    assert len(cut["embedding"]) == 8
    assert np.linalg.norm(cut["embedding"]) == pytest.approx(1, abs=1e-3)
    assert cut["sparse_embedding"] == whole["sparse_embedding"]


def test_what_is_refused(front: Front) -> None:
    """A text over the window, and cutting it."""
    long = ask(front, input=["x", "word " * 80])
    assert long.status_code == 400
    assert long.json()["error"]["code"] == "context_length_exceeded"
    cut = ask(front, truncate=True)
    assert (cut.status_code, cut.json()["error"]["param"]) == (400, "truncate")


def test_the_scope_index_is_needed_in_addition(front: Front) -> None:
    """A key that may embed gets dense vectors only."""
    keys = front.gateway.keys_file
    usual = ("all", ALL_KEY, ("search", "embed", "index"))
    write_keys(keys, usual, ("app", "app-key", ("embed", "search")))
    try:
        front.gateway.process.signal(signal.SIGHUP)
        client = RetrievalClient(front.gateway.address, "app-key", timeout_s=10)
        with pytest.raises(GatewayRefusedError, match="scope index") as refused:
            client.embed(["x"], sparse=True)
        assert refused.value.status == 403
        assert len(client.embed(["x"])) == 1
    finally:
        usual_keys(keys)


def test_another_program_asks_for_rows(front: Front) -> None:
    """Whatever others do to the server, vectors are right, or the answer is an error that says why
    and is counted. Where rows are safe in lists, all are right."""
    over = threading.Event()
    statuses: list[int] = []

    def disturb(number: int) -> None:
        body = {"inputs": [text_of(number)]}
        while not over.is_set():
            requests.post(f"{front.router.address}/embed_all", json=body, timeout=10)

    with ThreadPoolExecutor(5) as pool:
        others = [pool.submit(disturb, number) for number in range(5)]
        try:
            for number in range(24):
                answer = ask(front, input=text_of(number + 6))
                statuses.append(answer.status_code)
                if answer.status_code == 200:
                    check(both_of(answer.json()["data"][0]), text_of(number + 6))
                else:
                    assert answer.json()["error"]["code"] == "bad_rows"
                    assert "rows of other texts" in answer.json()["error"]["why"]
        finally:
            over.set()
        for each in others:
            each.result()
    assert set(statuses) == ({200, 502} if front.router.pooling == "cls" else {200})
    counted = 'upstream_errors_total{reason="bad_rows",upstream="embed"}'
    assert (502 in statuses) == (counted in front.gateway.get("/metrics").text)


def test_no_text_in_the_log(front: Front) -> None:
    """A line tells sizes and stages."""
    answer = ask(front, input=["совершенно особое слово"])
    records = front.gateway.process.log_records()
    mine = [r for r in records if r["request_id"] == answer.headers["x-request-id"]]
    assert mine[0]["sizes"]["texts"] == 1
    assert mine[0]["stages_ms"]["embed"] > 0
    assert "особое" not in front.gateway.process.output()


def test_a_gateway_without_a_head(gateway: RunningGateway) -> None:
    """400 and what is missing; the usual answer goes on."""
    answer = gateway.post("/v1/embeddings", {"model": MODEL, "input": "x", "sparse": True})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (
        400,
        "sparse_unavailable",
        "sparse",
    )
    assert "store.sparse" in error["why"]
    assert gateway.get("/v1/models", key=ALL_KEY).json()["data"][0]["sparse_head"] is None
