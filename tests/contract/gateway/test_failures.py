"""Services that fail behind the gateway: clear answers, no traceback, recovery by itself."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.contract.gateway.paced_stack import PacedStack, paced_stack
from tests.contract.gateway.processes import (
    ALL_KEY,
    Process,
    RunningGateway,
    bearer,
    wait_until,
)

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

SEARCH = {"query": "what is a cell"}
LOST = {"rerank": "rerank_unavailable", "embed": "dense_unavailable"}
EMBED = {"model": "bge-m3", "input": "what is a cell"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PacedStack]:
    """One paced stack; a test that breaks something mends it."""
    with paced_stack(tmp_path_factory.mktemp("failures")) as stack:
        yield stack


@pytest.fixture
def stack(shared: PacedStack) -> Iterator[PacedStack]:
    """The stack, sound before and after each test."""
    wait_until(lambda: shared.gateway.post("/v1/search", SEARCH).ok, "not sound", 10)
    yield shared
    shared.embed.failure = shared.rerank.failure = None
    wait_until(lambda: shared.gateway.post("/v1/search", SEARCH).ok, "did not recover", 10)


def test_null_vectors_are_refused_and_counted(stack: PacedStack) -> None:
    """NaN, which TEI sends as null with status 200, becomes 502 and never reaches a client; a
    search goes on without its dense leg and says so."""
    stack.embed.failure = "nan"
    answer = stack.gateway.post("/v1/embeddings", EMBED)
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "not_finite"
    searched = stack.gateway.post("/v1/search", SEARCH)
    assert searched.status_code == 200
    assert searched.json()["degraded"] == ["dense_unavailable"]
    metrics = stack.gateway.get("/metrics").text
    assert 'upstream_errors_total{reason="not_finite",upstream="embed"} 2.0' in metrics


def test_an_overloaded_reranker_degrades_the_search(stack: PacedStack) -> None:
    """429 of the rerank server for longer than the retries: answers in fused order, flagged."""
    stack.rerank.failure = "overloaded"
    answer = stack.gateway.post("/v1/search", SEARCH)
    assert answer.status_code == 200
    assert answer.json()["degraded"] == ["rerank_unavailable"]
    assert 'degraded_total{reason="rerank_unavailable"}' in stack.gateway.get("/metrics").text


def test_a_silent_reranker_does_not_cost_the_answer(stack: PacedStack) -> None:
    """A reranker that never answers is given up before the deadline, and its texts dropped."""
    stack.rerank.failure = "silent"
    begun_s = time.monotonic()
    answer = stack.gateway.post("/v1/search", SEARCH | {"deadline_ms": 800})
    assert answer.status_code == 200
    assert answer.json()["degraded"] == ["rerank_unavailable"]
    assert time.monotonic() - begun_s < 2
    wait_until(lambda: stack.rerank.dropped > 0, "the call was not given up", 5)


def test_a_silent_embed_server_means_504_at_the_deadline(stack: PacedStack) -> None:
    """The deadline holds although nothing comes back; the work behind is given up. A search gives
    the dense leg up in time to answer without."""
    stack.embed.failure = "silent"
    before = stack.embed.dropped
    begun_s = time.monotonic()
    answer = stack.gateway.post("/v1/embeddings", EMBED | {"deadline_ms": 400})
    assert answer.status_code == 504
    assert answer.json()["error"]["code"] == "deadline_exceeded"
    assert 0.35 < time.monotonic() - begun_s < 2
    searched = stack.gateway.post("/v1/search", SEARCH | {"deadline_ms": 1000})
    assert searched.status_code == 200
    assert searched.json()["degraded"] == ["dense_unavailable"]
    wait_until(lambda: stack.embed.dropped >= before + 2, "calls were not given up", 5)


def test_a_client_that_leaves_is_given_up(stack: PacedStack) -> None:
    """Closing the connection cancels the work behind it."""
    stack.embed.failure = "silent"
    before = stack.embed.dropped
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{stack.gateway.address}/v1/embeddings",
            json=EMBED,
            headers=bearer(ALL_KEY) | {"x-request-id": "the-one-that-left"},
            timeout=0.5,
        )
    wait_until(lambda: stack.embed.dropped > before, "the call went on", 5)

    def logged() -> bool:
        records = stack.gateway.process.log_records()
        return any(
            record["request_id"] == "the-one-that-left" and record["status"] == 499
            for record in records
        )

    wait_until(logged, "no log line says 499", 5)


def test_a_slow_body_gets_408_and_a_long_one_413(tmp_path: Path) -> None:
    """Half a body is not waited for longer than the setting; too much of one is not read."""
    limits = {"body_timeout_ms": 300, "max_body_bytes": 2000}
    with paced_stack(tmp_path, gateway=limits) as stack:
        host, port = "127.0.0.1", stack.gateway.process.port
        with socket.create_connection((host, port), timeout=10) as slow:
            slow.sendall(
                b"POST /v1/search HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                b"authorization: Bearer " + ALL_KEY.encode() + b"\r\ncontent-length: 50\r\n\r\n{"
            )
            assert slow.recv(4096).startswith(b"HTTP/1.1 408")
        too_long = stack.gateway.post("/v1/search", {"query": "x" * 3000})
        assert too_long.status_code == 413
        unread = stack.gateway.post("/v1/search", {"query": "x" * 3000}, key=None)
        assert unread.status_code == 401


def test_backends_killed_and_back(
    backends: dict[str, Process], start_gateway: Callable[..., RunningGateway]
) -> None:
    """Each service in turn is killed and started again under load: every answer on the way is a
    clear one, and the gateway is sound again without any help."""
    gateway = start_gateway(backends, {"gateway": {"drain_notice_ms": 0, "retry_ms": 300}})
    for role, while_away in (("rerank", {200}), ("embed", {200}), ("qdrant", {503})):
        wait_until(lambda: gateway.get("/readyz").json()["status"] == "ready", "not ready", 15)
        backends[role].kill()
        for _ in range(3):
            answer = gateway.post("/v1/search", SEARCH)
            assert answer.status_code in while_away, answer.text
            if answer.status_code == 200:
                assert answer.json()["degraded"] == [LOST[role]]
            else:
                assert int(answer.headers["retry-after"]) >= 1
                assert answer.json()["error"]["remedy"]
        wait_until(lambda role=role: gateway.get("/readyz").json()["missing"] == [role], role, 5)
        assert gateway.get("/readyz").status_code == (200 if role == "rerank" else 503)
        backends[role].start()

        def sound() -> bool:
            answer = gateway.post("/v1/search", SEARCH)
            return answer.status_code == 200 and answer.json()["degraded"] == []

        wait_until(sound, f"did not recover from the loss of {role}", 15)
    assert "Traceback" not in gateway.process.output()


def test_indexing_waits_out_a_restart(
    backends: dict[str, Process], gateway: RunningGateway
) -> None:
    """A list under way while the embed server restarts is finished, not failed."""
    texts = {"model": "bge-m3", "input": ["a passage of some words " * 20 for _ in range(400)]}
    statuses: list[int] = []
    sending = threading.Thread(
        target=lambda: statuses.append(gateway.post("/v1/embeddings", texts).status_code)
    )
    sending.start()
    time.sleep(0.2)
    backends["embed"].kill()
    time.sleep(0.5)
    backends["embed"].start()
    sending.join(timeout=40)
    assert statuses == [200]


def test_drain_finishes_what_is_under_way(tmp_path: Path) -> None:
    """After SIGTERM /readyz says 503 while requests are still served, then the process ends with
    0, and nothing under way is lost."""
    settings = {"drain_notice_ms": 700}
    with paced_stack(tmp_path, gateway=settings) as stack:
        stack.gateway.post("/v1/search", SEARCH)
        passages = {"model": "bge-m3", "input": ["long passage " * 100 for _ in range(60)]}
        stack.embed.queue.pace = stack.embed.queue.pace.__class__(base_ms=80, per_token_ms=0)
        statuses: list[int] = []
        sending = threading.Thread(
            target=lambda: statuses.append(
                stack.gateway.post("/v1/embeddings", passages).status_code
            )
        )
        sending.start()
        wait_until(lambda: stack.embed.texts_in_flight > 0, "nothing is under way", 5)
        stack.gateway.process.signal(signal.SIGTERM)
        wait_until(lambda: stack.gateway.get("/readyz").status_code == 503, "still ready", 2)
        assert stack.gateway.get("/readyz").json()["status"] == "draining"
        assert stack.gateway.post("/v1/embeddings", EMBED).status_code == 200
        sending.join(timeout=20)
        assert statuses == [200]
        process = stack.gateway.process.running
        assert process is not None
        assert process.wait(timeout=15) == 0
