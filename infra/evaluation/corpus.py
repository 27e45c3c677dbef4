"""What the searched collection holds, as far as a judged set is concerned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from infra.errors import InputFileError
from infra.evaluation.judged import JudgedQuery
from infra.pipeline.points import StoredPoint

# Judged documents named in one look-up.
_GROUP = 500


class DocumentStore(Protocol):
    """Where documents are looked up; see `PassageStore`."""

    def stored(self, doc_ids: Sequence[str]) -> list[StoredPoint]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How many relevant documents a set names, and which of them the collection lacks."""

    relevant: int
    missing: tuple[str, ...]


def coverage(store: DocumentStore, queries: Sequence[JudgedQuery]) -> Coverage:
    """Whether the documents that should be found are there to be found.

    Raises:
        InputFileError: none of them is: the numbers would say nothing of the search.
    """
    wanted = sorted({doc_id for query in queries for doc_id in query.relevant})
    there: set[str] = set()
    for start in range(0, len(wanted), _GROUP):
        there.update(point.doc_id for point in store.stored(wanted[start : start + _GROUP]))
    missing = tuple(doc_id for doc_id in wanted if doc_id not in there)
    if len(missing) == len(wanted):
        raise InputFileError(
            "the collection holds none of the judged documents",
            why=f"the set names {len(wanted)} relevant documents, the first is {wanted[0]}",
            remedy="index them with the ids of the set (`retrieval index PATH --root FOLDER`), or "
            "give judged queries of your own documents with --queries",
        )
    return Coverage(relevant=len(wanted), missing=missing)
