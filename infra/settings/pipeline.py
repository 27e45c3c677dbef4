"""How documents become passages, and how a query becomes an answer."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from infra.settings.base import Settings


class PassageSettings(Settings):
    """How a document is cut."""

    max_tokens: int = Field(
        default=256,
        ge=32,
        le=8192,
        description="Longest passage, in tokens of the embed server. Rerank time grows with it. A "
        "change needs a re-index.",
    )
    overlap_tokens: int = Field(
        default=32,
        ge=0,
        le=1024,
        description="Tokens that neighbours in a section share. A change needs a re-index.",
    )

    @model_validator(mode="after")
    def _overlap_leaves_room(self) -> Self:
        if self.overlap_tokens * 2 > self.max_tokens:
            raise ValueError(
                f"overlap_tokens is {self.overlap_tokens}, more than half of max_tokens "
                f"{self.max_tokens}: passages would mostly repeat; set it to "
                f"{self.max_tokens // 2} or less"
            )
        return self


class SearchSettings(Settings):
    """How many candidates each stage hands on."""

    candidates_retrieved: int = Field(
        default=50,
        ge=1,
        le=200,
        description="Candidates each leg fetches, and the most that fusing keeps.",
    )
    candidates_reranked: int = Field(
        default=12,
        ge=0,
        le=200,
        description="Best fused candidates that the reranker scores: the largest part of a query's "
        "time on a T4. 0 switches the reranker off.",
    )
    top_k: int = Field(default=5, ge=1, le=100, description="Passages returned to the caller.")
    rrf_k: int = Field(
        default=60,
        ge=1,
        le=1000,
        description="Constant of reciprocal rank fusion: larger flattens the influence of rank.",
    )
    weight_dense: float = Field(
        default=1.0, ge=0, le=10, description="Weight of the dense leg in fusion; 0 leaves it out."
    )
    weight_bm25_ru: float = Field(
        default=0.6, ge=0, le=10, description="Weight of the Russian BM25 leg; 0 leaves it out."
    )
    weight_bm25_en: float = Field(
        default=0.6, ge=0, le=10, description="Weight of the English BM25 leg; 0 leaves it out."
    )

    @model_validator(mode="after")
    def _stages_narrow(self) -> Self:
        problems: list[str] = []
        if self.candidates_reranked > self.candidates_retrieved:
            problems.append(
                f"candidates_reranked is {self.candidates_reranked}, more than "
                f"candidates_retrieved {self.candidates_retrieved}: there would be nothing to "
                "rerank; lower it or retrieve more"
            )
        if self.top_k > self.candidates_retrieved:
            problems.append(
                f"top_k is {self.top_k}, more than candidates_retrieved "
                f"{self.candidates_retrieved}: retrieve at least as many as are returned"
            )
        if self.weight_dense + self.weight_bm25_ru + self.weight_bm25_en == 0:
            problems.append(
                "all three leg weights are 0, so no leg would run; give at least one of "
                "weight_dense, weight_bm25_ru, weight_bm25_en a positive weight"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self
