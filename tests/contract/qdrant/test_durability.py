"""What was acknowledged is there after the process was killed. Twenty kills under load."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.contract.qdrant.server import Server, running

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]

SEED = 20261123
ROUNDS = 20
WRITERS = 2
MOST_UPSERTS_PER_WRITER = 150


class Writer(threading.Thread):
    """Upserts points one by one until the server dies; notes which were acknowledged."""

    def __init__(self, server: Server, first_id: int, enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[int] = []
        self._server = server
        self._ids = range(first_id, first_id + MOST_UPSERTS_PER_WRITER)
        self._enough = enough
        self._count = MOST_UPSERTS_PER_WRITER

    def stop_after(self, count: int) -> None:
        self._count = count

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=10)
        try:
            for point in self._ids:
                wait = "true" if point % 2 else "false"
                body = {"points": [{"id": point, "vector": [point, 1], "payload": {"p": point}}]}
                path = f"/collections/kept/points?wait={wait}"
                if call(connection, "PUT", path, body)["status"] == "ok":
                    self.acknowledged.append(point)
                if len(self.acknowledged) >= self._count:
                    self._enough.set()
        except (OSError, http.client.HTTPException):
            return  # the server is gone
        finally:
            connection.close()


def call(connection: http.client.HTTPConnection, method: str, path: str, body: Any) -> Any:
    connection.request(method, path, body=json.dumps(body))
    return json.loads(connection.getresponse().read())


def request(server: Server, method: str, path: str, body: Any) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        return call(connection, method, path, body)
    finally:
        connection.close()


def stored_ids(server: Server) -> set[int]:
    body = {"limit": 1_000_000, "with_payload": True}
    points = request(server, "POST", "/collections/kept/points/scroll", body)["result"]["points"]
    assert all(point["payload"] == {"p": point["id"]} for point in points)
    return {point["id"] for point in points}


def test_no_acknowledged_upsert_is_lost(storage: Path) -> None:
    """Each round kills the server under two writers; all they were told is kept is there."""
    numbers = np.random.default_rng(SEED)
    promised: set[int] = set()
    with running(storage) as server:
        request(server, "PUT", "/collections/kept", {"vectors": {"size": 2, "distance": "Dot"}})
        for round_number in range(ROUNDS):
            enough = threading.Event()
            first = round_number * WRITERS * MOST_UPSERTS_PER_WRITER
            writers = [
                Writer(server, first + at * MOST_UPSERTS_PER_WRITER, enough)
                for at in range(WRITERS)
            ]
            for writer in writers:
                writer.stop_after(int(numbers.integers(20, MOST_UPSERTS_PER_WRITER - 20)))
                writer.start()
            assert enough.wait(timeout=60)
            server.kill()
            for writer in writers:
                writer.join(timeout=30)
                promised.update(writer.acknowledged)
            server.restart()
            assert promised <= stored_ids(server), f"round {round_number}, seed {SEED}"
    assert len(promised) >= ROUNDS * 20


def test_catalog_survives_a_kill(storage: Path) -> None:
    """Collections, aliases, payload indexes and configuration are there at once after a kill."""
    with running(storage) as server:
        body = {"vectors": {"d": {"size": 2, "distance": "Cosine"}}, "metadata": {"key": "1"}}
        request(server, "PUT", "/collections/c", body)
        alias = {"create_alias": {"collection_name": "c", "alias_name": "live"}}
        request(server, "POST", "/collections/aliases", {"actions": [alias]})
        index = {"field_name": "k", "field_schema": {"type": "keyword", "is_tenant": True}}
        request(server, "PUT", "/collections/live/index?wait=true", index)
        before = request(server, "GET", "/collections/live", None)["result"]
        server.kill()
        server.restart()
        assert request(server, "GET", "/collections/live", None)["result"] == before


def test_refused_write_does_not_come_back(storage: Path) -> None:
    """An upsert refused for its vector name is not in the store after a restart."""
    with running(storage) as server:
        vectors = {"vectors": {"d": {"size": 2, "distance": "Dot"}}}
        request(server, "PUT", "/collections/c", vectors)
        bad = {"points": [{"id": 1, "vector": {"d": [1, 2]}}, {"id": 2, "vector": {"nope": [1]}}]}
        request(server, "PUT", "/collections/c/points?wait=true", bad)
        server.kill()
        server.restart()
        count = request(server, "POST", "/collections/c/points/count", {"exact": True})
        assert count["result"]["count"] == 0
