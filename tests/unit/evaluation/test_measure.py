"""Measuring runs the pipeline's own search, asks each service once, and never measures half."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.errors import ServiceUnavailableError
from infra.evaluation.cached import CachedQueryEmbedder
from infra.evaluation.measure import measure_systems
from infra.evaluation.metrics import Metric
from infra.evaluation.systems import systems_of
from infra.pipeline.legs import Leg, leg_weights
from infra.pipeline.sparse.records import QueryVectors, SparseVector
from infra.settings import SearchSettings
from tests.unit.evaluation.builders import Fakes, judged
from tests.unit.pipeline.fakes import passage

PASSAGES = [
    passage("alpha one", doc_id="a.md"),
    passage("alpha two", doc_id="a.md", position=1),
    passage("beta query", doc_id="b.md"),
    passage("gamma", doc_id="c.md"),
]
FOUND = {Leg.DENSE: [0, 1, 2], Leg.BM25_RU: [3, 2], Leg.BM25_EN: list[int]()}
SETTINGS = SearchSettings(candidates_retrieved=10, candidates_reranked=3, top_k=1)
QUERY = judged("q", "b.md", text="query")


def test_each_system_is_scored_by_its_own_ranking() -> None:
    """Dense has b second (a counts once), the Russian leg second, the English leg nothing, and the
    reranker, which sees the word, first."""
    fakes = Fakes(PASSAGES, FOUND)
    found = measure_systems(fakes.services, systems_of(SETTINGS), [QUERY])
    mrr = {name: system.scores["q"][Metric.MRR] for name, system in found.items()}
    assert mrr["dense"] == mrr["bm25_ru"] == mrr["bm25"] == 0.5
    assert (mrr["bm25_en"], mrr["fused+rerank"]) == (0.0, 1.0)
    assert {name: system.empty for name, system in found.items() if system.empty} == {"bm25_en": 1}


def test_a_query_costs_one_embed_and_one_search() -> None:
    """Six systems on one query ask each service once and read no passage twice."""
    fakes = Fakes(PASSAGES, FOUND)
    measure_systems(fakes.services, systems_of(SETTINGS), [QUERY])
    assert fakes.embedder.embedded == ["query"]
    assert fakes.store.asked == [("query", list(leg_weights(SETTINGS)), 10)]
    assert len(fakes.reranker.seen) == 1
    fetched = [key for call in fakes.store.fetched for key in call]
    assert len(fetched) == len(set(fetched)) == 4


def test_an_answer_without_its_rerank_is_not_measured() -> None:
    """A reranker that goes away ends the run instead of lending its name to the fused order."""
    fakes = Fakes(PASSAGES, FOUND, ServiceUnavailableError("gone", why="test", remedy="none"))
    with pytest.raises(ServiceUnavailableError, match="half an answer"):
        measure_systems(fakes.services, systems_of(SETTINGS), [QUERY])


def test_progress_counts_queries() -> None:
    """The last call says that all are done."""
    seen: list[tuple[str, int, int]] = []
    measure_systems(
        Fakes(PASSAGES, FOUND).services,
        systems_of(SETTINGS),
        [QUERY, judged("q2", "a.md", text="other")],
        progress=lambda *step: seen.append(step),
    )
    assert seen == [("search", 1, 2), ("search", 2, 2)]


class Learned:
    """Makes both vectors of a query, and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def query_vectors(self, text: str) -> QueryVectors:
        self.asked.append(text)
        return QueryVectors(dense=[1.0], sparse=SparseVector(ids=(1,), weights=(1.0,)))


def test_the_learned_leg_is_a_system_where_it_is_on() -> None:
    """With `sparse: m3` the leg is measured by itself and its vectors are made once."""
    learned = Learned()
    fakes = Fakes(PASSAGES, {**FOUND, Leg.M3: [2, 3]})
    services = replace(fakes.services, sparse=CachedQueryEmbedder(learned))
    settings = SETTINGS.model_copy(update={"sparse": "m3"})
    found = measure_systems(services, systems_of(settings), [QUERY])
    assert found["m3"].scores["q"][Metric.MRR] == 1.0
    assert learned.asked == ["query"]
