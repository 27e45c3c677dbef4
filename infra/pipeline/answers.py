"""What a search returns. Plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from infra.pipeline.legs import Leg
from infra.pipeline.records import Passage
from infra.pipeline.watch import Stage


class Degraded(StrEnum):
    """Why an answer may be worse than it could be.

    `..._empty`: a leg found nothing. `..._unavailable`: a part failed or was too slow, and the
    answer was made without it.
    """

    DENSE_EMPTY = "dense_empty"
    BM25_RU_EMPTY = "bm25_ru_empty"
    BM25_EN_EMPTY = "bm25_en_empty"
    M3_EMPTY = "m3_empty"
    DENSE_UNAVAILABLE = "dense_unavailable"
    BM25_RU_UNAVAILABLE = "bm25_ru_unavailable"
    BM25_EN_UNAVAILABLE = "bm25_en_unavailable"
    M3_UNAVAILABLE = "m3_unavailable"
    RERANK_OFF = "rerank_off"
    RERANK_UNAVAILABLE = "rerank_unavailable"

    @property
    def is_failure(self) -> bool:
        """Whether something that should have worked did not; an empty leg is no failure."""
        return self.value.endswith("_unavailable")


EMPTY_LEG = {
    Leg.DENSE: Degraded.DENSE_EMPTY,
    Leg.BM25_RU: Degraded.BM25_RU_EMPTY,
    Leg.BM25_EN: Degraded.BM25_EN_EMPTY,
    Leg.M3: Degraded.M3_EMPTY,
}

LOST_LEG = {
    Leg.DENSE: Degraded.DENSE_UNAVAILABLE,
    Leg.BM25_RU: Degraded.BM25_RU_UNAVAILABLE,
    Leg.BM25_EN: Degraded.BM25_EN_UNAVAILABLE,
    Leg.M3: Degraded.M3_UNAVAILABLE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One passage returned.

    `score` is the reranker's, between 0 and 1; None where it did not score the passage.
    `fused_score` only orders: it is no measure of relevance. It is the sum of `leg_parts`, what
    each leg's rank added. `leg_scores` are the legs' own numbers; those of two do not compare.
    """

    rank: int
    score: float | None
    fused_score: float
    leg_ranks: Mapping[Leg, int]
    passage: Passage
    leg_scores: Mapping[Leg, float] = field(default_factory=dict[Leg, float])
    leg_parts: Mapping[Leg, float] = field(default_factory=dict[Leg, float])


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """The answers to one query.

    `found` counts what each leg that ran has found; a leg that was lost is not in it. `problems`
    says, for each flag that is a failure, what happened and why.
    """

    query: str
    answers: tuple[Answer, ...]
    found: Mapping[Leg, int]
    degraded: tuple[Degraded, ...]
    stage_ms: Mapping[Stage, float]
    problems: Mapping[Degraded, str] = field(default_factory=dict[Degraded, str])
