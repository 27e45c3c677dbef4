"""Queries against a collection: ids and documents become vectors, then the engine runs the tree."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, assert_never, cast

import numpy as np
import qdrant_edge as edge

from infra.local.qdrant.errors import ApiError, bad_request, not_found, not_served, wrong_input
from infra.local.qdrant.filters import without_ids
from infra.local.qdrant.point_ids import PointId, shown_id
from infra.local.qdrant.queries import LookupFrom, QueryNode, QueryRequest
from infra.local.qdrant.query_kinds import (
    Context,
    ContextPair,
    Discover,
    Fuse,
    Nearest,
    OrderPoints,
    QueryKind,
    Ready,
    Recommend,
    SamplePoints,
    VectorInput,
)
from infra.local.qdrant.render import shown_scored
from infra.local.qdrant.serde import Json
from infra.local.qdrant.storage.collection import Collection
from infra.local.qdrant.vectors import VectorSpec, dimension_text, engine_vector, find_spec

Finder = Callable[[str], Collection]
"""A collection by name or alias; refuses one that is unknown or that the caller may not read."""

UNSCORED = (type(None), OrderPoints, SamplePoints)
"""Kinds of query whose results carry no score of their own."""


def run_query(find: Finder, collection: Collection, request: QueryRequest) -> list[Json]:
    """The points of one query, best first.

    Raises:
        ApiError: the query does not fit the collection.
    """
    if request.shard_key is not None:
        raise bad_request(f"Shard key {json.dumps(request.shard_key)} not found")
    engine = engine_request(find, collection, request)
    points = collection.read(lambda shard: shard.query(engine))
    scored = not isinstance(request.root.kind, UNSCORED)
    return [shown_scored(point, request.selection, scored=scored) for point in points]


def engine_request(
    find: Finder, collection: Collection, request: QueryRequest
) -> edge.QueryRequest:
    root = request.root
    resolved = _resolve(find, collection, root)
    return edge.QueryRequest(
        limit=root.limit,
        offset=request.offset,
        query=resolved.query,
        prefetches=resolved.prefetches,
        with_vector=request.selection.vector,
        with_payload=request.selection.payload,
        filter=resolved.filter,
        score_threshold=root.score_threshold,
        params=root.params.engine if root.params else None,
    )


@dataclass(frozen=True)
class _Resolved:
    """The engine's parts of one node."""

    query: edge.ScoringQueryType | None
    prefetches: list[edge.Prefetch]
    filter: edge.Filter | None


@dataclass
class _VectorSource:
    """Turns vector inputs of one node into vectors; remembers the ids it read."""

    find: Finder
    collection: Collection
    using: str
    lookup_from: LookupFrom | None
    ids: list[PointId] = field(default_factory=list[PointId])

    @property
    def spec(self) -> VectorSpec:
        return find_spec(self.collection.specs, self.using)

    def vector(self, given: VectorInput) -> edge.NamedVector:
        if isinstance(given, PointId):
            return self._stored(given)
        text = dimension_text(self.spec, given)
        if text is not None:
            raise wrong_input(text)
        return engine_vector(self.spec, given, for_query=True)

    def _stored(self, point_id: PointId) -> edge.NamedVector:
        source, name = self.collection, self.using
        if self.lookup_from is not None:
            source = find_lookup(self.find, self.lookup_from.collection)
            name = self.lookup_from.vector if self.lookup_from.vector is not None else name
        find_spec(source.specs, name)
        if source is self.collection:
            self.ids.append(point_id)
        selected: edge.WithVectorType = [name] if name else True
        records = source.read(lambda shard: shard.retrieve([point_id], False, selected))  # noqa: FBT003  # the engine takes it by position only
        if not records:
            raise not_found(f"No point with id {shown_id(point_id)} found")
        vectors: Any = records[0].vector
        vector = vectors.get(name) if isinstance(vectors, dict) else vectors
        if vector is None:
            raise not_found(f'Vector with name "{name}" for point not found')
        return vector


def find_lookup(find: Finder, name: str) -> Collection:
    """The collection that a query looks into besides its own; its 404 has other words."""
    try:
        return find(name)
    except ApiError as error:
        if error.status != 404:
            raise
        raise not_found(f"Collection {name} not found") from error


def _resolve(find: Finder, collection: Collection, node: QueryNode) -> _Resolved:
    if isinstance(node.kind, Fuse) and node.using is not None:
        raise bad_request("Fusion queries cannot be combined with the 'using' field.")
    if node.kind is None and node.prefetches:
        rule = "Can't have prefetches without defining a query."
        raise bad_request(f"A query is needed to merge the prefetches. {rule}")
    source = _VectorSource(find, collection, node.using or "", node.lookup_from)
    query = None if node.kind is None else _engine_query(node.kind, source, node.limit)
    base = node.filter.engine(collection.indexes) if node.filter else None
    return _Resolved(
        query=query,
        prefetches=[_prefetch(find, collection, child) for child in node.prefetches],
        filter=without_ids(base, source.ids),
    )


def _prefetch(find: Finder, collection: Collection, node: QueryNode) -> edge.Prefetch:
    resolved = _resolve(find, collection, node)
    return edge.Prefetch(
        limit=node.limit,
        query=resolved.query,
        prefetches=resolved.prefetches,
        params=node.params.engine if node.params else None,
        filter=resolved.filter,
        score_threshold=node.score_threshold,
    )


def _engine_query(kind: QueryKind, source: _VectorSource, limit: int) -> edge.ScoringQueryType:
    match kind:
        case Nearest():
            return _nearest(kind, source, limit)
        case Recommend():
            return _recommend(kind, source)
        case Discover():
            query = edge.DiscoverQuery(source.vector(kind.target), _pairs(kind.pairs, source))
            return edge.Query.Discover(query, source.using)
        case Context():
            return edge.Query.Context(edge.ContextQuery(_pairs(kind.pairs, source)), source.using)
        case Ready():
            return kind.engine
        case _:
            assert_never(kind)


def _nearest(kind: Nearest, source: _VectorSource, limit: int) -> edge.ScoringQueryType:
    vector = source.vector(kind.vector)
    if kind.mmr is None:
        return edge.Query.Nearest(vector, source.using)
    relevance = 1 - kind.mmr.diversity
    candidates = kind.mmr.candidates_limit or limit
    return edge.Mmr(vector, relevance, candidates, source.using)


def _recommend(kind: Recommend, source: _VectorSource) -> edge.ScoringQueryType:
    positives = [source.vector(item) for item in kind.positives]
    negatives = [source.vector(item) for item in kind.negatives]
    if kind.strategy == "average_vector":
        average = _average(positives, negatives, source.spec)
        return edge.Query.Nearest(average, source.using)
    query = edge.RecommendQuery(positives, negatives)
    if kind.strategy == "best_score":
        return edge.Query.RecommendBestScore(query, source.using)
    return edge.Query.RecommendSumScores(query, source.using)


def _average(
    positives: list[edge.NamedVector], negatives: list[edge.NamedVector], spec: VectorSpec
) -> edge.NamedVector:
    """Qdrant's averaging: twice the mean of the positives, less that of the negatives."""
    if spec.size is None or spec.multi:
        raise not_served("recommend by average over sparse or multi-vectors")
    if not positives:
        raise bad_request("At least one positive vector ID required with this strategy")
    mean = np.asarray(positives, dtype=np.float32).mean(axis=0)
    if negatives:
        mean = mean + mean - np.asarray(negatives, dtype=np.float32).mean(axis=0)
    return cast("list[float]", mean)


def _pairs(pairs: list[ContextPair], source: _VectorSource) -> list[edge.ContextPair]:
    return [
        edge.ContextPair(source.vector(pair.positive), source.vector(pair.negative))
        for pair in pairs
    ]
