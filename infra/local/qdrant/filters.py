"""Filters: from JSON to the engine's object, with the server's strictness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.conditions import (
    SIMPLE_CONDITIONS,
    checked_path,
    read_field_condition,
)
from infra.local.qdrant.errors import FormatError
from infra.local.qdrant.field_index import FieldSchema
from infra.local.qdrant.point_ids import PointId
from infra.local.qdrant.serde import Json, field, want_map, want_str, want_usize

_CLAUSES = ("should", "min_should", "must", "must_not")


@dataclass(frozen=True)
class Place:
    """Where a condition sits.

    Args:
        path: in the body, for texts of rule errors.
        prefix: put before payload keys, inside a nested condition.
        substring_keys: keys whose `match.text` is a substring test.
    """

    path: str
    prefix: str = ""
    substring_keys: frozenset[str] = frozenset()

    def at(self, step: str) -> Place:
        return replace(self, path=f"{self.path}.{step}")


@dataclass(frozen=True)
class ReadFilter:
    """A filter as sent, already known to be well formed."""

    source: Json
    path: str

    def engine(self, indexes: Mapping[str, FieldSchema]) -> edge.Filter:
        """The engine's filter for a collection with these payload indexes.

        `match.text` on a field without a text index is a substring test, as in Qdrant 1.19; the
        engine, one release newer, would split the text into words.
        """
        keys = {key for key, body in keyed_conditions(self.source) if "text" in _match_of(body)}
        plain = {key for key in keys if key not in indexes or indexes[key].data_type != "text"}
        return _filter(self.source, Place(self.path, substring_keys=frozenset(plain)))


def read_filter(value: Any, path: str = "filter") -> ReadFilter:
    """A filter; `path` is where it sits in the body, for texts of rule errors."""
    _filter(value, Place(path))
    return ReadFilter(value, path)


def without_ids(base: edge.Filter | None, ids: Iterable[PointId]) -> edge.Filter | None:
    """`base`, less the points of `ids`."""
    excluded: set[edge.PointId] = set(ids)
    if not excluded:
        return base
    must: list[edge.ConditionType] | None = None if base is None else [base]
    return edge.Filter(must=must, must_not=[edge.HasIdCondition(excluded)])


def keyed_conditions(source: Any, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Every condition on a payload field, with the full key of that field."""
    if isinstance(source, list):
        for item in source:
            yield from keyed_conditions(item, prefix)
    elif isinstance(source, dict):
        if "key" in source and "filter" in source:
            yield from keyed_conditions(source["filter"], f"{prefix}{source['key']}[].")
        elif "key" in source:
            yield f"{prefix}{source['key']}", source
        else:
            for item in source.values():
                yield from keyed_conditions(item, prefix)


def read_condition(value: Any, place: Place) -> edge.ConditionType:
    """One condition, inside a filter or on its own in a formula."""
    body = want_map(value)
    if "key" in body:
        substring = f"{place.prefix}{body['key']}" in place.substring_keys
        return read_field_condition(body, place.path, text_is_substring=substring)
    if "nested" in body:
        return _nested(want_map(body["nested"]), place)
    for name, read in SIMPLE_CONDITIONS.items():
        if name in body:
            return read(body[name])
    return _filter(body, place)


def _filter(value: Any, place: Place) -> edge.Filter:
    body = want_map(value)
    for name in body:
        if name not in _CLAUSES:
            known = ", ".join(f"`{clause}`" for clause in _CLAUSES)
            raise FormatError(f"unknown field `{name}`, expected one of {known}")
    return edge.Filter(
        must=_clause(body, "must", place),
        should=_clause(body, "should", place),
        must_not=_clause(body, "must_not", place),
        min_should=_min_should(body.get("min_should"), place.at("min_should")),
    )


def _clause(body: Json, name: str, place: Place) -> list[edge.ConditionType] | None:
    value = body.get(name)
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    return [read_condition(item, place.at(f"{name}[{at}]")) for at, item in enumerate(items)]


def _min_should(value: Any, place: Place) -> edge.MinShould | None:
    if value is None:
        return None
    body = want_map(value)
    conditions = _clause(body, "conditions", place)
    if conditions is None:
        raise FormatError("missing field `conditions`")
    return edge.MinShould(conditions, field(body, "min_count", want_usize))


def _nested(body: Json, place: Place) -> edge.NestedCondition:
    key = field(body, "key", want_str)
    inside = replace(place.at("nested.filter"), prefix=f"{place.prefix}{key}[].")
    inner = field(body, "filter", lambda value: _filter(value, inside))
    return checked_path(key, lambda: edge.NestedCondition(key, inner))


def _match_of(body: Json) -> Json:
    match = body.get("match")
    return match if isinstance(match, dict) else {}
