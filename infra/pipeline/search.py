"""Answers a query: retrieve, read the passages, rerank. Nothing that is missing is silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.clock import Clock
from infra.errors import ServiceUnavailableError, UsageError
from infra.pipeline.answers import Answer, Degraded, SearchResult
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.fuse import Fused
from infra.pipeline.lacks import Lacks
from infra.pipeline.model_text import model_text
from infra.pipeline.normalise import normalise
from infra.pipeline.ports import Embedder, QueryEmbedder, Reranker, SearchStore
from infra.pipeline.records import Passage
from infra.pipeline.rerank import ranked
from infra.pipeline.retrieve import Retriever
from infra.pipeline.watch import Stage, StopWatch
from infra.settings import SearchSettings

# Of the time that is left, what reranking may take: the fused order must still go out in time.
RERANK_SHARE = 0.95


class Searcher:
    """Searches one collection with fixed settings.

    `sparse` makes the vectors of the learned leg. `limit` is the one that the transports of the
    given clients read; without it their calls are bounded by their own time-outs only.
    """

    def __init__(  # noqa: PLR0913 (its parts, which tests and measurements replace one by one)
        self,
        *,
        embedder: Embedder,
        reranker: Reranker,
        store: SearchStore,
        settings: SearchSettings,
        clock: Clock,
        sparse: QueryEmbedder | None = None,
        limit: TimeLimit | None = None,
    ) -> None:
        self._reranker = reranker
        self._store = store
        self._settings = settings
        self._clock = clock
        self._limit = TimeLimit(clock) if limit is None else limit
        self._retriever = Retriever(
            embedder=embedder, sparse=sparse, store=store, settings=settings, limit=self._limit
        )

    def search(
        self,
        query: str,
        *,
        top_k: int | None = None,
        with_rerank: bool = True,
        deadline_ms: float | None = None,
    ) -> SearchResult:
        """The best passages for `query`; `top_k` and `deadline_ms` override the settings.

        A leg or a reranker that does not answer in time is left out and flagged.

        Raises:
            UsageError: an empty query, or more answers wanted than candidates are retrieved.
            ServiceUnavailableError: the store, or every leg, did not answer in time.
            ServiceRefusedError: a key or the query was refused.
        """
        wanted = self._settings.top_k if top_k is None else top_k
        text = _checked_query(query, wanted, self._settings.candidates_retrieved)
        deadline_s = (self._settings.deadline_ms if deadline_ms is None else deadline_ms) / 1000
        watch, lacks = StopWatch(self._clock), Lacks()
        with self._limit.within(deadline_s):
            retrieved = self._retriever.retrieve(text, watch=watch, lacks=lacks)
            reranked = self._settings.candidates_reranked if with_rerank else 0
            with watch.stage(Stage.SEARCH):
                best = retrieved.candidates[: max(reranked, wanted)]
                passages = self._passages([candidate.point_id for candidate in best])
            # A candidate whose passage was replaced since the legs ran is no candidate any more.
            candidates = [each for each in retrieved.candidates if each.point_id in passages]
            with watch.stage(Stage.RERANK):
                scored = [passages[each.point_id] for each in candidates[:reranked]]
                scores = self._scores(text, scored, lacks)
        if not reranked:
            lacks.note(Degraded.RERANK_OFF)
        return SearchResult(
            query=query,
            answers=_answers(candidates, passages, scores, wanted),
            found=retrieved.found,
            degraded=lacks.flags,
            stage_ms=watch.stages_ms(),
            problems=lacks.problems,
        )

    def _passages(self, point_ids: Sequence[str]) -> dict[str, Passage]:
        return self._store.passages(point_ids) if point_ids else {}

    def _scores(self, text: str, passages: Sequence[Passage], lacks: Lacks) -> list[float]:
        """A score for each passage, or none at all."""
        if not passages:
            return []
        texts = [model_text(passage) for passage in passages]
        tokens = [passage.tokens for passage in passages]
        try:
            with self._limit.within(RERANK_SHARE * self._limit.call_s(float("inf"))):
                return self._reranker.scores(text, texts, tokens)
        except ServiceUnavailableError as error:
            lacks.lost(Degraded.RERANK_UNAVAILABLE, error)
            return []


def _checked_query(query: str, wanted: int, retrieved: int) -> str:
    """The normalised query."""
    if not 1 <= wanted <= retrieved:
        raise UsageError(
            f"{wanted} answers cannot be returned",
            why=f"between 1 and candidates_retrieved ({retrieved}) can",
            remedy="choose --top-k in that range, or raise `retrieval:search.candidates_retrieved`",
        )
    try:
        query.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "the query is not valid text",
            why=f"the character at {error.start} cannot be written as UTF-8",
            remedy="type the query in a terminal whose encoding is UTF-8",
        ) from error
    text = normalise(query)
    if not text:
        raise UsageError(
            "the query is empty",
            why="there is nothing to look for",
            remedy='give a query in quotes: `retrieval search "закон Ома"`',
        )
    return text


def _answers(
    candidates: Sequence[Fused],
    passages: Mapping[str, Passage],
    scores: Sequence[float],
    wanted: int,
) -> tuple[Answer, ...]:
    """The reranked candidates in their new order, then the others in fused order."""
    order = [*ranked(scores), *range(len(scores), len(candidates))]
    return tuple(
        Answer(
            rank=rank,
            score=scores[index] if index < len(scores) else None,
            fused_score=candidates[index].score,
            leg_ranks=candidates[index].ranks,
            passage=passages[candidates[index].point_id],
            leg_scores=candidates[index].scores,
            leg_parts=candidates[index].parts,
        )
        for rank, index in enumerate(order[:wanted], start=1)
    )
