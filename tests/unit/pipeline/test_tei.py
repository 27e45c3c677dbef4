"""Calls to TEI: what is tried again, what is refused, and what the operator is told."""

from __future__ import annotations

import pytest

from infra.clock import FakeClock
from infra.errors import OperatorError, ServiceRefusedError, ServiceUnavailableError
from infra.pipeline.embed import EmbedClient
from infra.pipeline.retry import RetryPolicy, TryAgainError
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import Reply
from infra.settings import EmbedSettings
from tests.unit.pipeline.fakes import DIMENSIONS, INFO, FakeTei, json_reply

_OVERLOADED = json_reply({"error": "Model is overloaded", "error_type": "Overloaded"}, 429)
_POLICY = RetryPolicy(attempts=3, total_s=10)


def client(tei: FakeTei, clock: FakeClock | None = None) -> EmbedClient:
    calls = TeiCalls(tei, role="embed", policy=_POLICY, clock=clock or FakeClock())
    return EmbedClient(calls, EmbedSettings(dimensions=DIMENSIONS))


def check_error(tei: FakeTei, kind: type[OperatorError], *words: str, tries: int = 1) -> None:
    with pytest.raises(kind) as caught:
        client(tei).served  # noqa: B018 (asking is the call under test)
    for word in words:
        assert word in str(caught.value)
    assert len(tei.calls) == tries


class TestRetries:
    """What may pass is tried again."""

    @pytest.mark.parametrize("failure", [_OVERLOADED, TryAgainError("Connection refused")])
    def test_a_passing_failure_is_waited_out(self, failure: Reply | TryAgainError) -> None:
        """Two failures cost two waits and then the answer comes."""
        clock = FakeClock()
        assert client(FakeTei(failure, failure), clock).served.model_id == "fake"
        assert clock.sleeps_s == [0.1, 0.2]

    def test_overload_that_stays_is_told(self) -> None:
        """The last status is part of the message."""
        check_error(FakeTei(*[_OVERLOADED] * 9), ServiceUnavailableError, "429", tries=3)

    def test_a_server_that_is_away_is_told(self) -> None:
        """The address, the reason and the command that helps."""
        tei = FakeTei(*[TryAgainError("Connection refused")] * 9)
        words = ("embed server at http://fake", "Connection refused", "pulumi up")
        check_error(tei, ServiceUnavailableError, *words, tries=3)


class TestRefusals:
    """An answer that says no is final."""

    def test_a_wrong_key(self) -> None:
        """The secret to look at is named."""
        check_error(FakeTei(Reply(401, b"")), ServiceRefusedError, "key", "tei_api_key")

    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (
                json_reply({"error": "batch size 5 > maximum", "error_type": "Validation"}, 422),
                "batch size 5",
            ),
            (Reply(413, b"length limit exceeded"), "length limit exceeded"),
            (json_reply({"error": "Model is not an embedding model"}, 424), "not an embedding"),
            (Reply(404, b""), "no reason"),
        ],
    )
    def test_the_servers_own_words_are_shown(self, reply: Reply, words: str) -> None:
        """413, 422 and the like are not tried again."""
        check_error(FakeTei(reply), ServiceRefusedError, words, str(reply.status))

    def test_a_server_error(self) -> None:
        """A 500 is not tried again; repeating the command is offered."""
        check_error(FakeTei(Reply(500, b"boom")), ServiceUnavailableError, "500", "boom")

    @pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"model_id": 1}', b""])
    def test_something_else_at_the_address(self, body: bytes) -> None:
        """An answer that is not TEI's is no crash."""
        check_error(FakeTei(Reply(200, body)), ServiceUnavailableError, "not TEI's")


def test_info_is_asked_once() -> None:
    """What the server runs does not change while it runs."""
    tei = FakeTei()
    embedder = client(tei)
    assert embedder.served is embedder.served
    assert len(tei.calls) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (4, "cls", "1.9")),
        ({"max_concurrent_requests": 2}, (2, "cls", "1.9")),
        ({"model_type": {"reranker": {}}, "version": "1.10.0"}, (4, None, "1.10")),
    ],
)
def test_what_info_says(changes: dict[str, object], expected: tuple[int, str | None, str]) -> None:
    """A list fits both limits; a reranker has no pooling; the minor version is what counts."""
    served = client(FakeTei(info={**INFO, **changes})).served
    assert (served.list_limit, served.pooling, served.minor_version) == expected
