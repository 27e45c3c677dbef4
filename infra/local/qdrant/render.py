"""Points in answers: engine records as the server prints them."""

from __future__ import annotations

from typing import Any

import numpy as np
import qdrant_edge as edge

from infra.local.qdrant.point_ids import shown_id
from infra.local.qdrant.selectors import Selection
from infra.local.qdrant.serde import Json


def shown_record(record: edge.Record, selection: Selection) -> Json:
    return {"id": shown_id(record.id), **_parts(record, selection)}


def shown_scored(point: edge.ScoredPoint, selection: Selection, *, scored: bool) -> Json:
    """A query's result. Without a scored query, version and score say nothing, as recorded."""
    return {
        "id": shown_id(point.id),
        "version": point.version + 1 if scored else 0,
        "score": shortest(point.score),
        **_parts(point, selection),
    }


def shortest(value: float) -> float:
    """The number with the fewest digits that is the same 32-bit float."""
    return float(str(np.float32(value)))


def _parts(point: edge.Record | edge.ScoredPoint, selection: Selection) -> Json:
    parts: Json = {}
    if selection.wants_payload:
        parts["payload"] = point.payload or {}
    if selection.wants_vector:
        parts["vector"] = _shown_vectors(point.vector)
    if point.order_value is not None:
        parts["order_value"] = point.order_value
    return parts


def _shown_vectors(vectors: Any) -> Any:
    if isinstance(vectors, dict):
        return {name: _shown_vector(vector) for name, vector in vectors.items()}
    return {} if vectors is None else _shown_vector(vectors)


def _shown_vector(vector: Any) -> Any:
    if isinstance(vector, edge.SparseVector):
        return {"indices": vector.indices, "values": _shortest_all(vector.values)}
    if vector and isinstance(vector[0], list):
        return [_shortest_all(row) for row in vector]
    return _shortest_all(vector)


def _shortest_all(values: list[float]) -> list[float]:
    return [float(text) for text in np.asarray(values, dtype=np.float32).astype(str)]
