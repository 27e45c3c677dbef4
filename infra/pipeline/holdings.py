"""What a collection holds by document, and the removal of whole documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from qdrant_client import QdrantClient, models
from qdrant_client.conversions.common_types import PointId

from infra.pipeline.points import DOC_ID_FIELD, ROOT_FIELD
from infra.pipeline.store_calls import StoreCalls

# Points in one page of a listing, of which only the document's id is asked for.
_PAGE = 5000
# Documents named in one filter.
_GROUP = 100


class Holdings:
    """The documents of one collection."""

    def __init__(self, client: QdrantClient, calls: StoreCalls, collection: str) -> None:
        self._client = client
        self._calls = calls
        self._collection = collection

    def points(self) -> int:
        """How many passages are stored."""
        counted = self._calls.run(lambda: self._client.count(self._collection, exact=True))
        return counted.count

    def documents(self, *, root: str | None = None) -> Counter[str]:
        """The number of passages by document id, of one root or of all; read page by page."""
        wanted = None if root is None else models.Filter(must=[_any_of(ROOT_FIELD, [root])])
        held: Counter[str] = Counter()
        offset: PointId | None = None
        while True:
            records, offset = self._calls.run(
                lambda offset=offset: self._client.scroll(
                    self._collection,
                    scroll_filter=wanted,
                    limit=_PAGE,
                    offset=offset,
                    with_payload=[DOC_ID_FIELD],
                )
            )
            held.update(str((record.payload or {}).get(DOC_ID_FIELD)) for record in records)
            if offset is None:
                return held

    def remove(self, doc_ids: Sequence[str], *, root: str) -> None:
        """Remove every passage of these documents of one root; unknown ids are no error."""
        for start in range(0, len(doc_ids), _GROUP):
            group = list(doc_ids[start : start + _GROUP])
            wanted = models.Filter(must=[_any_of(ROOT_FIELD, [root]), _any_of(DOC_ID_FIELD, group)])
            self._calls.run(
                lambda wanted=wanted: self._client.delete(
                    self._collection, models.FilterSelector(filter=wanted), wait=True
                )
            )


def _any_of(field: str, values: list[str]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=values))
