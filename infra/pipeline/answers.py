"""What a search returns. Plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from infra.pipeline.legs import Leg
from infra.pipeline.records import Passage
from infra.pipeline.watch import Stage


class Degraded(StrEnum):
    """Why an answer may be worse than it could be."""

    DENSE_EMPTY = "dense_empty"
    BM25_RU_EMPTY = "bm25_ru_empty"
    BM25_EN_EMPTY = "bm25_en_empty"
    RERANK_OFF = "rerank_off"
    RERANK_UNAVAILABLE = "rerank_unavailable"


EMPTY_LEG = {
    Leg.DENSE: Degraded.DENSE_EMPTY,
    Leg.BM25_RU: Degraded.BM25_RU_EMPTY,
    Leg.BM25_EN: Degraded.BM25_EN_EMPTY,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One passage returned. `score` is the reranker's, between 0 and 1; None where it did not
    score the passage. `fused_score` only orders: it is no measure of relevance."""

    rank: int
    score: float | None
    fused_score: float
    leg_ranks: Mapping[Leg, int]
    passage: Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """The answers to one query. `found` counts what each leg that ran has found."""

    query: str
    answers: tuple[Answer, ...]
    found: Mapping[Leg, int]
    degraded: tuple[Degraded, ...]
    stage_ms: Mapping[Stage, float]
