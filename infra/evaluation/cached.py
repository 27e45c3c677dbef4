"""The pipeline's ports with a memory, so that many systems cost one embed, one search of each leg,
one read and one rerank of the same thing. A run's memory ends with it; nothing is stored.

Besides time this keeps a comparison fair: a model server that gives a text slightly other numbers
in another batch gives both sides the same ones here.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.pipeline.embed import Vector
from infra.pipeline.fuse import Found
from infra.pipeline.legs import Leg
from infra.pipeline.ports import Embedder, QueryEmbedder, Reranker, SearchStore
from infra.pipeline.records import Passage
from infra.pipeline.sparse.records import QueryVectors, SparseVector


class CachedEmbedder:
    """An `Embedder` that asks once for each text."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, Vector] = {}

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        del tokens  # queries are short: one call each, as the search makes it
        for text in texts:
            if text not in self._vectors:
                self._vectors[text] = self._embedder.embed([text])[0]
        return [self._vectors[text] for text in texts]

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        return self._embedder.batches(texts, tokens)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)


class CachedQueryEmbedder:
    """A `QueryEmbedder` that asks once for each query."""

    def __init__(self, embedder: QueryEmbedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, QueryVectors] = {}

    def query_vectors(self, text: str) -> QueryVectors:
        if text not in self._vectors:
            self._vectors[text] = self._embedder.query_vectors(text)
        return self._vectors[text]


class CachedReranker:
    """A `Reranker` that asks once for each pair."""

    def __init__(self, reranker: Reranker) -> None:
        self._reranker = reranker
        self._scores: dict[tuple[str, str], float] = {}

    def scores(self, query: str, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[float]:
        lengths = dict(zip(texts, tokens, strict=True)) if tokens else {}
        new = [text for text in dict.fromkeys(texts) if (query, text) not in self._scores]
        if new:
            scores = self._reranker.scores(query, new, [lengths[text] for text in new if lengths])
            for text, score in zip(new, scores, strict=True):
                self._scores[query, text] = score
        return [self._scores[query, text] for text in texts]


class CachedStore:
    """A `SearchStore` that searches a leg once for each query and limit, and reads a passage once.

    Legs that are not known yet are searched in one call: ask first for the system with most legs.
    """

    def __init__(self, store: SearchStore) -> None:
        self._store = store
        self._found: dict[tuple[str, Leg, int], list[Found]] = {}
        self._passages: dict[str, Passage | None] = {}

    def search(
        self,
        *,
        vector: Vector,
        text: str,
        legs: Sequence[Leg],
        limit: int,
        sparse: SparseVector | None = None,
    ) -> dict[Leg, list[Found]]:
        new = [leg for leg in legs if (text, leg, limit) not in self._found]
        if new:
            read = self._store.search(
                vector=vector, text=text, legs=new, limit=limit, sparse=sparse
            )
            self._found.update({(text, leg, limit): found for leg, found in read.items()})
        return {leg: self._found[text, leg, limit] for leg in legs}

    def passages(self, point_ids: Sequence[str]) -> dict[str, Passage]:
        new = [point_id for point_id in point_ids if point_id not in self._passages]
        if new:
            read = self._store.passages(new)
            self._passages.update({point_id: read.get(point_id) for point_id in new})
        known = {point_id: self._passages[point_id] for point_id in point_ids}
        return {point_id: passage for point_id, passage in known.items() if passage is not None}
