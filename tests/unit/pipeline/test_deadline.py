"""The time of a query, and what the transports make of it."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
import requests

from infra.clock import FakeClock
from infra.errors import ServiceUnavailableError
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.retry import RetryPolicy, TryAgainError
from infra.pipeline.store_calls import StoreCalls
from infra.pipeline.store_transport import LimitedTransport
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import HttpTransport, Reply
from tests.unit.pipeline.fakes import FakeTei


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def limit(clock: FakeClock) -> TimeLimit:
    return TimeLimit(clock)


class TestTimeLimit:
    """Ends nest, and each thread has its own."""

    def test_outside_of_a_query_there_is_none(self, limit: TimeLimit) -> None:
        """A call gets what it would get anyway."""
        assert limit.left_s() == float("inf")
        assert limit.call_s(60) == 60

    def test_time_runs_out(self, limit: TimeLimit, clock: FakeClock) -> None:
        """A call gets what is left, and none begins after the end."""
        with limit.within(2):
            clock.now_s = 1.5
            assert limit.call_s(60) == 0.5
            clock.now_s = 2
            with pytest.raises(ServiceUnavailableError, match="time of the query is over"):
                limit.call_s(60)
        assert limit.call_s(60) == 60

    def test_an_inner_end_cannot_be_later(self, limit: TimeLimit) -> None:
        """And the outer one holds again after it."""
        with limit.within(2):
            with limit.within(5):
                assert limit.left_s() == 2
            with limit.within(1):
                assert limit.left_s() == 1
            assert limit.left_s() == 2

    def test_other_threads_have_their_own_end(self, limit: TimeLimit) -> None:
        """A query's end is not that of another query beside it."""
        seen: list[float] = []
        with limit.within(2):
            thread = threading.Thread(target=lambda: seen.append(limit.left_s()))
            thread.start()
            thread.join()
        assert seen == [float("inf")]


class Session(requests.Session):
    """Keeps how long a request may take, and sends none."""

    def __init__(self) -> None:
        super().__init__()
        self.timeouts: list[Any] = []

    def request(self, *_: Any, **given: Any) -> Any:
        self.timeouts.append(given["timeout"])
        raise requests.ConnectTimeout


@pytest.mark.parametrize("is_store", [True, False])
def test_a_service_that_took_all_the_time(
    limit: TimeLimit, clock: FakeClock, *, is_store: bool
) -> None:
    """More time is what helps then, not a look at what runs."""
    policy = RetryPolicy(attempts=3, total_s=10)

    def wait() -> None:
        clock.now_s += 5
        raise httpx_error()

    class SlowTei(FakeTei):
        def get(self, path: str) -> Reply:
            clock.now_s += 5
            return super().get(path)

    tei = SlowTei(TryAgainError("timed out"))
    store = StoreCalls(address="s", policy=policy, clock=clock, limit=limit)
    embed = TeiCalls(tei, role="embed", policy=policy, clock=clock, limit=limit)
    call = (lambda: store.run(wait)) if is_store else embed.info
    with limit.within(2), pytest.raises(ServiceUnavailableError, match="too slow") as caught:
        call()
    assert "--deadline-ms" in caught.value.remedy
    assert isinstance(caught.value.__cause__, TryAgainError)


class TestTransports:
    """Waits end with the query."""

    def test_model_servers(self, limit: TimeLimit, clock: FakeClock) -> None:
        """Connecting and silence, in seconds."""
        session = Session()
        transport = HttpTransport("http://e", api_key=None, session=session, limit=limit)
        with limit.within(2):
            clock.now_s = 1.75
            with pytest.raises(TryAgainError):
                transport.get("/info")
        with pytest.raises(TryAgainError):
            transport.get("/info")
        assert session.timeouts == [(0.25, 0.25), (5, 60)]

    def test_the_store(self, limit: TimeLimit) -> None:
        """The same for the store's client."""
        seen: list[dict[str, float]] = []

        def answer(request: httpx.Request) -> httpx.Response:
            seen.append(request.extensions["timeout"])
            return httpx.Response(200)

        transport = LimitedTransport(httpx.MockTransport(answer), limit=limit, most_s=60)
        with httpx.Client(transport=transport) as client:
            with limit.within(2):
                client.get("http://store")
            client.get("http://store")
        assert [(each["connect"], each["read"]) for each in seen] == [(2, 2), (5, 60)]

    def test_tries_end_with_the_query(self, limit: TimeLimit, clock: FakeClock) -> None:
        """Ten tries are allowed, but the time is that of four waits."""
        tei = FakeTei(*[TryAgainError("refused")] * 10)
        policy = RetryPolicy(attempts=10, total_s=100, first_wait_s=1)
        calls = TeiCalls(tei, role="embed", policy=policy, clock=clock, limit=limit)
        with limit.within(8), pytest.raises(ServiceUnavailableError, match="did not answer"):
            calls.info()
        assert clock.sleeps_s == [1, 2, 4]

    def test_tries_of_the_store_too(self, limit: TimeLimit, clock: FakeClock) -> None:
        """The same for calls of the store."""
        policy = RetryPolicy(attempts=10, total_s=100, first_wait_s=1)
        calls = StoreCalls(address="http://store", policy=policy, clock=clock, limit=limit)

        def fail() -> None:
            raise httpx_error()

        with limit.within(8), pytest.raises(ServiceUnavailableError, match="did not answer"):
            calls.run(fail)
        assert clock.sleeps_s == [1, 2, 4]

    def test_the_end_is_told_in_its_own_words(self, limit: TimeLimit, clock: FakeClock) -> None:
        """The store's client wraps what its transport raises; the operator reads the reason."""
        from qdrant_client import QdrantClient  # noqa: PLC0415 (slow, for one test)

        transport = LimitedTransport(
            httpx.MockTransport(lambda _: httpx.Response(200)), limit=limit, most_s=60
        )
        client = QdrantClient(
            url="http://store:6333", check_compatibility=False, transport=transport
        )
        policy = RetryPolicy(attempts=3, total_s=10)
        calls = StoreCalls(address="http://store", policy=policy, clock=clock, limit=limit)
        with (
            limit.within(0),
            pytest.raises(ServiceUnavailableError, match="time of the query is over"),
        ):
            calls.run(lambda: client.collection_exists("c"))
        client.close()
        assert clock.sleeps_s == []


def httpx_error() -> Exception:
    from qdrant_client.http.exceptions import (  # noqa: PLC0415 (slow, for one test)
        ResponseHandlingException,
    )

    return ResponseHandlingException(httpx.ConnectError("refused"))
