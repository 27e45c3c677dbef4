"""Queries: the request body, read into a tree of records. Knows no collection.

A query is a list of prefetches (queries themselves) and what is done with their results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.conditions import read_path
from infra.local.qdrant.errors import FormatError, RuleError
from infra.local.qdrant.filters import ReadFilter, read_filter
from infra.local.qdrant.query_kinds import QueryKind, read_query
from infra.local.qdrant.reads import read_limit
from infra.local.qdrant.selectors import Selection, read_selection
from infra.local.qdrant.serde import (
    Json,
    field,
    optional,
    want_bool,
    want_float,
    want_list,
    want_map,
    want_str,
    want_usize,
)


@dataclass(frozen=True)
class LookupFrom:
    """Where the vectors of point ids in a query are read."""

    collection: str
    vector: str | None


@dataclass(frozen=True)
class SearchParams:
    """Search parameters in both forms: strict mode judges them, the engine gets its object."""

    engine: edge.SearchParams
    hnsw_ef: int | None
    exact: bool
    oversampling: float | None


@dataclass(frozen=True)
class QueryNode:
    """One query with its prefetches; `kind` None takes points in order of id."""

    kind: QueryKind | None
    prefetches: list[QueryNode]
    using: str | None
    filter: ReadFilter | None
    params: SearchParams | None
    score_threshold: float | None
    limit: int
    lookup_from: LookupFrom | None


@dataclass(frozen=True)
class QueryRequest:
    """POST points/query; `shard_key` is kept only to be refused."""

    root: QueryNode
    offset: int
    selection: Selection
    shard_key: Any


@dataclass(frozen=True)
class GroupLookup:
    """From which collection each group fetches the point whose id is the group's."""

    collection: str
    selection: Selection


@dataclass(frozen=True)
class GroupsRequest:
    """POST points/query/groups."""

    request: QueryRequest
    group_by: str
    group_size: int
    lookup: GroupLookup | None


DEFAULT_GROUP_SIZE = 3


def read_query_request(value: Any) -> QueryRequest:
    body = want_map(value, "struct QueryRequestInternal")
    return QueryRequest(
        root=_node(body, ""),
        offset=optional(body, "offset", want_usize) or 0,
        selection=read_selection(body, payload_default=False),
        shard_key=body.get("shard_key"),
    )


def read_query_batch(value: Any) -> list[QueryRequest]:
    return [read_query_request(item) for item in field(want_map(value), "searches", want_list)]


def read_groups_request(value: Any) -> GroupsRequest:
    body = want_map(value)
    request = read_query_request(body)
    group_by = field(body, "group_by", read_path)
    size = optional(body, "group_size", want_usize)
    if size == 0:
        raise RuleError("group_size", "value 0 invalid, must be 1 or larger")
    return GroupsRequest(
        request=request,
        group_by=group_by,
        group_size=DEFAULT_GROUP_SIZE if size is None else size,
        lookup=optional(body, "with_lookup", _group_lookup),
    )


def read_search(value: Any) -> QueryRequest:
    """The retired POST points/search, as the query it always was."""
    body = want_map(value)
    if "limit" not in body:
        raise FormatError("missing field `limit`")
    vector = field(body, "vector", lambda item: item)
    query: Json = {key: item for key, item in body.items() if key not in {"vector", "using"}}
    if isinstance(vector, dict) and "name" in vector:
        query["using"] = vector["name"]
        vector = field(vector, "vector", lambda item: item)
    return read_query_request(query | {"query": vector})


def read_search_batch(value: Any) -> list[QueryRequest]:
    return [read_search(item) for item in field(want_map(value), "searches", want_list)]


def read_recommend(value: Any) -> QueryRequest:
    """The retired POST points/recommend, as the query it always was."""
    body = want_map(value)
    if "limit" not in body:
        raise FormatError("missing field `limit`")
    parts = ("positive", "negative", "strategy")
    query = {key: item for key, item in body.items() if key not in parts}
    recommend = {key: body[key] for key in parts if key in body}
    return read_query_request(query | {"query": {"recommend": recommend}})


def _node(body: Json, path: str) -> QueryNode:
    limit = read_limit(body, f"{path}limit")
    return QueryNode(
        kind=optional(body, "query", lambda value: read_query(value, f"{path}query")),
        prefetches=_prefetches(body.get("prefetch"), path),
        using=optional(body, "using", want_str),
        filter=optional(body, "filter", lambda value: read_filter(value, f"{path}filter")),
        params=optional(body, "params", lambda value: _params(value, f"{path}params")),
        score_threshold=optional(body, "score_threshold", want_float),
        limit=limit,
        lookup_from=optional(body, "lookup_from", _lookup_from),
    )


def _prefetches(value: Any, path: str) -> list[QueryNode]:
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    return [_node(want_map(item), f"{path}prefetch[{at}].") for at, item in enumerate(items)]


def _params(value: Any, path: str) -> SearchParams:
    body = want_map(value)
    hnsw_ef = optional(body, "hnsw_ef", want_usize)
    if hnsw_ef == 0:
        raise RuleError(f"{path}.hnsw_ef", "value 0 invalid, must be 1 or larger")
    exact = optional(body, "exact", want_bool) or False
    quantization = optional(body, "quantization", lambda item: _quantization(item, path))
    engine = edge.SearchParams(
        hnsw_ef=hnsw_ef,
        exact=exact,
        quantization=quantization,
        indexed_only=optional(body, "indexed_only", want_bool) or False,
        acorn=optional(body, "acorn", _acorn),
    )
    oversampling = None if quantization is None else quantization.oversampling
    return SearchParams(engine, hnsw_ef, exact, oversampling)


def _quantization(value: Any, path: str) -> edge.QuantizationSearchParams:
    body = want_map(value)
    oversampling = optional(body, "oversampling", want_float)
    if oversampling is not None and oversampling < 1:
        rule = f"value {oversampling} invalid, must be 1.0 or larger"
        raise RuleError(f"{path}.quantization.oversampling", rule)
    return edge.QuantizationSearchParams(
        ignore=optional(body, "ignore", want_bool) or False,
        rescore=optional(body, "rescore", want_bool),
        oversampling=oversampling,
    )


def _acorn(value: Any) -> edge.AcornSearchParams:
    body = want_map(value)
    enable = optional(body, "enable", want_bool) or False
    return edge.AcornSearchParams(enable, optional(body, "max_selectivity", want_float))


def _lookup_from(value: Any) -> LookupFrom:
    body = want_map(value)
    return LookupFrom(field(body, "collection", want_str), optional(body, "vector", want_str))


def _group_lookup(value: Any) -> GroupLookup:
    if isinstance(value, str):
        return GroupLookup(value, Selection(payload=True, vector=False))
    body = want_map(value)
    vectors = body.get("with_vectors")
    selection = read_selection(body | {"with_vector": vectors}, payload_default=True)
    return GroupLookup(field(body, "collection", want_str), selection)
