"""The answers that the gateway gives, as records for the OpenAPI page.

Answers are written from plain values; that they have these shapes is tested against the page.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class ErrorDetail(BaseModel):
    """What, why, what to do; `message`, `type`, `param` and `code` as in the OpenAI API."""

    message: str
    type: str
    param: str | None
    code: str
    what: str
    why: str
    remedy: str
    request_id: str


class ErrorAnswer(BaseModel):
    """Every answer that is no success."""

    error: ErrorDetail


class Usage(BaseModel):
    """Tokens that the model server computed."""

    prompt_tokens: int
    total_tokens: int


class SparseEmbeddingEntry(BaseModel):
    """A weight above 0 for each token id; ids ascend."""

    indices: list[int]
    values: list[float]


class EmbeddingEntry(BaseModel):
    """One vector: numbers, or base64 of little-endian float32. `sparse_embedding` is there if the
    request asked for it."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str
    sparse_embedding: SparseEmbeddingEntry | None = None


class EmbeddingsAnswer(BaseModel):
    """Vectors in the order of the input. `truncated` names the texts that were cut; `sparse_head`
    is the digest of the head that made the sparse vectors, which compare with those of no other."""

    object: Literal["list"]
    data: list[EmbeddingEntry]
    model: str
    usage: Usage
    truncated: list[int] | None = None
    sparse_head: str | None = None


class RerankDocument(BaseModel):
    """The document of a result."""

    text: str


class RerankEntry(BaseModel):
    """One document's place: `index` in the request, score between 0 and 1."""

    index: int
    relevance_score: float
    document: RerankDocument | None = None


class RerankUsage(BaseModel):
    """Tokens that the model server computed."""

    total_tokens: int


class RerankAnswer(BaseModel):
    """Documents by descending score."""

    id: str
    model: str
    results: list[RerankEntry]
    usage: RerankUsage
    truncated: list[int] | None = None


class Token(BaseModel):
    """One token; `start` and `stop` are byte offsets, null for special tokens."""

    id: int
    text: str
    special: bool
    start: int | None
    stop: int | None


class TokenizeEntry(BaseModel):
    """The tokens of one text."""

    index: int
    count: int
    tokens: list[Token] | None = None


class TokenizeAnswer(BaseModel):
    """Tokens in the order of the input."""

    model: str
    data: list[TokenizeEntry]


class SearchEntry(BaseModel):
    """One passage. `score` is the reranker's, null where it did not score the passage; `context`
    is the text of its section."""

    rank: int
    score: float | None
    fused_score: float
    leg_ranks: dict[str, int]
    doc_id: str
    title: str
    section: list[str]
    source: str
    lang: str
    position: int
    text: str
    context: str | None = None


class SearchAnswer(BaseModel):
    """Passages, best first. `degraded` says why they may be worse than they could be."""

    request_id: str
    answers: list[SearchEntry]
    found: dict[str, int]
    degraded: list[str]
    stage_ms: dict[str, float]


class ModelEntry(BaseModel):
    """One model: what it is, and the limits of its server.

    `label` is where a server without a real model says so. `sparse_head` is the digest of the head
    of the learned sparse vectors, null where the gateway makes none.
    """

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    role: Literal["embed", "rerank"]
    aliases: list[str]
    revision: str | None
    pooling: str | None
    dimensions: int | None
    max_input_tokens: int
    server_version: str
    dtype: str
    max_client_batch_size: int
    max_concurrent_requests: int
    max_batch_tokens: int
    label: str | None
    sparse_head: str | None


class ModelsAnswer(BaseModel):
    """The models that answer now."""

    object: Literal["list"]
    data: list[ModelEntry]


class HealthAnswer(BaseModel):
    """The process runs."""

    status: Literal["ok"]


class ReadyAnswer(BaseModel):
    """Whether requests can be served; `missing` names what does not answer."""

    status: Literal["ready", "degraded", "not_ready", "draining"]
    missing: list[str]
    problems: dict[str, str]
    has_collection: bool
