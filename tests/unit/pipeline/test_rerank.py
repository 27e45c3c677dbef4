"""Reranking: calls within the limit, scores in the order of the texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clock import FakeClock
from infra.errors import ServiceUnavailableError
from infra.pipeline.rerank import RerankClient, ranked
from infra.pipeline.retry import PATIENT
from infra.pipeline.tei import TeiCalls
from infra.settings import RerankSettings
from tests.unit.pipeline.fakes import FakeTei, json_reply, overlap


def reranker(tei: FakeTei) -> RerankClient:
    calls = TeiCalls(tei, role="rerank", policy=PATIENT, clock=FakeClock())
    return RerankClient(calls, RerankSettings())


@given(st.lists(st.sampled_from(["a b", "a", "b c", "x"]), max_size=13))
def test_scores_belong_to_their_texts(texts: list[str]) -> None:
    """However many calls it takes, and whatever order an answer is in."""
    tei = FakeTei()
    assert reranker(tei).scores("a b", texts) == [overlap("a b", text) for text in texts]
    assert all(len(payload["texts"]) <= 4 for payload in tei.payloads("/rerank"))


@pytest.mark.parametrize(
    "ranks",
    [
        [{"index": 0, "score": 1.0}],
        [{"index": 0, "score": 1.0}, {"index": 0, "score": 1.0}],
        [{"index": 0, "score": 1.0}, {"index": 2, "score": 1.0}],
        [{"index": 0, "score": 1.0}, {"index": 1, "score": 1.0}, {"index": 1, "score": 0.5}],
    ],
)
def test_a_missing_or_double_score_is_an_error(ranks: list[dict[str, float]]) -> None:
    """A passage never goes without a score of its own."""
    tei = FakeTei()
    client = reranker(tei)
    assert client.served.list_limit == 4
    tei.first.append(json_reply(ranks))
    with pytest.raises(ServiceUnavailableError, match="left out scores"):
        client.scores("q", ["a", "b"])


def test_ties_keep_their_order() -> None:
    """TEI lists ties with the higher index first; the fused order is the better guess."""
    assert ranked([0.5, 0.9, 0.5, 0.9]) == [1, 3, 0, 2]


@given(st.lists(st.sampled_from(["a b", "a", "b c d e", "x y z"]), max_size=13))
def test_texts_of_like_length_share_a_call(texts: list[str]) -> None:
    """Longest first, within the server's list and its 64 tokens with padding, and the scores are
    in the order of the texts all the same."""
    tei = FakeTei()
    tokens = [10 * len(text.split()) for text in texts]
    assert reranker(tei).scores("a b", texts, tokens) == [overlap("a b", text) for text in texts]
    lengths = [[10 * len(text.split()) for text in p["texts"]] for p in tei.payloads("/rerank")]
    flat = [length for call in lengths for length in call]
    assert flat == sorted(flat, reverse=True)
    # Three characters of the query and two more special tokens come on top of each text.
    assert all(len(call) <= 4 for call in lengths)
    assert all(len(call) * (max(call) + 5) <= 64 or len(call) == 1 for call in lengths)
