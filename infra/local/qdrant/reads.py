"""Plain reads: retrieve, scroll, count, facet; bodies read, then answered from the shard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.conditions import checked_path, read_path
from infra.local.qdrant.errors import FormatError, RuleError, not_found, wrong_input
from infra.local.qdrant.filters import ReadFilter, read_filter
from infra.local.qdrant.point_ids import PointId, read_id, read_ids, shown_id
from infra.local.qdrant.render import shown_record
from infra.local.qdrant.selectors import Selection, read_selection
from infra.local.qdrant.serde import (
    Json,
    field,
    optional,
    want_bool,
    want_float,
    want_map,
    want_str,
    want_usize,
    want_variant,
)
from infra.local.qdrant.storage.collection import Collection

DEFAULT_LIMIT = 10

_DIRECTIONS = {"asc": edge.Direction.Asc, "desc": edge.Direction.Desc}


@dataclass(frozen=True)
class Retrieve:
    ids: list[PointId]
    selection: Selection


@dataclass(frozen=True)
class Scroll:
    limit: int
    offset: PointId | None
    order_by: edge.OrderBy | None
    filter: ReadFilter | None
    selection: Selection


@dataclass(frozen=True)
class Count:
    exact: bool
    filter: ReadFilter | None


@dataclass(frozen=True)
class Facet:
    key: str
    limit: int
    exact: bool
    filter: ReadFilter | None


def read_retrieve(value: Any) -> Retrieve:
    body = want_map(value)
    return Retrieve(field(body, "ids", read_ids), read_selection(body, payload_default=False))


def read_scroll(value: Any) -> Scroll:
    body = want_map(value)
    return Scroll(
        limit=read_limit(body, "scroll_request.limit"),
        offset=optional(body, "offset", read_id),
        order_by=optional(body, "order_by", read_order_by),
        filter=optional(body, "filter", lambda item: read_filter(item, "scroll_request.filter")),
        selection=read_selection(body, payload_default=True),
    )


def read_count(value: Any) -> Count:
    body = want_map(value)
    exact = optional(body, "exact", want_bool)
    condition = optional(body, "filter", lambda item: read_filter(item, "count_request.filter"))
    return Count(exact is not False, condition)


def read_facet(value: Any) -> Facet:
    body = want_map(value)
    return Facet(
        key=field(body, "key", read_path),
        limit=read_limit(body, "facet_request.limit"),
        exact=optional(body, "exact", want_bool) or False,
        filter=optional(body, "filter", lambda item: read_filter(item, "facet_request.filter")),
    )


def read_limit(body: Json, path: str) -> int:
    limit = optional(body, "limit", want_usize)
    if limit == 0:
        raise RuleError(path, "value 0 invalid, must be 1 or larger")
    return DEFAULT_LIMIT if limit is None else limit


def read_order_by(value: Any) -> edge.OrderBy:
    if isinstance(value, str):
        return checked_path(value, lambda: edge.OrderBy(value))
    body = want_map(value)
    key = field(body, "key", want_str)
    direction = optional(body, "direction", lambda name: want_variant(name, _DIRECTIONS))
    start_from = optional(body, "start_from", _start_from)
    return checked_path(key, lambda: edge.OrderBy(key, direction, start_from))


def run_retrieve(collection: Collection, request: Retrieve) -> list[Json]:
    ids: list[edge.PointId] = list(dict.fromkeys(request.ids))
    selection = request.selection
    records = collection.read(
        lambda shard: shard.retrieve(ids, selection.payload, selection.vector)
    )
    return [shown_record(record, selection) for record in records]


def run_get(collection: Collection, point_id: PointId) -> Json:
    everything = Selection(payload=True, vector=True)
    found = run_retrieve(collection, Retrieve([point_id], everything))
    if not found:
        raise not_found(f"Point with id {shown_id(point_id)} does not exists!")
    return found[0]


def run_scroll(collection: Collection, request: Scroll) -> Json:
    if request.order_by is not None and request.offset is not None:
        raise wrong_input(
            "Cannot use an `offset` when using `order_by`. The alternative for paging is to use "
            "`order_by.start_from` and a filter to exclude the IDs that you've already seen for "
            "the `order_by.start_from` value"
        )
    scroll = edge.ScrollRequest(
        offset=request.offset,
        limit=request.limit,
        filter=_engine(collection, request.filter),
        with_payload=request.selection.payload,
        with_vector=request.selection.vector,
        order_by=request.order_by,
    )
    records, following = collection.read(lambda shard: shard.scroll(scroll))
    return {
        "points": _shown(records, request.selection),
        "next_page_offset": None if following is None else shown_id(following),
    }


def run_count(collection: Collection, request: Count) -> Json:
    count = edge.CountRequest(exact=request.exact, filter=_engine(collection, request.filter))
    return {"count": collection.read(lambda shard: shard.count(count))}


def run_facet(collection: Collection, request: Facet) -> Json:
    condition = _engine(collection, request.filter)
    facet = edge.FacetRequest(request.key, request.limit, request.exact, condition)
    hits = collection.read(lambda shard: shard.facet(facet)).hits
    return {"hits": [{"value": hit.value, "count": hit.count} for hit in hits]}


def _engine(collection: Collection, condition: ReadFilter | None) -> edge.Filter | None:
    return None if condition is None else condition.engine(collection.indexes)


def _shown(records: Sequence[edge.Record], selection: Selection) -> list[Json]:
    return [shown_record(record, selection) for record in records]


def _start_from(value: Any) -> edge.StartFromType:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return value
    try:
        return want_float(value)
    except FormatError as error:
        text = "data did not match any variant of untagged enum StartFrom"
        raise FormatError(text) from error
