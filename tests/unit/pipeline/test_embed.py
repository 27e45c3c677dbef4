"""Embedding: order, limits, and no vector unchecked."""

from __future__ import annotations

import math

import pytest

from infra.clock import FakeClock
from infra.errors import CheckFailedError, ExitCode
from infra.pipeline.embed import EmbedClient, checked_vector
from infra.pipeline.retry import PATIENT
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import Reply
from infra.settings import EmbedSettings
from tests.unit.pipeline.fakes import DIMENSIONS, FakeTei, json_reply, vector_of


def embedder(tei: FakeTei, *, list_limit: int = 32) -> EmbedClient:
    calls = TeiCalls(tei, role="embed", policy=PATIENT, clock=FakeClock())
    settings = EmbedSettings(dimensions=DIMENSIONS, max_client_batch_size=list_limit)
    return EmbedClient(calls, settings)


def test_a_long_list_goes_in_calls_within_the_servers_limit() -> None:
    """Vectors come back in the order of the texts."""
    tei = FakeTei()
    texts = [f"text {n}" for n in range(11)]
    assert embedder(tei).embed(texts) == [vector_of(text) for text in texts]
    assert [len(payload["inputs"]) for payload in tei.payloads("/embed")] == [4, 4, 3]


def test_the_smaller_limit_of_server_and_settings_counts() -> None:
    """The settings may ask for shorter lists than the server takes."""
    tei = FakeTei()
    embedder(tei, list_limit=3).embed(["a"] * 6)
    assert [len(payload["inputs"]) for payload in tei.payloads("/embed")] == [3, 3]


def test_known_lengths_keep_calls_within_the_token_budget() -> None:
    """64 tokens are two texts of 30, padded."""
    tei = FakeTei()
    embedder(tei).embed(["a"] * 4, tokens=[30, 30, 30, 30])
    assert [len(payload["inputs"]) for payload in tei.payloads("/embed")] == [2, 2]


def test_only_strings_are_sent_and_nothing_may_be_truncated() -> None:
    """Token ids could end the server's process; truncation would be silent."""
    tei = FakeTei()
    embedder(tei).embed(["12 34"])
    assert tei.payloads("/embed") == [{"inputs": ["12 34"], "truncate": False}]


def test_tokens_are_counted_in_batches_with_special_ones() -> None:
    """The count is that of the server, for the text as it will be embedded."""
    tei = FakeTei()
    assert embedder(tei).count_tokens(["a b"] * 5 + ["a"]) == [4, 4, 4, 4, 4, 3]
    assert [len(payload["inputs"]) for payload in tei.payloads("/tokenize")] == [4, 2]


_UNIT = [1.0] + [0.0] * (DIMENSIONS - 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([1.0], "it has 1 numbers, the settings say 8"),
        ([None] * DIMENSIONS, "8 of its 8 numbers are not finite"),
        ([math.inf, *_UNIT[1:]], "1 of its 8 numbers are not finite"),
        ([0.0] * DIMENSIONS, "its norm is 0.0000"),
        ([1.002, *_UNIT[1:]], "its norm is 1.0020"),
    ],
)
def test_a_bad_vector_is_refused(row: list[float | None], reason: str) -> None:
    """Wrong length, missing or infinite numbers, and a norm that is not 1."""
    with pytest.raises(CheckFailedError, match=reason) as caught:
        checked_vector(row, DIMENSIONS)
    assert caught.value.exit_code is ExitCode.ANSWER_IS_NO


def test_the_tolerance_of_the_norm() -> None:
    """Half-precision rounding passes."""
    row = [1.0009, *_UNIT[1:]]
    assert checked_vector(row, DIMENSIONS) == row


@pytest.mark.parametrize(
    ("rows", "reason"),
    [([_UNIT], "1 vectors came back for 2 texts"), ([_UNIT, [None] * 8], "not finite")],
)
def test_every_vector_of_an_answer_is_checked(rows: list[list[float]], reason: str) -> None:
    """One bad row among good ones stops the call."""
    tei = FakeTei()
    client = embedder(tei)
    assert client.list_limit == 4
    tei.first.append(json_reply(rows))
    with pytest.raises(CheckFailedError, match=reason):
        client.embed(["a", "b"])


def test_a_refusal_can_be_observed() -> None:
    """Checks see the status instead of an error."""
    tei = FakeTei(Reply(422, b"{}"))
    assert embedder(tei).embed_status(["a"]) == 422
