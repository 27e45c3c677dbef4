"""Permits and 429: recorded answers, and the order of checks on a full server."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.contract.tei.doubles import GatedEmbedder, double
from tests.contract.tei.recorded_cases import Case, ServerUnderTest, cases_of, claimed
from tests.contract.tei.serving import Client, Reply, running, wait_until

pytestmark = pytest.mark.contract

_OVERLOADED = '{"error":"Model is overloaded","error_type":"Overloaded"}'
_OVERLOADED_OPENAI = '{"message":"Model is overloaded","code":429,"type":"Overloaded"}'

# What a server whose permits are all taken answered, recorded from TEI 1.9.3.
ON_A_FULL_SERVER = [
    ("/embed", {"inputs": "a"}, 429, _OVERLOADED),
    ("/embed", {"inputs": ""}, 429, _OVERLOADED),
    ("/embed", {"inputs": []}, 429, _OVERLOADED),
    ("/embed", {"inputs": "a", "dimensions": 0}, 429, _OVERLOADED),
    ("/embed", {"inputs": "a", "prompt_name": "x"}, 429, _OVERLOADED),
    ("/embed", {"inputs": ["a"] * 5}, 422, "batch size 5 > maximum allowed batch size 4"),
    ("/embed", {"inputs": ["a", ""]}, 429, _OVERLOADED),
    ("/embed", {"inputs": 5}, 422, "Failed to deserialize the JSON body"),
    ("/embed_all", {"inputs": "a"}, 429, _OVERLOADED),
    ("/embed_sparse", {"inputs": "a"}, 429, _OVERLOADED),
    ("/rerank", {"query": "a", "texts": ["b"]}, 424, "model is not a re-ranker model"),
    ("/rerank", {"query": "a", "texts": []}, 400, "`texts` cannot be empty"),
    ("/predict", {"inputs": "a"}, 429, _OVERLOADED),
    ("/similarity", {"inputs": {"source_sentence": "a", "sentences": ["b"]}}, 429, _OVERLOADED),
    ("/v1/embeddings", {"input": "a"}, 429, _OVERLOADED_OPENAI),
    ("/vertex", {"instances": [{"inputs": "a"}]}, 429, _OVERLOADED),
    ("/tokenize", {"inputs": "a"}, 200, ""),
    ("/decode", {"ids": [4, 41]}, 200, ""),
]


@contextmanager
def gated_server(permits: int) -> Generator[tuple[int, GatedEmbedder]]:
    """A server whose model holds every text until its gate opens."""
    gated = GatedEmbedder()
    server = ServerUnderTest(
        key="gated",
        model="tiny-embed",
        flags=("--max-concurrent-requests", str(permits), "--max-client-batch-size", "4"),
        environment={},
    )
    with running(server, replace(double("tiny-embed"), embedding=gated)) as port:
        try:
            yield port, gated
        finally:
            gated.gate.set()


def post(port: int, path: str, body: object) -> Reply:
    """One call on a connection of its own."""
    client = Client(port)
    try:
        return client.post_json(path, json.dumps(body))
    finally:
        client.close()


@pytest.mark.parametrize(
    "case",
    [case for case in cases_of("overload.") if "json" in case.request],
    ids=lambda case: case.name,
)
def test_a_list_larger_than_all_permits_never_succeeds(case: Case) -> None:
    """Even an idle server answers 429, with the recorded body."""
    with running(case.server, double(case.server.model)) as port:
        body = (case.body() or b"").decode()
        client = Client(port)
        reply = client.post_json(case.request["path"], body)
        metrics = client.send("GET", "/metrics").body.decode()
        client.close()
    assert reply.status == case.response["status"]
    assert reply.body.decode() == case.response["text"]
    for name, value in case.response["headers"].items():
        assert reply.header(name) == value
    if case.request["path"] == "/rerank":
        # Two pairs had permits: they were computed and thrown away.
        assert re.search(r"^te_predict_success 2$", metrics, re.MULTILINE)


def test_of_ten_parallel_calls_two_are_admitted() -> None:
    """Two permits: two calls wait for the model, eight are refused at once."""
    case = claimed()["overload.embed.10_parallel_singles_limit_2"]
    recorded = case.response["statuses"]
    with gated_server(permits=2) as (port, gated), ThreadPoolExecutor(10) as pool:
        calls = [pool.submit(post, port, "/embed", {"inputs": "a"}) for _ in recorded]
        done = as_completed(calls, timeout=20)
        refused = [next(done).result() for _ in range(recorded.count(429))]
        assert {reply.status for reply in refused} == {429}
        assert {reply.body.decode() for reply in refused} == {case.response["text"]}
        gated.gate.set()
        assert sorted(call.result().status for call in calls) == sorted(recorded)


def test_order_of_checks_on_a_full_server() -> None:
    """A full server refuses what would need the model, and still answers everything else."""
    with gated_server(permits=1) as (port, gated), ThreadPoolExecutor(1) as pool:
        held = pool.submit(post, port, "/embed", {"inputs": "a"})
        wait_until(gated.started.is_set)
        for path, body, status, text in ON_A_FULL_SERVER:
            reply = post(port, path, body)
            assert (reply.status, path, body) == (status, path, body)
            assert text in reply.body.decode()
        client = Client(port)
        assert client.send("GET", "/info").status == 200
        assert client.send("GET", "/metrics").status == 200
        assert client.send("GET", "/health").status == 200
        client.close()
        gated.gate.set()
        assert held.result().status == 200


def test_a_client_that_leaves_gives_up_its_place() -> None:
    """Texts whose caller is gone leave the queue and their permits come back."""
    with gated_server(permits=2) as (port, gated), ThreadPoolExecutor(1) as pool:
        held = pool.submit(post, port, "/embed", {"inputs": "a"})
        wait_until(gated.started.is_set)
        leaver = Client(port)
        connection = leaver._connection
        connection.request(
            "POST", "/embed", b'{"inputs":"b"}', {"content-type": "application/json"}
        )
        wait_until(lambda: post(port, "/embed", {"inputs": ["c", "d"]}).status == 429)
        connection.close()
        watcher = Client(port)
        wait_until(
            lambda: (
                'te_request_failure{err="dropped"} 1'
                in watcher.send("GET", "/metrics").body.decode()
            )
        )
        watcher.close()
        gated.gate.set()
        assert held.result().status == 200
        assert post(port, "/embed", {"inputs": ["c", "d"]}).status == 200
