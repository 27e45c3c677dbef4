"""Texts to vectors and scores through several calls: order, limits, checks."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.gateway.embedding import Embedded, Embedding
from infra.gateway.errors import RequestError, UpstreamError
from infra.gateway.lanes import Lane
from infra.gateway.reranking import Reranked, Reranking
from tests.unit.gateway.fake_tei import DIMENSIONS, FakeTei, usual, vector_of

WORDS = st.lists(st.integers(0, 12), min_size=1, max_size=60)


def texts_of(lengths: list[int]) -> list[str]:
    """Texts of mixed length, each with its number at the end."""
    return ["w " * length + str(number) for number, length in enumerate(lengths)]


def embed(tei: FakeTei, texts: list[str], **options: Any) -> Embedded:
    arguments: dict[str, Any] = {"lane": Lane.PASSAGES, "truncate": False} | options
    embedding = Embedding(tei.server, dimensions=DIMENSIONS)
    return asyncio.run(embedding.embed(texts, call=tei.call(), **arguments))


def rerank(tei: FakeTei, texts: list[str], *, truncate: bool = True) -> Reranked:
    reranking = Reranking(tei.server)
    return asyncio.run(
        reranking.rerank("query", texts, lane=Lane.PASSAGES, call=tei.call(), truncate=truncate)
    )


@given(lengths=WORDS, lane=st.sampled_from(list(Lane)))
@settings(deadline=None)
def test_rows_come_in_the_order_of_the_texts(lengths: list[int], lane: Lane) -> None:
    """However the list is sorted and parted, row n belongs to text n."""
    tei, texts = FakeTei(), texts_of(lengths)
    embedded = embed(tei, texts, lane=lane)
    assert np.allclose(embedded.rows, [vector_of(text) for text in texts], atol=1e-6)
    assert embedded.tokens == 10 * len(texts)
    assert all(len(body["inputs"]) <= 4 for _, body in tei.requests)


@given(lengths=WORDS)
@settings(deadline=None)
def test_scores_come_in_the_order_of_the_documents(lengths: list[int]) -> None:
    """Score n belongs to document n, whatever the server's own order."""
    tei, texts = FakeTei(role="rerank"), texts_of(lengths)
    reranked = rerank(tei, texts)
    assert list(reranked.scores) == [number / 10_000 for number in range(len(texts))]


def test_a_failing_call_fails_the_request_and_stops_the_rest() -> None:
    """One refused call is the answer; what has not begun is not begun any more."""

    def answer(path: str, body: dict[str, Any]) -> httpx.Response:
        is_bad = any(text.endswith(" 0") or text == "0" for text in body["inputs"])
        return httpx.Response(500) if is_bad else usual(path, body)

    tei = FakeTei(answer=answer)
    with pytest.raises(UpstreamError):
        embed(tei, texts_of([12, *[1] * 400]))
    assert len(tei.requests) < 30


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ([None] * DIMENSIONS, "not_finite"),
        ([0.6, 0.8, *[None] * (DIMENSIONS - 2)], "not_finite"),
        ([1.0] * (DIMENSIONS - 1), "bad_vector"),
        ([2.0, *[0.0] * (DIMENSIONS - 1)], "bad_vector"),
        ([0.0] * DIMENSIONS, "bad_vector"),
        (["x"] * DIMENSIONS, "bad_vector"),
        ({}, "bad_vector"),
    ],
)
def test_a_vector_that_cannot_be_used_is_refused(row: Any, code: str) -> None:
    """Null, another length, another norm, no numbers: 502, and counted under its reason."""

    def answer(_path: str, _body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=[row])

    tei = FakeTei(answer=answer)
    with pytest.raises(UpstreamError) as refused:
        embed(tei, ["text 1"])
    assert (refused.value.status, refused.value.code) == (502, code)
    assert f'reason="{code}"' in tei.metrics.text().decode()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ([{"index": 0, "score": None}], "not_finite"),
        ([{"index": 1, "score": 0.5}], "bad_upstream"),
        ([{"index": 0, "score": 0.5}, {"index": 0, "score": 0.4}], "bad_upstream"),
        ([], "bad_upstream"),
        ({"error": "?"}, "bad_upstream"),
        ([{"index": 0, "score": "high"}], "bad_upstream"),
    ],
)
def test_scores_that_cannot_be_used_are_refused(answer: Any, code: str) -> None:
    """A missing, doubled or absent score is the server's fault."""

    def reply(_path: str, _body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=answer)

    with pytest.raises(UpstreamError) as refused:
        rerank(FakeTei(role="rerank", answer=reply), ["text 1"])
    assert refused.value.code == code


def test_texts_over_the_window_are_named_or_cut() -> None:
    """The server's own tokenizer decides; a cut text is reported with its position."""
    texts = ["short 0", "w" * 100 + " 1", "short 2"]
    with pytest.raises(RequestError) as refused:
        embed(FakeTei(), texts)
    assert refused.value.code == "context_length_exceeded"
    assert "positions 1)" in refused.value.what
    assert embed(FakeTei(), texts, truncate=True).truncated == (1,)
    assert embed(FakeTei(), texts[::2]).truncated == ()


def test_a_pair_over_the_window_is_named_or_cut() -> None:
    """Query and document count together."""
    texts = ["w" * 40 + " 0", "w" * 60 + " 1"]
    assert rerank(FakeTei(role="rerank"), texts).truncated == (1,)
    with pytest.raises(RequestError) as refused:
        rerank(FakeTei(role="rerank"), texts, truncate=False)
    assert refused.value.param == "documents"


def test_fewer_dimensions_are_the_first_ones_at_norm_1() -> None:
    """Cut here, after the whole vector was checked; no direction left is a clear refusal."""
    cut = embed(FakeTei(), ["text 5999"], dimensions=1)
    assert cut.rows.tolist() == [[1.0]]

    def zeros_first(_path: str, _body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=[[0.0] * (DIMENSIONS - 1) + [1.0]])

    with pytest.raises(RequestError) as refused:
        embed(FakeTei(answer=zeros_first), ["text 1"], dimensions=2)
    assert (refused.value.status, refused.value.param) == (400, "dimensions")
