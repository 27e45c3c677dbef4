"""Writes to points: the request bodies, read into records. Knows no collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import qdrant_edge as edge

from infra.local.qdrant.conditions import read_path
from infra.local.qdrant.errors import FormatError, RuleError
from infra.local.qdrant.filters import ReadFilter, read_filter
from infra.local.qdrant.point_ids import PointId, read_id, read_ids
from infra.local.qdrant.serde import (
    Json,
    field,
    optional,
    untagged,
    want_list,
    want_map,
    want_strings,
    want_variant,
)
from infra.local.qdrant.vectors import VectorValue, read_document, read_vector


@dataclass(frozen=True)
class PointIn:
    """A point, or only its vectors, as sent; the unnamed vector has the empty name."""

    id: PointId
    vectors: dict[str, VectorValue]
    payload: Json | None = None


@dataclass(frozen=True)
class Selector:
    """Which points a write touches: these ids, or those that match."""

    ids: list[PointId] | None = None
    filter: ReadFilter | None = None


@dataclass(frozen=True)
class Upsert:
    points: list[PointIn]
    condition: ReadFilter | None
    mode: edge.UpdateMode


@dataclass(frozen=True)
class DeletePoints:
    selector: Selector


@dataclass(frozen=True)
class SetPayload:
    selector: Selector
    payload: Json
    key: str | None


class OverwritePayload(SetPayload):
    """The payload becomes exactly this one."""


@dataclass(frozen=True)
class DeletePayload:
    selector: Selector
    keys: list[str]


@dataclass(frozen=True)
class ClearPayload:
    selector: Selector


@dataclass(frozen=True)
class UpdateVectors:
    points: list[PointIn]
    condition: ReadFilter | None


@dataclass(frozen=True)
class DeleteVectors:
    selector: Selector
    names: list[str]


Operation = (
    Upsert
    | DeletePoints
    | SetPayload
    | DeletePayload
    | ClearPayload
    | UpdateVectors
    | DeleteVectors
)


@dataclass(frozen=True)
class Write:
    """One operation; `shard_key` is kept only to be refused, no collection has any."""

    operation: Operation
    shard_key: Any = None


_MODES = {
    "upsert": edge.UpdateMode.Upsert,
    "insert_only": edge.UpdateMode.InsertOnly,
    "update_only": edge.UpdateMode.UpdateOnly,
}


def read_upsert(value: Any) -> Write:
    body = want_map(value)
    if "batch" in body:
        points = _batch(want_map(body["batch"]))
    elif "points" in body:
        points = [
            _point(item, f"points[{at}]", with_payload=True)
            for at, item in enumerate(want_list(body["points"]))
        ]
    else:
        raise FormatError("Invalid PointInsertOperations format")
    mode = optional(body, "update_mode", lambda name: want_variant(name, _MODES))
    condition = optional(body, "update_filter", lambda item: read_filter(item, "update_filter"))
    return Write(Upsert(points, condition, mode or edge.UpdateMode.Upsert), body.get("shard_key"))


def read_delete(value: Any) -> Write:
    return Write(DeletePoints(_points_selector(value)), _shard_key(value))


def read_set_payload(value: Any) -> Write:
    return _payload_write(value, SetPayload)


def read_overwrite_payload(value: Any) -> Write:
    return _payload_write(value, OverwritePayload)


def read_delete_payload(value: Any) -> Write:
    body = want_map(value)
    keys = [read_path(key) for key in field(body, "keys", want_list)]
    return Write(DeletePayload(_selector(body), keys), _shard_key(body))


def read_clear_payload(value: Any) -> Write:
    return Write(ClearPayload(_points_selector(value)), _shard_key(value))


def read_update_vectors(value: Any) -> Write:
    body = want_map(value)
    items = field(body, "points", want_list)
    points = [_point(item, f"points[{at}]", with_payload=False) for at, item in enumerate(items)]
    condition = optional(body, "update_filter", lambda item: read_filter(item, "update_filter"))
    return Write(UpdateVectors(points, condition), _shard_key(body))


def read_delete_vectors(value: Any) -> Write:
    body = want_map(value)
    names = field(body, "vector", want_strings)
    return Write(DeleteVectors(_selector(body), names), _shard_key(body))


_OPERATIONS: dict[str, Callable[[Any], Write]] = {
    "upsert": read_upsert,
    "delete": read_delete,
    "set_payload": read_set_payload,
    "overwrite_payload": read_overwrite_payload,
    "delete_payload": read_delete_payload,
    "clear_payload": read_clear_payload,
    "update_vectors": read_update_vectors,
    "delete_vectors": read_delete_vectors,
}


def read_batch(value: Any) -> list[Write]:
    """The operations of POST points/batch, in order."""
    return [_batch_item(item) for item in field(want_map(value), "operations", want_list)]


def _batch_item(value: Any) -> Write:
    body = want_map(value)
    for name, read in _OPERATIONS.items():
        if name in body:
            return read(body[name])
    raise FormatError("data did not match any variant of untagged enum UpdateOperation")


def _payload_write(value: Any, make: type[SetPayload]) -> Write:
    body = want_map(value)
    payload = field(body, "payload", want_map)
    selector = _selector(body)
    return Write(make(selector, payload, optional(body, "key", read_path)), _shard_key(body))


def _selector(body: Json) -> Selector:
    selector = Selector(optional(body, "points", read_ids), optional(body, "filter", read_filter))
    if selector.ids is None and selector.filter is None:
        raise FormatError("Either list of point ids or filter must be provided")
    return selector


def _read_points_selector(value: Any) -> Selector:
    if isinstance(value, list):
        return Selector(ids=read_ids(value))
    body = want_map(value)
    if "points" in body:
        return Selector(ids=read_ids(body["points"]))
    return Selector(filter=field(body, "filter", read_filter))


_points_selector = untagged("PointsSelector", _read_points_selector)


def _shard_key(value: Any) -> Any:
    return value.get("shard_key") if isinstance(value, dict) else None


def _point(value: Any, path: str, *, with_payload: bool) -> PointIn:
    body = want_map(value, "struct PointStruct")
    point_id = field(body, "id", read_id)
    if "vector" not in body:
        raise FormatError("missing field `vector`")
    vectors = _vector_struct(body["vector"], f"{path}.vector")
    return PointIn(point_id, vectors, optional(body, "payload", want_map) if with_payload else None)


def _vector_struct(value: Any, path: str) -> dict[str, VectorValue]:
    try:
        vectors = _read_vector_struct(value, path)
    except FormatError as error:
        text = "data did not match any variant of untagged enum VectorStruct"
        raise FormatError(text) from error
    for vector in vectors.values():
        if isinstance(vector, np.ndarray) and not len(vector):
            place = f"{path}.?.vector" if isinstance(value, dict) else f"{path}.vector"
            raise RuleError(place, "dense vector must not be empty")
    return vectors


def _read_vector_struct(value: Any, path: str) -> dict[str, VectorValue]:
    if isinstance(value, list):
        return {"": read_vector(value, path)}
    body = want_map(value)
    if isinstance(body.get("text"), str) and isinstance(body.get("model"), str):
        return {"": read_document(body)}
    return {name: read_vector(vector, f"{path}.?") for name, vector in body.items()}


def _batch(body: Json) -> list[PointIn]:
    ids = field(body, "ids", read_ids)
    vectors = _batch_vectors(body.get("vectors"), ids)
    payloads: list[Any] = optional(body, "payloads", want_list) or [None] * len(ids)
    if len(payloads) != len(ids):
        _refuse_lengths("payloads", len(ids), len(payloads))
    rows = zip(ids, vectors, payloads, strict=True)
    return [
        PointIn(point_id, own, None if payload is None else want_map(payload))
        for point_id, own, payload in rows
    ]


def _batch_vectors(value: Any, ids: list[PointId]) -> list[dict[str, VectorValue]]:
    """The vectors of each point, from one column or one column per name."""
    columns = {"": value} if isinstance(value, list) else want_map(value)
    points: list[dict[str, VectorValue]] = [{} for _ in ids]
    for name, column in columns.items():
        rows = want_list(column)
        if len(rows) != len(ids):
            _refuse_lengths("vectors", len(ids), len(rows))
        for point, row in zip(points, rows, strict=True):
            point[name] = read_vector(row, "batch.vectors.?")
    return points


def _refuse_lengths(what: str, ids: int, others: int) -> None:
    rule = f"number of ids and {what} must be equal ({ids} != {others})"
    raise RuleError("batch.batch", rule)
