"""Formula queries: the expression of a request as the engine's expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.conditions import read_geo_point, read_path
from infra.local.qdrant.errors import FormatError, wrong_input
from infra.local.qdrant.filters import Place, read_condition
from infra.local.qdrant.serde import (
    Json,
    field,
    optional,
    want_float,
    want_list,
    want_map,
    want_str,
)

Expression = edge.Expression

_CONDITION_KEYS = frozenset({
    "key", "is_empty", "is_null", "has_id", "has_vector", "nested",
    "must", "should", "must_not", "min_should",
})  # fmt: skip


def read_formula(body: Json) -> edge.Formula:
    """`{"formula": expression, "defaults": {...}}`."""
    expression = read_expression(body["formula"])
    defaults = optional(body, "defaults", want_map)
    try:
        return edge.Formula(expression, defaults)
    except ValueError as error:
        text = str(error).removeprefix("failed to parse formula: ")
        raise wrong_input(text) from error


def read_expression(value: Any) -> edge.Expression:
    if isinstance(value, str):
        return Expression.Variable(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Expression.Constant(float(value))
    body = want_map(value)
    if _CONDITION_KEYS & body.keys():
        return Expression.Condition(read_condition(body, Place("formula")))
    for name, read in _READERS.items():
        if name in body:
            return read(body[name])
    raise FormatError("data did not match any variant of untagged enum Expression")


def _unary(make: Callable[[edge.Expression], edge.Expression]) -> Callable[[Any], edge.Expression]:
    return lambda value: make(read_expression(value))


def _variadic(
    make: Callable[[list[edge.Expression]], edge.Expression],
) -> Callable[[Any], edge.Expression]:
    return lambda value: make([read_expression(item) for item in want_list(value)])


def _divide(value: Any) -> edge.Expression:
    body = want_map(value)
    left, right = field(body, "left", read_expression), field(body, "right", read_expression)
    return Expression.Div(left, right, optional(body, "by_zero_default", want_float))


def _power(value: Any) -> edge.Expression:
    body = want_map(value)
    base = field(body, "base", read_expression)
    return Expression.Pow(base, field(body, "exponent", read_expression))


def _geo_distance(value: Any) -> edge.Expression:
    body = want_map(value)
    return Expression.GeoDistance(
        field(body, "origin", read_geo_point), field(body, "to", read_path)
    )


def _decay(kind: edge.DecayKind) -> Callable[[Any], edge.Expression]:
    def read(value: Any) -> edge.Expression:
        body = want_map(value)
        return Expression.Decay(
            kind,
            field(body, "x", read_expression),
            optional(body, "target", read_expression),
            optional(body, "midpoint", want_float),
            optional(body, "scale", want_float),
        )

    return read


_READERS: dict[str, Callable[[Any], edge.Expression]] = {
    "sum": _variadic(Expression.Sum),
    "mult": _variadic(Expression.Mult),
    "neg": _unary(Expression.Neg),
    "abs": _unary(Expression.Abs),
    "sqrt": _unary(Expression.Sqrt),
    "exp": _unary(Expression.Exp),
    "log10": _unary(Expression.Log10),
    "ln": _unary(Expression.Ln),
    "div": _divide,
    "pow": _power,
    "geo_distance": _geo_distance,
    "datetime": lambda value: Expression.Datetime(want_str(value)),
    "datetime_key": lambda value: Expression.DatetimeKey(read_path(value)),
    "lin_decay": _decay(edge.DecayKind.Lin),
    "exp_decay": _decay(edge.DecayKind.Exp),
    "gauss_decay": _decay(edge.DecayKind.Gauss),
}
