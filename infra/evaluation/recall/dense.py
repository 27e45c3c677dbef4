"""The dense vectors of one collection: what is configured, counted and found. Qdrant's names stop
here and in `temporary.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qdrant_client import QdrantClient, models

from infra.pipeline.embed import Vector
from infra.pipeline.fuse import Found
from infra.pipeline.legs import Leg
from infra.pipeline.store_calls import StoreCalls

_EXACT = models.SearchParams(exact=True, quantization=models.QuantizationSearchParams(ignore=True))
_UNRESCORED = models.SearchParams(
    quantization=models.QuantizationSearchParams(ignore=False, rescore=False)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the store is with its own work.

    `indexed` and `vectors` count every named vector of every point; `resting` means that the store
    says it has nothing to do, `failure` is what it says went wrong.
    """

    indexed: int
    vectors: int
    resting: bool
    failure: str | None

    @property
    def share(self) -> float:
        """The indexed part, 0 to 1. A collection without vectors has nothing indexed."""
        return min(1.0, self.indexed / self.vectors) if self.vectors else 0.0


class DenseVectors:
    """Searches of one collection's dense vectors, exact and quantized."""

    def __init__(self, client: QdrantClient, calls: StoreCalls, collection: str) -> None:
        self._client = client
        self._calls = calls
        self._collection = collection

    def count(self) -> int:
        """Points that have a dense vector."""
        return self._count(Leg.DENSE.value)

    def quantization(self) -> dict[str, Any] | None:
        """The quantization that the dense vectors are configured with; None when it is off."""
        config = self._info().config
        vectors = config.params.vectors
        dense = vectors.get(Leg.DENSE.value) if isinstance(vectors, dict) else None
        own = None if dense is None else dense.quantization_config
        chosen = own or config.quantization_config
        return None if chosen is None else chosen.model_dump(mode="json", exclude_none=True)

    def progress(self) -> Progress:
        """How far indexing is."""
        info = self._info()
        params = info.config.params
        dense = params.vectors if isinstance(params.vectors, dict) else {}
        status = info.optimizer_status
        failed = isinstance(status, models.OptimizersStatusOneOf1)
        return Progress(
            indexed=info.indexed_vectors_count or 0,
            vectors=sum(self._count(name) for name in (*dense, *(params.sparse_vectors or {}))),
            resting=info.status is models.CollectionStatus.GREEN,
            failure=status.error if failed else None,
        )

    def exact(self, vector: Vector, *, limit: int, among: Sequence[str] = ()) -> list[Found]:
        """The nearest points by the original vectors, compared one by one; `among` these if any."""
        only = models.HasIdCondition(has_id=list(among))
        return self._found(vector, limit, _EXACT, models.Filter(must=[only]) if among else None)

    def unrescored(self, vector: Vector, *, limit: int) -> list[Found]:
        """The nearest points with the scores that the quantized vectors give."""
        return self._found(vector, limit, _UNRESCORED, None)

    def _found(
        self,
        vector: Vector,
        limit: int,
        params: models.SearchParams,
        condition: models.Filter | None,
    ) -> list[Found]:
        answer = self._calls.run(
            lambda: self._client.query_points(
                self._collection,
                query=vector,
                using=Leg.DENSE.value,
                limit=limit,
                search_params=params,
                query_filter=condition,
            )
        )
        return [Found(point_id=str(point.id), score=point.score) for point in answer.points]

    def _info(self) -> models.CollectionInfo:
        return self._calls.run(lambda: self._client.get_collection(self._collection))

    def _count(self, name: str) -> int:
        has_vector = models.Filter(must=[models.HasVectorCondition(has_vector=name)])
        answer = self._calls.run(
            lambda: self._client.count(self._collection, count_filter=has_vector, exact=True)
        )
        return answer.count
