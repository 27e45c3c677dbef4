"""`with_payload` and `with_vector`: which parts of a point an answer carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.conditions import read_path
from infra.local.qdrant.errors import FormatError
from infra.local.qdrant.serde import Json, untagged, want_list, want_strings


@dataclass(frozen=True)
class Selection:
    """The parts to answer with, in the engine's form."""

    payload: edge.WithPayloadType
    vector: edge.WithVectorType

    @property
    def wants_payload(self) -> bool:
        return self.payload is not False

    @property
    def wants_vector(self) -> bool:
        return self.vector is not False


def _payload(value: Any) -> edge.WithPayloadType:
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return edge.PayloadSelector.Include(_paths(value))
    if isinstance(value, dict):
        for name, make in (
            ("include", edge.PayloadSelector.Include),
            ("exclude", edge.PayloadSelector.Exclude),
        ):
            if name in value:
                return make(_paths(value[name]))
    raise FormatError("no selector form")


def _paths(value: Any) -> list[str]:
    return [read_path(path) for path in want_list(value)]


def _vector(value: Any) -> edge.WithVectorType:
    return value if isinstance(value, bool) else want_strings(value)


read_payload = untagged("WithPayloadInterface", _payload)
read_vector_selector = untagged("WithVector", _vector)


def read_selection(body: Json, *, payload_default: bool) -> Selection:
    payload, vector = body.get("with_payload"), body.get("with_vector")
    return Selection(
        payload_default if payload is None else read_payload(payload),
        False if vector is None else read_vector_selector(vector),
    )
