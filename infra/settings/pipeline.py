"""How documents become passages, and how a query becomes an answer."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from infra.settings.base import Settings
from infra.settings.learned_sparse import LearnedSparse


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
    with_headings: bool = Field(
        default=True,
        description="Whether the models see title and headings above each passage. They count "
        "towards max_tokens. A change needs a re-index.",
    )
    section_max_tokens: int = Field(
        default=2048,
        ge=32,
        le=65_536,
        description="Longest section that `search --context` shows around a passage; a longer one "
        "is parted. A change takes effect when documents are indexed again; nothing is embedded "
        "anew.",
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


class IndexSettings(Settings):
    """How documents are put into the store."""

    embed_calls_in_flight: int = Field(
        default=3,
        ge=1,
        le=64,
        description="Calls to the embed server that indexing keeps in flight, within what the "
        "server admits. Two keep one GPU busy; more only makes queries wait longer meanwhile.",
    )


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
    sparse: LearnedSparse = Field(
        default="off",
        description="`m3`: a leg of bge-m3's learned sparse weights too. Needs `store.sparse: m3`; "
        "a query costs one call with a row for each token more.",
    )
    weight_m3: float = Field(
        default=0.6,
        ge=0,
        le=10,
        description="Weight of the learned sparse leg in fusion, where `sparse` is `m3`; 0 leaves "
        "it out.",
    )
    deadline_ms: int = Field(
        default=5000,
        ge=50,
        le=600_000,
        description="Time for one query. What is not ready by then is left out and flagged.",
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
        weight_m3 = self.weight_m3 if self.sparse == "m3" else 0
        if self.weight_dense + self.weight_bm25_ru + self.weight_bm25_en + weight_m3 == 0:
            problems.append(
                "all leg weights are 0, so no leg would run; give at least one of weight_dense, "
                "weight_bm25_ru, weight_bm25_en a positive weight"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self
