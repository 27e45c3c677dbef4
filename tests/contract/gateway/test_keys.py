"""API keys over HTTP: who may do what, and how keys change while requests come in."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from tests.contract.gateway.processes import (
    ALL_KEY,
    SEARCH_KEY,
    RunningGateway,
    usual_keys,
    wait_until,
    write_keys,
)

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

EMBED = {"model": "bge-m3", "input": "x"}
BODIES = {
    "/v1/search": {"query": "x"},
    "/v1/embeddings": EMBED,
    "/v1/rerank": {"query": "x", "documents": ["y"]},
    "/v1/tokenize": {"input": "x"},
}


@pytest.fixture
def keyed(gateway: RunningGateway) -> Iterator[RunningGateway]:
    """The shared gateway; its keys file is put back at the end."""
    yield gateway
    usual_keys(gateway.keys_file)
    gateway.process.signal(signal.SIGHUP)
    wait_until(lambda: gateway.post("/v1/search", {"query": "x"}).ok, "keys not put back", 5)


@pytest.mark.parametrize(("path", "body"), BODIES.items())
def test_every_route_wants_a_known_key(
    gateway: RunningGateway, path: str, body: dict[str, object]
) -> None:
    """No key, a wrong one, another scheme: 401 in the one error shape."""
    for key in (None, "wrong", ""):
        answer = gateway.post(path, body, key=key)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        error = answer.json()["error"]
        assert error["type"] == "authentication_error"
        assert error["request_id"] == answer.headers["x-request-id"]
    assert gateway.post(path, body).status_code == 200


def test_a_scope_opens_its_routes_only(gateway: RunningGateway) -> None:
    """A key for searching searches, and gets 403 elsewhere."""
    statuses = {
        path: gateway.post(path, body, key=SEARCH_KEY).status_code for path, body in BODIES.items()
    }
    assert statuses == {
        "/v1/search": 200,
        "/v1/embeddings": 403,
        "/v1/rerank": 403,
        "/v1/tokenize": 403,
    }


def test_a_key_is_exchanged_without_a_lost_request(keyed: RunningGateway) -> None:
    """New key added, application moved over, old key removed: under steady requests every one is
    answered, and at the end the old key is refused."""
    statuses: list[int] = []
    use_new, stop = threading.Event(), threading.Event()

    def application() -> None:
        while not stop.is_set():
            key = "new-key" if use_new.is_set() else ALL_KEY
            statuses.append(keyed.post("/v1/embeddings", EMBED, key=key).status_code)

    worker = threading.Thread(target=application)
    worker.start()
    try:
        write_keys(keyed.keys_file, ("old", ALL_KEY, ("embed",)), ("new", "new-key", ("embed",)))
        wait_until(
            lambda: keyed.post("/v1/embeddings", EMBED, key="new-key").ok, "new key unknown", 5
        )
        use_new.set()
        seen = len(statuses)
        wait_until(lambda: len(statuses) > seen + 2, "no requests", 5)
        write_keys(keyed.keys_file, ("new", "new-key", ("embed",)))
        wait_until(
            lambda: keyed.post("/v1/embeddings", EMBED).status_code == 401, "old key known", 5
        )
    finally:
        stop.set()
        worker.join(timeout=30)
    assert set(statuses) == {200}
    assert len(statuses) > 5


def test_a_broken_file_keeps_the_old_keys(keyed: RunningGateway) -> None:
    """What cannot be used is logged and shown in the metrics; requests go on."""
    keyed.keys_file.write_text("{", encoding="utf-8")
    keyed.process.signal(signal.SIGHUP)
    wait_until(
        lambda: "retrieval_gateway_keys_current 0.0" in keyed.get("/metrics").text,
        "the failure is not shown",
        5,
    )
    assert keyed.post("/v1/embeddings", EMBED).status_code == 200
    assert "key_reload_failures_total 1.0" in keyed.get("/metrics").text
    events = [record["event"] for record in keyed.process.log_records()]
    assert "keys_file_unusable" in events
