"""What of a judged set the collection holds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from infra.errors import InputFileError
from infra.evaluation.corpus import Coverage, coverage
from infra.pipeline.points import StoredPoint
from tests.unit.evaluation.builders import judged


class Documents:
    """A store that holds these documents."""

    def __init__(self, *doc_ids: str) -> None:
        self.doc_ids = doc_ids

    def stored(self, doc_ids: Sequence[str]) -> list[StoredPoint]:
        return [
            StoredPoint(point_id=doc_id, doc_id=doc_id, payload={})
            for doc_id in self.doc_ids
            if doc_id in doc_ids
        ]


def test_missing_documents_are_named() -> None:
    """Those that are relevant to any query and not there, each once."""
    queries = [judged("a", "x", "y"), judged("b", "y", "z")]
    assert coverage(Documents("y"), queries) == Coverage(relevant=3, missing=("x", "z"))


def test_a_foreign_collection_is_refused() -> None:
    """With none of the documents there, zeros would say nothing of the search."""
    with pytest.raises(InputFileError, match="none of the judged documents"):
        coverage(Documents("other"), [judged("a", "x")])
