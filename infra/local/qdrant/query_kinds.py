"""What a query asks for: nearest, recommend, discover, fuse, order, formula, sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import qdrant_edge as edge

from infra.local.qdrant.errors import FormatError, RuleError, not_served
from infra.local.qdrant.formulas import read_formula
from infra.local.qdrant.point_ids import PointId, read_id
from infra.local.qdrant.reads import read_order_by
from infra.local.qdrant.serde import (
    Json,
    field,
    optional,
    want_float,
    want_list,
    want_map,
    want_usize,
    want_variant,
)
from infra.local.qdrant.vectors import VectorValue, read_dense, read_vector

VectorInput = VectorValue | PointId
"""A vector given in the query, or the id of the point that has it."""

DEFAULT_RRF_K = 2
"""Qdrant's own; most literature uses 60."""


@dataclass(frozen=True)
class Mmr:
    """Maximal marginal relevance: 0 is relevance alone, 1 diversity alone."""

    diversity: float
    candidates_limit: int | None


@dataclass(frozen=True)
class Nearest:
    vector: VectorInput
    mmr: Mmr | None = None


@dataclass(frozen=True)
class Recommend:
    positives: list[VectorInput]
    negatives: list[VectorInput]
    strategy: str


@dataclass(frozen=True)
class ContextPair:
    positive: VectorInput
    negative: VectorInput


@dataclass(frozen=True)
class Discover:
    target: VectorInput
    pairs: list[ContextPair]


@dataclass(frozen=True)
class Context:
    pairs: list[ContextPair]


@dataclass(frozen=True)
class Ready:
    """A kind that needs nothing from the collection: the engine's object, as read."""

    engine: edge.ScoringQueryType


class Fuse(Ready):
    """Fuse the prefetches by rank or by score."""


class OrderPoints(Ready):
    """Order by a payload field."""


class Score(Ready):
    """Score by a formula."""


class SamplePoints(Ready):
    """Take points at random."""


QueryKind = Nearest | Recommend | Discover | Context | Ready

_STRATEGIES = {name: name for name in ("average_vector", "best_score", "sum_scores")}
# The stub lists the two fusions as classes of their own, beside `Fusion`.
_FUSIONS = {
    "rrf": cast("edge.Fusion", edge.Fusion.Rrf(DEFAULT_RRF_K)),
    "dbsf": cast("edge.Fusion", edge.Fusion.Dbsf()),
}
_SAMPLES = {"random": edge.Sample.Random}


def read_query(value: Any, path: str) -> QueryKind:
    """The `query` of a request: a vector or id in short form, or one object per kind."""
    try:
        return _query(value, path)
    except FormatError as error:
        text = "Expected some form of vector, id, or a type of query"
        raise FormatError(text) from error


def read_vector_input(value: Any, path: str) -> VectorInput:
    if isinstance(value, int | str) and not isinstance(value, bool):
        return read_id(value)
    return read_vector(value, path)


def _query(value: Any, path: str) -> QueryKind:
    if isinstance(value, dict):
        if "relevance_feedback" in value:
            raise not_served("relevance feedback queries")
        for name, read in _KINDS.items():
            if name in value:
                return read(value, path)
    return Nearest(read_vector_input(value, path))


def _nearest(body: Json, path: str) -> Nearest:
    vector = read_vector_input(body["nearest"], path)
    return Nearest(vector, optional(body, "mmr", lambda value: _mmr(value, path)))


def _mmr(value: Any, path: str) -> Mmr:
    body = want_map(value)
    diversity = optional(body, "diversity", want_float)
    if diversity is not None and not 0 <= diversity <= 1:
        rule = f"value {diversity} invalid, must be from 0.0 to 1.0"
        raise RuleError(f"{path}.mmr.diversity", rule)
    limit = optional(body, "candidates_limit", want_usize)
    return Mmr(0.5 if diversity is None else diversity, limit)


def _inputs(body: Json, name: str, path: str) -> list[VectorInput]:
    items: list[Any] = optional(body, name, want_list) or []
    return [read_vector_input(item, path) for item in items]


def _recommend(body: Json, path: str) -> Recommend:
    inner = want_map(body["recommend"])
    positives, negatives = _inputs(inner, "positive", path), _inputs(inner, "negative", path)
    if not positives and not negatives:
        rule = "At least one positive or negative vector/id must be provided [{}]"
        place = f"{path}.recommend.positives, negatives"
        raise RuleError(place, f"Validation error: {rule}")
    strategy = optional(inner, "strategy", lambda name: want_variant(name, _STRATEGIES))
    return Recommend(positives, negatives, strategy or "average_vector")


def _pairs(value: Any, path: str) -> list[ContextPair]:
    items = value if isinstance(value, list) else [value]
    return [_pair(want_map(item), path) for item in items]


def _pair(body: Json, path: str) -> ContextPair:
    positive = field(body, "positive", lambda value: read_vector_input(value, path))
    return ContextPair(positive, field(body, "negative", lambda v: read_vector_input(v, path)))


def _discover(body: Json, path: str) -> Discover:
    inner = want_map(body["discover"])
    target = field(inner, "target", lambda value: read_vector_input(value, path))
    pairs = optional(inner, "context", lambda value: _pairs(value, path))
    return Discover(target, pairs or [])


def _context(body: Json, path: str) -> Context:
    return Context(_pairs(body["context"], path))


def _order_by(body: Json, _path: str) -> OrderPoints:
    return OrderPoints(read_order_by(body["order_by"]))


def _fusion(body: Json, _path: str) -> Fuse:
    return Fuse(want_variant(body["fusion"], _FUSIONS))


def _rrf(body: Json, path: str) -> Fuse:
    inner = want_map(body["rrf"])
    k = optional(inner, "k", want_usize)
    if k == 0:
        raise RuleError(f"{path}.rrf.k", "value 0 invalid, must be 1 or larger")
    weights = optional(inner, "weights", lambda value: read_dense(value).tolist())
    fusion = edge.Fusion.Rrf(DEFAULT_RRF_K if k is None else k, weights)
    return Fuse(cast("edge.Fusion", fusion))


def _formula(body: Json, _path: str) -> Score:
    return Score(read_formula(body))


def _sample(body: Json, _path: str) -> SamplePoints:
    return SamplePoints(want_variant(body["sample"], _SAMPLES))


_KINDS: dict[str, Callable[[Json, str], QueryKind]] = {
    "nearest": _nearest,
    "recommend": _recommend,
    "discover": _discover,
    "context": _context,
    "order_by": _order_by,
    "fusion": _fusion,
    "rrf": _rrf,
    "formula": _formula,
    "sample": _sample,
}
