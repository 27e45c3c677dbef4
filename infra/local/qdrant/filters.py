"""Filters: from JSON to the engine's object, with the server's strictness."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.conditions import (
    SIMPLE_CONDITIONS,
    checked_path,
    read_field_condition,
)
from infra.local.qdrant.errors import FormatError
from infra.local.qdrant.point_ids import PointId
from infra.local.qdrant.serde import Json, field, want_map, want_str, want_usize

_CLAUSES = ("should", "min_should", "must", "must_not")


@dataclass(frozen=True)
class ReadFilter:
    """A filter in both forms: strict mode looks at the JSON, the engine gets its object."""

    engine: edge.Filter
    source: Json


def read_filter(value: Any, path: str = "filter") -> ReadFilter:
    """A filter; `path` is where it sits in the body, for texts of rule errors."""
    return ReadFilter(_filter(value, path), value)


def without_ids(base: edge.Filter | None, ids: Iterable[PointId]) -> edge.Filter | None:
    """`base`, less the points of `ids`."""
    excluded: set[edge.PointId] = set(ids)
    if not excluded:
        return base
    must: list[edge.ConditionType] | None = None if base is None else [base]
    return edge.Filter(must=must, must_not=[edge.HasIdCondition(excluded)])


def _filter(value: Any, path: str) -> edge.Filter:
    body = want_map(value)
    for name in body:
        if name not in _CLAUSES:
            known = ", ".join(f"`{clause}`" for clause in _CLAUSES)
            raise FormatError(f"unknown field `{name}`, expected one of {known}")
    return edge.Filter(
        must=_clause(body, "must", path),
        should=_clause(body, "should", path),
        must_not=_clause(body, "must_not", path),
        min_should=_min_should(body.get("min_should"), path),
    )


def _clause(body: Json, name: str, path: str) -> list[edge.ConditionType] | None:
    value = body.get(name)
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    return [read_condition(item, f"{path}.{name}[{at}]") for at, item in enumerate(items)]


def _min_should(value: Any, path: str) -> edge.MinShould | None:
    if value is None:
        return None
    body = want_map(value)
    conditions = _clause(body, "conditions", f"{path}.min_should")
    if conditions is None:
        raise FormatError("missing field `conditions`")
    return edge.MinShould(conditions, field(body, "min_count", want_usize))


def read_condition(value: Any, path: str) -> edge.ConditionType:
    """One condition, inside a filter or on its own in a formula."""
    body = want_map(value)
    if "key" in body:
        return read_field_condition(body, path)
    if "nested" in body:
        return _nested(want_map(body["nested"]), path)
    for name, read in SIMPLE_CONDITIONS.items():
        if name in body:
            return read(body[name])
    return _filter(body, path)


def _nested(body: Json, path: str) -> edge.NestedCondition:
    key = field(body, "key", want_str)
    inner = field(body, "filter", lambda value: _filter(value, f"{path}.nested.filter"))
    return checked_path(key, lambda: edge.NestedCondition(key, inner))
