"""Runs the pipeline's own search over judged queries and scores what comes back.

Nothing is searched, fused or reranked here: a system is the `Searcher` with other settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from infra.clock import Clock
from infra.errors import ServiceUnavailableError
from infra.evaluation.cached import (
    CachedEmbedder,
    CachedQueryEmbedder,
    CachedReranker,
    CachedStore,
)
from infra.evaluation.judged import JudgedQuery
from infra.evaluation.metrics import Scores, document_ranking, score_rankings
from infra.evaluation.systems import System
from infra.pipeline.answers import SearchResult
from infra.pipeline.search import Searcher

# Milliseconds that one query may take: quality is measured here, not speed.
_PATIENCE_MS = 600_000

# Called as (stage, done, all).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What a search needs; systems that share these records share what they remember."""

    embedder: CachedEmbedder
    reranker: CachedReranker
    store: CachedStore
    clock: Clock
    sparse: CachedQueryEmbedder | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The scores of one system, and how many queries it found nothing for."""

    scores: Mapping[str, Scores]
    empty: int


def measure_systems(
    services: Services,
    systems: Sequence[System],
    queries: Sequence[JudgedQuery],
    *,
    progress: Progress = lambda _stage, _done, _all: None,
) -> dict[str, Measured]:
    """Each system on each query, by the name of the system.

    Raises:
        ServiceUnavailableError: a service did not answer; half a measurement is none.
    """
    results: dict[str, dict[str, SearchResult]] = {system.name: {} for system in systems}
    for number, query in enumerate(queries, start=1):
        # The last system has all legs, which makes one call of what would be one for each leg.
        for system in reversed(systems):
            results[system.name][query.query_id] = search(services, system, query.text)
        progress("search", number, len(queries))
    return {name: score_results(queries, found) for name, found in results.items()}


def search(services: Services, system: System, text: str) -> SearchResult:
    """Everything that a system ranks for a query: as many answers as candidates are retrieved.

    Raises:
        ServiceUnavailableError: a part of the answer is missing, which must not be measured as if
            it were whole.
    """
    searcher = Searcher(
        embedder=services.embedder,
        reranker=services.reranker,
        store=services.store,
        settings=system.search.model_copy(update={"deadline_ms": _PATIENCE_MS}),
        clock=services.clock,
        sparse=services.sparse,
    )
    depth = system.search.candidates_retrieved
    result = searcher.search(text, top_k=depth, with_rerank=system.reranks)
    missing = [flag.value for flag in result.degraded if flag.is_failure]
    if missing:
        raise ServiceUnavailableError(
            f"the query {text!r} got half an answer ({', '.join(missing)})",
            why="a service did not answer, and what is left must not be measured as if it were all",
            remedy="`retrieval status` shows what runs; repeat the command when it is back",
        )
    return result


def score_results(queries: Sequence[JudgedQuery], results: Mapping[str, SearchResult]) -> Measured:
    """The metrics of a system's answers, passages collapsed to their documents."""
    rankings = {
        query.query_id: document_ranking(
            [answer.passage.doc_id for answer in results[query.query_id].answers], query.skipped
        )
        for query in queries
    }
    return Measured(
        scores=score_rankings({query.query_id: query.grades for query in queries}, rankings),
        empty=sum(not results[query.query_id].answers for query in queries),
    )
