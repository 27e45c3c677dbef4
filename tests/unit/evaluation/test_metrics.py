"""Metrics against values calculated by hand, and what a ranking of documents is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.evaluation.metrics import Metric, document_ranking, score_rankings


def scores_of(grades: dict[str, int], ranking: list[str]) -> dict[Metric, float]:
    return dict(score_rankings({"q": grades}, {"q": ranking})["q"])


class TestScoreRankings:
    def test_one_relevant_document_at_rank_three(self) -> None:
        """nDCG is 1/log2(4), the reciprocal rank 1/3, everything is recalled."""
        assert scores_of({"a": 1}, ["x", "y", "a"]) == pytest.approx(
            {Metric.NDCG_10: 0.5, Metric.RECALL_50: 1.0, Metric.MRR: 1 / 3}
        )

    def test_grades_weigh(self) -> None:
        """The better document second: gains as they are, discounted by log2(rank + 1)."""
        ideal = 2 + 1 / math.log2(3)
        got = 1 + 2 / math.log2(3)
        assert scores_of({"a": 1, "b": 2}, ["a", "b"])[Metric.NDCG_10] == pytest.approx(got / ideal)

    def test_cut_offs(self) -> None:
        """nDCG sees ten documents, recall fifty, the reciprocal rank all."""
        ranking = [f"x{number}" for number in range(50)] + ["a"]
        scores = scores_of({"a": 1}, ranking)
        assert (scores[Metric.NDCG_10], scores[Metric.RECALL_50]) == (0, 0)
        assert scores[Metric.MRR] == pytest.approx(1 / 51)

    def test_nothing_found_is_zero(self) -> None:
        """An empty ranking is a measurement, the worst one."""
        assert set(scores_of({"a": 1}, []).values()) == {0.0}

    def test_half_of_the_relevant(self) -> None:
        """Recall is the share of relevant documents found."""
        assert scores_of({"a": 1, "b": 1, "c": 0}, ["a", "c"])[Metric.RECALL_50] == 0.5

    @given(st.permutations([f"d{number}" for number in range(12)]), st.integers(0, 11))
    def test_the_order_given_is_the_order_measured(self, ranking: list[str], at: int) -> None:
        """trec_eval sorts by score and id; a ranking of any ids must survive that."""
        scores = scores_of({ranking[at]: 1}, ranking)
        assert scores[Metric.MRR] == pytest.approx(1 / (at + 1))
        assert scores[Metric.NDCG_10] == pytest.approx(1 / math.log2(at + 2) if at < 10 else 0)


class TestDocumentRanking:
    def test_passages_collapse_to_their_best_rank(self) -> None:
        """A document stands where its first passage does."""
        assert document_ranking(["a", "b", "a", "c", "b"], frozenset()) == ["a", "b", "c"]

    def test_skipped_documents_leave_no_gap(self) -> None:
        """What counts neither way moves the others up."""
        assert document_ranking(["twin", "a", "b"], frozenset({"twin"})) == ["a", "b"]
