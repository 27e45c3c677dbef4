"""Failures of the vector store: what is tried again and what the operator reads."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException

from infra.clock import FakeClock
from infra.errors import OperatorError, ServiceRefusedError, ServiceUnavailableError
from infra.pipeline.retry import RetryPolicy
from infra.pipeline.store_calls import StoreCalls


class Store:
    """The official client on a transport that gives `answers` one after the other."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.clock = FakeClock()
        self.client = QdrantClient(
            url="http://store:6333",
            check_compatibility=False,
            transport=httpx.MockTransport(self._answer),
        )
        policy = RetryPolicy(attempts=3, total_s=10)
        self.calls = StoreCalls(address="http://store", policy=policy, clock=self.clock)

    def exists(self) -> bool:
        try:
            return self.calls.run(lambda: self.client.collection_exists("c"))
        finally:
            if not self.answers:
                self.client.close()

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def yes() -> httpx.Response:
    return httpx.Response(200, json={"result": {"exists": True}, "status": "ok", "time": 0.1})


def error(status: int, text: str = "words of the server") -> httpx.Response:
    return httpx.Response(status, json={"status": {"error": text}, "time": 0.1})


@pytest.mark.parametrize(
    "failure",
    [
        lambda: httpx.ConnectError("Connection refused"),
        lambda: httpx.ReadTimeout("timed out"),
        lambda: error(503),
        lambda: error(429),
        lambda: httpx.Response(429, headers={"retry-after": "1"}, json={"status": {"error": "x"}}),
    ],
)
def test_a_passing_failure_is_waited_out(failure: Callable[[], httpx.Response | Exception]) -> None:
    """Lost connections, overload and a store that restarts."""
    store = Store(failure(), failure(), yes())
    assert store.exists()
    assert store.clock.sleeps_s == [0.1, 0.2]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (httpx.Response(401, text="Invalid API key or JWT"), ServiceRefusedError, "qdrant_api_key"),
        (error(403, "Forbidden: Global access"), ServiceRefusedError, "Forbidden: Global access"),
        (error(400, "Wrong input: dim"), ServiceRefusedError, "Wrong input: dim"),
        (error(500, "panicked"), ServiceUnavailableError, "panicked"),
        (httpx.Response(404), ServiceRefusedError, "no reason"),
        (httpx.Response(200, text="<html>"), ServiceUnavailableError, "Qdrant's"),
        (httpx.Response(200, json={"time": 0.1}), ServiceUnavailableError, "returned None"),
        (
            httpx.Response(200, json={"result": {"exists": "?"}}),
            ServiceUnavailableError,
            "Qdrant's",
        ),
    ],
)
def test_a_final_failure_is_told_in_the_servers_words(
    answer: httpx.Response, kind: type[OperatorError], words: str
) -> None:
    """Keys, refusals, crashes, and something else at the address."""
    store = Store(*[answer] * 3)
    with pytest.raises(kind) as caught:
        store.exists()
    assert words in str(caught.value)
    assert "http://store" in caught.value.what
    store.client.close()


def test_a_store_that_stays_away() -> None:
    """All tries are used, then the reason and the way out are told."""
    store = Store(*[httpx.ConnectError("Connection refused")] * 3)
    with pytest.raises(ServiceUnavailableError, match="Connection refused") as caught:
        store.exists()
    assert isinstance(caught.value.__cause__, Exception)
    assert not isinstance(caught.value, ResponseHandlingException)
    assert "pulumi up" in caught.value.remedy
    assert store.answers == []
