"""The metrics of a ranking of documents, computed by trec_eval. Pure.

trec_eval sorts by score and breaks ties by document id, in single precision; so a ranking is handed
over as whole numbers that fall by one, and no tie can arise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol, cast

from infra.errors import ToolMissingError


class Metric(StrEnum):
    """One number between 0 and 1 for each query; 1 is best."""

    NDCG_10 = "ndcg_at_10"
    RECALL_50 = "recall_at_50"
    MRR = "mrr"

    @property
    def label(self) -> str:
        """The name that people know."""
        return {Metric.NDCG_10: "nDCG@10", Metric.RECALL_50: "recall@50", Metric.MRR: "MRR"}[self]


Scores = Mapping[Metric, float]

# As asked of trec_eval, and as it names the answer.
_ASKED = {
    Metric.NDCG_10: ("ndcg_cut.10", "ndcg_cut_10"),
    Metric.RECALL_50: ("recall.50", "recall_50"),
    Metric.MRR: ("recip_rank", "recip_rank"),
}


class _Evaluator(Protocol):
    def evaluate(self, run: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]: ...


def score_rankings(
    grades: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, Scores]:
    """The metrics of each query. An empty ranking scores 0.

    Args:
        grades: query id to document id to relevance, at least one above 0 for each query.
        rankings: query id to document ids, best first, each once; the same queries.

    Raises:
        ToolMissingError: trec_eval is not installed on this machine.
    """
    measured = _evaluator(grades).evaluate(
        {
            query_id: {doc_id: float(-rank) for rank, doc_id in enumerate(ranking)}
            for query_id, ranking in rankings.items()
        }
    )
    return {
        query_id: {metric: measured[query_id][name] for metric, (_, name) in _ASKED.items()}
        for query_id in rankings
    }


def document_ranking(passages: Sequence[str], skipped: frozenset[str]) -> list[str]:
    """The documents of ranked passages, each at its best rank; `skipped` ones are taken out."""
    return [doc_id for doc_id in dict.fromkeys(passages) if doc_id not in skipped]


def _evaluator(grades: Mapping[str, Mapping[str, int]]) -> _Evaluator:
    try:
        import pytrec_eval  # noqa: PLC0415 (not on every platform, see pyproject.toml)
    except ImportError as error:
        raise ToolMissingError(
            "trec_eval is not installed",
            why="pytrec-eval-terrier has no ready package for this platform (Linux on ARM)",
            remedy="install a C compiler, then `.venv/bin/python -m pip install "
            "pytrec-eval-terrier`",
        ) from error
    judged = {query_id: dict(documents) for query_id, documents in grades.items()}
    module = cast("Any", pytrec_eval)
    return module.RelevanceEvaluator(judged, {asked for asked, _ in _ASKED.values()})
