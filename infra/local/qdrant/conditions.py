"""One condition of a filter, from JSON to the engine's object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import qdrant_edge as edge

from infra.local.qdrant.errors import FormatError, RuleError
from infra.local.qdrant.point_ids import read_ids
from infra.local.qdrant.serde import (
    I64_MIN,
    Json,
    field,
    optional,
    untagged,
    want_bool,
    want_float,
    want_list,
    want_map,
    want_str,
    want_usize,
)

T = TypeVar("T")

_FIELD_CONDITIONS = (
    "match",
    "range",
    "geo_bounding_box",
    "geo_radius",
    "geo_polygon",
    "values_count",
    "is_empty",
    "is_null",
)


def read_field_condition(body: Json, path: str, *, text_is_substring: bool) -> edge.FieldCondition:
    key = field(body, "key", want_str)
    if all(body.get(name) is None for name in _FIELD_CONDITIONS):
        rule = "Validation error: At least one field condition must be specified [{}]"
        raise RuleError(f"{path}.__all__", rule)
    parts: dict[str, Any] = {
        "match": optional(body, "match", _substring_match if text_is_substring else _match),
        "range": optional(body, "range", _range),
        "geo_bounding_box": optional(body, "geo_bounding_box", _bounding_box),
        "geo_radius": optional(body, "geo_radius", _radius),
        "geo_polygon": optional(body, "geo_polygon", _polygon),
        "values_count": optional(body, "values_count", _values_count),
        "is_empty": optional(body, "is_empty", want_bool),
        "is_null": optional(body, "is_null", want_bool),
    }
    return checked_path(key, lambda: edge.FieldCondition(key, **parts))


def checked_path(path: str, make: Callable[[], T]) -> T:
    """What `make` returns, with the engine's complaint about a payload path as a 400."""
    try:
        return make()
    except ValueError as error:
        raise FormatError(f"Invalid json path: '{path}'") from error


def read_path(value: Any) -> str:
    """A path into payloads, as the engine understands it."""
    path = want_str(value)
    checked_path(path, lambda: edge.IsEmptyCondition(path))
    return path


def _match_value(body: Json) -> edge.MatchType:
    value: Any = body.get("value")
    if isinstance(value, bool):
        # The binding takes a Python bool for an integer; numpy's it takes for what it is.
        return edge.MatchValue(cast("bool", np.bool_(value)))
    if isinstance(value, str) or (isinstance(value, int) and _is_i64(value)):
        return edge.MatchValue(value)
    texts: dict[str, Any] = {
        "text": edge.MatchText,
        "text_any": edge.MatchTextAny,
        "phrase": edge.MatchPhrase,
        "prefix": edge.MatchPrefix,
    }
    for name, make in texts.items():
        if isinstance(body.get(name), str):
            return make(body[name])
    if "any" in body:
        return edge.MatchAny(_variants(body["any"]))
    if "except" in body:
        return edge.MatchExcept(_variants(body["except"]))
    raise FormatError("no match variant")


def _variants(value: Any) -> list[Any]:
    items = want_list(value)
    types = set(map(type, items))
    if types <= {str} or (types == {int} and all(map(_is_i64, items))):
        return items
    raise FormatError("neither all strings nor all integers")


def _is_i64(value: int) -> bool:
    """Whether a payload index can hold the integer."""
    return I64_MIN <= value < -I64_MIN


_match = untagged("MatchInterface", lambda value: _match_value(want_map(value)))


def _substring_value(body: Json) -> edge.MatchType:
    text = body.get("text")
    return edge.MatchSubstring(text) if isinstance(text, str) else _match_value(body)


_substring_match = untagged("MatchInterface", lambda value: _substring_value(want_map(value)))


def _range(value: Any) -> edge.RangeType:
    body = want_map(value)
    bounds = {name: body[name] for name in ("gte", "gt", "lte", "lt") if body.get(name) is not None}
    if not any(isinstance(bound, str) for bound in bounds.values()):
        return edge.RangeFloat(**{name: want_float(bound) for name, bound in bounds.items()})
    try:
        return edge.RangeDateTime(**{name: want_str(bound) for name, bound in bounds.items()})
    except ValueError as error:
        wrong = next(bound for bound in bounds.values() if not _is_datetime(bound))
        form = "accepted datetime format (RFC3339). Example: 2014-01-01T00:00:00Z"
        raise FormatError(f"'{wrong}' does not match {form}") from error


def _is_datetime(text: str) -> bool:
    try:
        edge.RangeDateTime(gte=text)
    except ValueError:
        return False
    return True


def _values_count(value: Any) -> edge.ValuesCount:
    body = want_map(value)
    bounds = {name: optional(body, name, want_usize) for name in ("gte", "gt", "lte", "lt")}
    return edge.ValuesCount(**bounds)


def read_geo_point(value: Any) -> edge.GeoPoint:
    body = want_map(value)
    lon, lat = field(body, "lon", want_float), field(body, "lat", want_float)
    try:
        return edge.GeoPoint(lon, lat)
    except ValueError as error:
        raise FormatError(f"Wrong format of GeoPoint payload: lat={lat}, lon={lon}") from error


def _bounding_box(value: Any) -> edge.GeoBoundingBox:
    body = want_map(value)
    top_left = field(body, "top_left", read_geo_point)
    return edge.GeoBoundingBox(top_left, field(body, "bottom_right", read_geo_point))


def _radius(value: Any) -> edge.GeoRadius:
    body = want_map(value)
    return edge.GeoRadius(field(body, "center", read_geo_point), field(body, "radius", want_float))


def _ring(value: Any) -> list[edge.GeoPoint]:
    points = field(want_map(value), "points", want_list)
    return [read_geo_point(point) for point in points]


def _polygon(value: Any) -> edge.GeoPolygon:
    body = want_map(value)
    interiors = [_ring(ring) for ring in optional(body, "interiors", want_list) or []]
    try:
        return edge.GeoPolygon(field(body, "exterior", _ring), interiors or None)
    except ValueError as error:
        raise FormatError(str(error)) from error


def _has_id(value: Any) -> edge.HasIdCondition:
    return edge.HasIdCondition(set(read_ids(value)))


def _has_vector(value: Any) -> edge.HasVectorCondition:
    return edge.HasVectorCondition(want_str(value))


def _is_empty(value: Any) -> edge.IsEmptyCondition:
    key = field(want_map(value), "key", want_str)
    return checked_path(key, lambda: edge.IsEmptyCondition(key))


def _is_null(value: Any) -> edge.IsNullCondition:
    key = field(want_map(value), "key", want_str)
    return checked_path(key, lambda: edge.IsNullCondition(key))


SIMPLE_CONDITIONS: dict[str, Callable[[Any], edge.ConditionType]] = {
    "is_empty": _is_empty,
    "is_null": _is_null,
    "has_id": _has_id,
    "has_vector": _has_vector,
}
"""Conditions that stand under one key of their own and hold no filter."""
