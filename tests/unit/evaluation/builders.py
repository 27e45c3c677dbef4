"""Small judged queries and services for the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.clock import FakeClock
from infra.evaluation.cached import CachedEmbedder, CachedReranker, CachedStore
from infra.evaluation.judged import JudgedQuery
from infra.evaluation.measure import Measured, Services
from infra.evaluation.metrics import Metric
from infra.pipeline.legs import Leg
from infra.pipeline.records import Language, Passage
from tests.unit.pipeline.fakes import FakeEmbedder, FakeLegs, FakeReranker


class Fakes:
    """Services over fakes, which stay at hand to see what they were asked."""

    def __init__(
        self,
        passages: Sequence[Passage],
        found: dict[Leg, list[int]],
        reranker_error: Exception | None = None,
    ) -> None:
        self.embedder = FakeEmbedder()
        self.reranker = FakeReranker(reranker_error)
        self.store = FakeLegs(passages, found)
        self.services = Services(
            embedder=CachedEmbedder(self.embedder),
            reranker=CachedReranker(self.reranker),
            store=CachedStore(self.store),
            clock=FakeClock(),
        )


def judged(
    query_id: str,
    *relevant: str,
    text: str = "",
    language: Language | None = Language.RUSSIAN,
    kind: str = "term",
) -> JudgedQuery:
    return JudgedQuery(
        query_id=query_id,
        text=text or query_id,
        language=language,
        kind=kind,
        grades=dict.fromkeys(relevant or ("d",), 1),
    )


def measured(ndcg: Mapping[str, float]) -> Measured:
    """Scores in which every metric has the same value."""
    scores = {query_id: dict.fromkeys(Metric, value) for query_id, value in ndcg.items()}
    return Measured(scores=scores, empty=0)
