"""The vector store as the pipeline uses it: passages in, candidates out.

Qdrant's names stop in this module, `collection.py` and `bm25.py`. Writes wait until they are
applied, and every one of them may be repeated without harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError
from qdrant_client import QdrantClient, models
from qdrant_client.conversions.common_types import PointId

from infra.errors import IncompatibleCollectionError
from infra.pipeline.bm25 import bm25_document
from infra.pipeline.collection import (
    CollectionSpec,
    checked_alias,
    ensure_collection,
    require_collection,
)
from infra.pipeline.embed import TextVectors, Vector
from infra.pipeline.fuse import Found
from infra.pipeline.legs import LEXICAL_LEGS, Leg
from infra.pipeline.model_text import model_text
from infra.pipeline.normalise import normalise
from infra.pipeline.points import (
    DOC_ID_FIELD,
    SECTION_FIELD,
    TEXT_FIELD,
    StoredPoint,
    passage_of,
    payload_of,
    point_id,
)
from infra.pipeline.records import Passage
from infra.pipeline.sparse.records import SparseVector
from infra.pipeline.stitch import stitched
from infra.pipeline.store_calls import StoreCalls
from infra.settings import StoreSettings

# Points in one page of a listing or one deletion: some hundred kilobytes without the texts.
_PAGE = 1000
# Documents named in one filter, and payload changes in one call.
_GROUP = 100


class PassageStore:
    """The passages of one collection."""

    def __init__(
        self,
        client: QdrantClient,
        calls: StoreCalls,
        *,
        spec: CollectionSpec,
        settings: StoreSettings,
        condition: models.Filter | None = None,
    ) -> None:
        """`condition` is what every point that a search finds must fulfil."""
        self._client = client
        self._calls = calls
        self._spec = spec
        self._settings = settings
        self._condition = condition

    def within(self, condition: models.Filter) -> PassageStore:
        """The same collection, of which searches find only what fulfils `condition`."""
        return PassageStore(
            self._client,
            self._calls,
            spec=self._spec,
            settings=self._settings,
            condition=condition,
        )

    @property
    def collection(self) -> str:
        """The real name of the collection that is read."""
        return self._spec.reads_from

    def ensure(self) -> None:
        """Make the collection where it is missing; see `ensure_collection` for errors."""
        ensure_collection(self._client, self._calls, self._spec)

    def require(self) -> None:
        """Find what there is to search, and read from there; see `require_collection`."""
        self._spec = require_collection(self._client, self._calls, self._spec)

    def check(self) -> bool:
        """Whether the collection is there, also when an earlier run stopped before the alias.

        Raises:
            IncompatibleCollectionError: the alias stands for something else.
        """
        if checked_alias(self._client, self._calls, self._spec) is not None:
            return True
        return self._calls.run(lambda: self._client.collection_exists(self._spec.name))

    def stored(self, doc_ids: Sequence[str]) -> list[StoredPoint]:
        """Every point of these documents."""
        points: list[StoredPoint] = []
        for start in range(0, len(doc_ids), _GROUP):
            group = models.MatchAny(any=list(doc_ids[start : start + _GROUP]))
            condition = models.FieldCondition(key=DOC_ID_FIELD, match=group)
            points.extend(self._listed(models.Filter(must=[condition])))
        return points

    def upsert(self, passages: Sequence[Passage], vectors: Sequence[TextVectors]) -> None:
        """Store passages with their vectors, replacing points of the same id."""
        points = [
            models.PointStruct(
                id=point_id(passage),
                payload=payload_of(passage),
                vector=self._vectors(passage, vector),
            )
            for passage, vector in zip(passages, vectors, strict=True)
        ]
        self._calls.run(lambda: self._client.upsert(self._spec.name, points, wait=True))

    def refresh(self, passages: Sequence[Passage]) -> None:
        """Bring the payloads of stored passages up to date; vectors stay."""
        for start in range(0, len(passages), _GROUP):
            operations = [
                models.OverwritePayloadOperation(
                    overwrite_payload=models.SetPayload(
                        payload=payload_of(passage), points=[point_id(passage)]
                    )
                )
                for passage in passages[start : start + _GROUP]
            ]
            self._calls.run(
                lambda operations=operations: self._client.batch_update_points(
                    self._spec.name, operations, wait=True
                )
            )

    def delete(self, point_ids: Sequence[str]) -> None:
        """Remove points; unknown ids are no error."""
        for start in range(0, len(point_ids), _PAGE):
            page = models.PointIdsList(points=list(point_ids[start : start + _PAGE]))
            self._calls.run(lambda page=page: self._client.delete(self._spec.name, page, wait=True))

    def search(
        self,
        *,
        vector: Vector,
        text: str,
        legs: Sequence[Leg],
        limit: int,
        sparse: SparseVector | None = None,
    ) -> dict[Leg, list[Found]]:
        """What each leg finds, best first, in one call; `text` is the normalised query.

        `vector` is for the dense leg, `sparse` for the learned sparse one, which finds nothing
        without.
        """
        able = [leg for leg in legs if leg is not Leg.M3 or sparse]
        requests = [self._request(leg, vector, text, limit, sparse) for leg in able]
        if not requests:
            return {leg: [] for leg in legs}
        answers = self._calls.run(
            lambda: self._client.query_batch_points(self.collection, requests)
        )
        found = {
            leg: [_found(point) for point in answer.points]
            for leg, answer in zip(able, answers, strict=True)
        }
        return {leg: found.get(leg, []) for leg in legs}

    def search_text(self, query: str, *, leg: Leg, limit: int) -> list[Found]:
        """What one lexical leg finds by itself, best first."""
        requests = [self._lexical_request(leg, normalise(query), limit)]
        answers = self._calls.run(
            lambda: self._client.query_batch_points(self.collection, requests)
        )
        return [_found(point) for point in answers[0].points]

    def passages(self, point_ids: Sequence[str]) -> dict[str, Passage]:
        """The passages behind ids; one that was removed in the meantime is left out."""
        records = self._calls.run(
            lambda: self._client.retrieve(self.collection, list(point_ids), with_payload=True)
        )
        return {str(record.id): self._passage(record) for record in records}

    def section_text(self, passages: Sequence[Passage]) -> dict[str, str]:
        """The text of the section around each passage, by `Passage.section_id`."""
        sections = {(passage.doc_id, passage.section_number) for passage in passages}
        if not sections:
            return {}
        wanted: list[models.Condition] = [
            models.Filter(must=[_equals(DOC_ID_FIELD, doc_id), _equals(SECTION_FIELD, number)])
            for doc_id, number in sorted(sections)
        ]
        by_section: dict[str, list[Passage]] = {}
        for record in self._scrolled(models.Filter(should=wanted), with_payload=True):
            passage = self._passage(record)
            by_section.setdefault(passage.section_id, []).append(passage)
        return {section_id: stitched(parts) for section_id, parts in by_section.items()}

    def _passage(self, record: models.Record) -> Passage:
        try:
            return passage_of(record.payload or {})
        except ValidationError as error:
            raise IncompatibleCollectionError(
                f"collection {self.collection} holds a point that is no passage",
                why=str(error.errors(include_url=False, include_input=False)[0]["msg"]),
                remedy="something else writes to it: give it another collection, or choose "
                "another name with `pulumi config set --path retrieval:store.collection NAME`",
            ) from error

    def _vectors(self, passage: Passage, given: TextVectors) -> dict[str, models.Vector]:
        text = model_text(passage)
        vectors: dict[str, models.Vector] = {Leg.DENSE.value: given.dense}
        for leg in LEXICAL_LEGS:
            vectors[leg.value] = bm25_document(leg, text, self._settings.bm25)
        if given.sparse:
            vectors[Leg.M3.value] = _weights(given.sparse)
        return vectors

    def _request(
        self, leg: Leg, vector: Vector, text: str, limit: int, sparse: SparseVector | None
    ) -> models.QueryRequest:
        if leg is Leg.M3 and sparse is not None:
            return models.QueryRequest(
                query=_weights(sparse), using=leg.value, limit=limit, filter=self._condition
            )
        if leg is Leg.DENSE:
            quantization = models.QuantizationSearchParams(
                rescore=self._settings.rescore, oversampling=self._settings.oversampling
            )
            return models.QueryRequest(
                query=vector,
                using=leg.value,
                limit=limit,
                filter=self._condition,
                params=models.SearchParams(quantization=quantization),
            )
        return self._lexical_request(leg, text, limit)

    def _lexical_request(self, leg: Leg, text: str, limit: int) -> models.QueryRequest:
        document = bm25_document(leg, text, self._settings.bm25)
        return models.QueryRequest(
            query=document, using=leg.value, limit=limit, filter=self._condition
        )

    def _listed(self, wanted: models.Filter) -> list[StoredPoint]:
        without_text = models.PayloadSelectorExclude(exclude=[TEXT_FIELD])
        return [
            StoredPoint(
                point_id=str(record.id),
                doc_id=str((record.payload or {}).get(DOC_ID_FIELD)),
                payload=record.payload or {},
            )
            for record in self._scrolled(wanted, with_payload=without_text)
        ]

    def _scrolled(
        self, wanted: models.Filter, *, with_payload: models.PayloadSelectorExclude | bool
    ) -> Iterator[models.Record]:
        offset: PointId | None = None
        while True:
            records, offset = self._calls.run(
                lambda offset=offset: self._client.scroll(
                    self.collection,
                    scroll_filter=wanted,
                    limit=_PAGE,
                    offset=offset,
                    with_payload=with_payload,
                )
            )
            yield from records
            if offset is None:
                return


def _equals(field: str, value: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def _weights(sparse: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(sparse.ids), values=list(sparse.weights))


def _found(point: models.ScoredPoint) -> Found:
    return Found(point_id=str(point.id), score=point.score)
