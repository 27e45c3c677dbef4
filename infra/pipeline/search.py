"""Answers a query: embed, search the legs, fuse, rerank. Nothing that is missing is silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.clock import Clock
from infra.errors import ServiceUnavailableError, UsageError
from infra.pipeline.answers import EMPTY_LEG, Answer, Degraded, SearchResult
from infra.pipeline.fuse import Fused, fuse
from infra.pipeline.legs import leg_weights
from infra.pipeline.model_text import model_text
from infra.pipeline.normalise import normalise
from infra.pipeline.ports import Embedder, Reranker, SearchStore
from infra.pipeline.records import Passage
from infra.pipeline.rerank import ranked
from infra.pipeline.watch import Stage, StopWatch
from infra.settings import SearchSettings


class Searcher:
    """Searches one collection with fixed settings."""

    def __init__(
        self,
        *,
        embedder: Embedder,
        reranker: Reranker,
        store: SearchStore,
        settings: SearchSettings,
        clock: Clock,
    ) -> None:
        self._embedder = embedder
        self._reranker = reranker
        self._store = store
        self._settings = settings
        self._clock = clock

    def search(
        self, query: str, *, top_k: int | None = None, with_rerank: bool = True
    ) -> SearchResult:
        """The best passages for `query`; `top_k` overrides the settings.

        When the reranker does not answer, the fused order is returned and flagged.

        Raises:
            UsageError: an empty query, or more answers wanted than candidates are retrieved.
        """
        wanted = self._settings.top_k if top_k is None else top_k
        text = _checked_query(query, wanted, self._settings.candidates_retrieved)
        watch = StopWatch(self._clock)
        weights = leg_weights(self._settings)

        with watch.stage(Stage.EMBED):
            vector = self._embedder.embed([text])[0]
        with watch.stage(Stage.SEARCH):
            found = self._store.search(
                vector=vector,
                text=text,
                legs=list(weights),
                limit=self._settings.candidates_retrieved,
            )
        degraded = [EMPTY_LEG[leg] for leg in weights if not found[leg]]
        with watch.stage(Stage.FUSE):
            candidates = fuse(
                found,
                weights=weights,
                k=self._settings.rrf_k,
                keep=self._settings.candidates_retrieved,
            )
        reranked = self._settings.candidates_reranked if with_rerank else 0
        with watch.stage(Stage.SEARCH):
            needed = [candidate.point_id for candidate in candidates[: max(reranked, wanted)]]
            passages = self._store.passages(needed) if needed else {}
        # A candidate whose passage was replaced since the legs ran is no candidate any more.
        candidates = [candidate for candidate in candidates if candidate.point_id in passages]
        scores: list[float] = []
        if not reranked:
            degraded.append(Degraded.RERANK_OFF)
        elif candidates:
            with watch.stage(Stage.RERANK):
                texts = [
                    model_text(passages[candidate.point_id]) for candidate in candidates[:reranked]
                ]
                try:
                    scores = self._reranker.scores(text, texts)
                except ServiceUnavailableError:
                    degraded.append(Degraded.RERANK_UNAVAILABLE)
        return SearchResult(
            query=query,
            answers=_answers(candidates, passages, scores, wanted),
            found={leg: len(points) for leg, points in found.items()},
            degraded=tuple(degraded),
            stage_ms=watch.stages_ms(),
        )


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
        )
        for rank, index in enumerate(order[:wanted], start=1)
    )
