"""Writes to points: checked against the collection, then applied as one engine operation each.

Checks come in the server's order. A wrong dimension is refused before the operation gets a number;
an unknown vector name uses a number up, and with `wait=false` it is answered like a success.
"""

from __future__ import annotations

import json
from typing import Any, assert_never

import qdrant_edge as edge

from infra.local.qdrant.errors import (
    CONVERSION_TEXT,
    ApiError,
    LateError,
    bad_request,
    unknown_vector,
    wrong_input,
)
from infra.local.qdrant.filters import ReadFilter
from infra.local.qdrant.serde import Json
from infra.local.qdrant.storage.collection import Collection
from infra.local.qdrant.vectors import Specs, dimension_text, embedded, engine_vector, fits
from infra.local.qdrant.writes import (
    ClearPayload,
    DeletePayload,
    DeletePoints,
    DeleteVectors,
    Operation,
    OverwritePayload,
    PointIn,
    SetPayload,
    UpdateVectors,
    Upsert,
    Write,
)

Update = edge.UpdateOperation


def run_write(collection: Collection, write: Write, *, wait: bool) -> Json:
    """Apply one write and return its `{operation_id, status}`.

    Raises:
        ApiError: refused; with `wait` also what only applying it finds out.
    """
    operation = write.operation
    _refuse_early(operation, write.shard_key)
    points = _embedded_points(operation, collection.specs)
    try:
        number = _apply(collection, operation, points)
    except LateError as error:
        if wait:
            raise
        number = error.number
    return update_result(number, wait=wait)


def update_result(number: int, *, wait: bool) -> Json:
    return {"operation_id": number, "status": "completed" if wait else "acknowledged"}


def _apply(collection: Collection, operation: Operation, points: list[PointIn]) -> int:
    refusal = _refusal(operation, points, collection.specs)
    if refusal is not None:
        raise LateError(refusal, collection.skip_number())
    return collection.update(_engine_operation(operation, points, collection))


def _refuse_early(operation: Operation, shard_key: Any) -> None:
    if shard_key is not None:
        raise wrong_input(f"Shard key {json.dumps(shard_key)} not found")
    empty_upsert = isinstance(operation, Upsert) and not operation.points
    empty_delete = isinstance(operation, DeletePoints) and operation.selector.ids == []
    if empty_upsert or empty_delete:
        raise bad_request("Empty update request")


def _embedded_points(operation: Operation, specs: Specs) -> list[PointIn]:
    """The points of a write with documents embedded and dimensions checked."""
    if not isinstance(operation, Upsert | UpdateVectors):
        return []
    points: list[PointIn] = []
    for point in operation.points:
        vectors = {
            name: embedded(vector, for_query=False) for name, vector in point.vectors.items()
        }
        for name, vector in vectors.items():
            text = dimension_text(specs[name], vector) if name in specs else None
            if text is not None:
                raise wrong_input(f"{text} for vector '{name}'")
        points.append(PointIn(point.id, {**vectors}, point.payload))
    return points


def _refusal(operation: Operation, points: list[PointIn], specs: Specs) -> ApiError | None:
    """What the server would only find out while applying the write."""
    for point in points:
        for name, vector in point.vectors.items():
            if name not in specs:
                return wrong_input(unknown_vector(name))
            if not fits(specs[name], vector):
                return wrong_input(CONVERSION_TEXT)
    if isinstance(operation, DeleteVectors):
        for name in operation.names:
            if name not in specs:
                return wrong_input(unknown_vector(name))
    return None


def _engine_operation(
    operation: Operation, points: list[PointIn], collection: Collection
) -> Update:
    specs = collection.specs
    match operation:
        case Upsert():
            condition = _engine_filter(operation.condition, collection)
            made = [_engine_point(point, specs) for point in points]
            return Update.upsert_points(made, condition, operation.mode)
        case UpdateVectors():
            condition = _engine_filter(operation.condition, collection)
            vectors = [
                edge.PointVectors(point.id, _engine_vectors(point, specs)) for point in points
            ]
            return Update.update_vectors(vectors, condition)
        case _:
            return _selected_operation(operation, collection)


def _selected_operation(
    operation: DeletePoints | SetPayload | DeletePayload | ClearPayload | DeleteVectors,
    collection: Collection,
) -> Update:
    """Operations on the points of a selector; ids win over a filter, as on the server."""
    ids: Any = operation.selector.ids
    matching = _engine_filter(operation.selector.filter, collection)
    match operation:
        case DeletePoints():
            by_ids, by_filter, args = Update.delete_points, Update.delete_points_by_filter, ()
        case OverwritePayload():
            args = (operation.payload, operation.key)
            by_ids, by_filter = Update.overwrite_payload, Update.overwrite_payload_by_filter
        case SetPayload():
            args = (operation.payload, operation.key)
            by_ids, by_filter = Update.set_payload, Update.set_payload_by_filter
        case DeletePayload():
            args = (operation.keys,)
            by_ids, by_filter = Update.delete_payload, Update.delete_payload_by_filter
        case ClearPayload():
            by_ids, by_filter, args = Update.clear_payload, Update.clear_payload_by_filter, ()
        case DeleteVectors():
            args = (operation.names,)
            by_ids, by_filter = Update.delete_vectors, Update.delete_vectors_by_filter
        case _:
            assert_never(operation)
    make: Any = by_filter if ids is None else by_ids
    return make(matching if ids is None else ids, *args)


def _engine_filter(condition: ReadFilter | None, collection: Collection) -> edge.Filter | None:
    return None if condition is None else condition.engine(collection.indexes)


def _engine_point(point: PointIn, specs: Specs) -> edge.Point:
    return edge.Point(point.id, _engine_vectors(point, specs), point.payload)


def _engine_vectors(point: PointIn, specs: Specs) -> Any:
    """The engine's form: the vector itself for an unnamed one, else a map of names."""
    vectors = {
        name: engine_vector(specs[name], vector, for_query=False)
        for name, vector in point.vectors.items()
    }
    return vectors.get("", vectors)
