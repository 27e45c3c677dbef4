"""What the client takes and returns. Plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchFilters:
    """What an answer must fulfil; values of one field are alternatives, empty filters nothing."""

    doc_ids: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One passage. `score` is the reranker's, between 0 and 1; None where it did not score.

    `source` names the place in the document that a reader can open. `context` is the text of the
    section around the passage, None where it was not asked for.
    """

    rank: int
    score: float | None
    doc_id: str
    title: str
    section: tuple[str, ...]
    source: str
    lang: str
    text: str
    context: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchReply:
    """The passages, best first. `degraded` says why they may be worse than they could be."""

    request_id: str
    answers: tuple[Found, ...]
    degraded: tuple[str, ...]
    stage_ms: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class BothVectors:
    """The vectors of one text: dense, of norm 1, and the learned weights above 0 by token id."""

    dense: tuple[float, ...]
    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """One document of a rerank: its place in the request, and its score between 0 and 1."""

    index: int
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenCount:
    """Tokens of one text, special tokens included."""

    index: int
    count: int
