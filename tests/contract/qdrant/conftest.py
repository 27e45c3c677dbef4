"""Fixtures of the Qdrant contract: recorded cases replayed once per server, and live servers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.contract.qdrant.replay import Answer, load_cases, send
from tests.contract.qdrant.server import Server, running

ENVIRONMENTS = {
    "auth": {"API_KEY": "admin-key-1234567890", "READ_ONLY_API_KEY": "read-key-1234567890"},
    "alt": {
        "API_KEY": "k1",
        "ALT_API_KEY": "k2",
        "JWT_RBAC": "true",
        "MAX_REQUEST_SIZE_MB": "1",
        "ENABLE_CORS": "false",
    },
}
"""How the recorded servers were configured, as far as it can be seen in their answers."""

KILLED_BEFORE = {"fo.get50_after_kill9", "cr.info_after"}
"""Cases before which the recorded server was killed and started again."""

Replayed = Callable[[str], dict[str, Answer]]


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """The answers to all cases of a recorded server, sent in order to an empty store."""

    @functools.cache
    def replay(name: str) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        folder = tmp_path_factory.mktemp(name)
        with running(folder, ENVIRONMENTS.get(name)) as server:
            for case in load_cases(name):
                if case.id in KILLED_BEFORE:
                    server.kill()
                    server.restart()
                if case.is_request:
                    answers[case.id] = send(server.port, case)
        return answers

    return replay


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server without keys."""
    with running(tmp_path_factory.mktemp("storage")) as started:
        yield started


@pytest.fixture(scope="module")
def keyed_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server with an admin and a read-only key, and tokens allowed."""
    keys = {"API_KEY": "admin" * 8, "READ_ONLY_API_KEY": "reader" * 6, "JWT_RBAC": "true"}
    with running(tmp_path_factory.mktemp("keyed"), keys) as started:
        yield started


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "storage"
