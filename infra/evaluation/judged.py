"""Judged queries: what was asked, and which documents answer it. Plain records.

`docs/quality.md` says how the sample's set is judged and what `skipped` is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from infra.pipeline.records import Language

CROSS_LINGUAL = "cross-lingual"
"""The kind of a query whose answer is in the other language; never part of a main mean."""


class JudgedFormat(StrEnum):
    """How a judged set is written down."""

    LESSONS = "lessons"
    TREC = "trec"
    BEIR = "beir"


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedQuery:
    """One query with its judgements.

    `grades` maps a document to its relevance, 0 for judged and not relevant; at least one is above
    0. Documents in `skipped` are neither right nor wrong and leave a ranking before it is measured.
    `kind` is empty in sets without kinds; `language` is None for a query without letters.
    """

    query_id: str
    text: str
    language: Language | None
    kind: str
    grades: Mapping[str, int]
    skipped: frozenset[str] = frozenset()

    @property
    def relevant(self) -> frozenset[str]:
        """The documents that answer the query."""
        return frozenset(doc_id for doc_id, grade in self.grades.items() if grade > 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedSet:
    """All queries of one set. `without_answer` counts those left out, which no document answers."""

    queries: tuple[JudgedQuery, ...]
    without_answer: int
