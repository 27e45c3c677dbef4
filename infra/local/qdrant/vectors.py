"""Vectors in requests: read from JSON, checked against the collection, handed to the engine.

A write that names an unknown vector must never reach the engine: it would be refused, yet sit in
the write-ahead log and come back after a restart.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import qdrant_edge as edge

from infra.local.qdrant import bm25
from infra.local.qdrant.errors import (
    CONVERSION_TEXT,
    FormatError,
    RuleError,
    unknown_vector,
    wrong_input,
)
from infra.local.qdrant.serde import Json, want_list, want_map, want_str

U32_MAX = 2**32 - 1

Dense = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Document:
    """A text to be embedded here; `options` are the model's own."""

    text: str
    model: str
    options: Json | None


@dataclass(frozen=True)
class Multi:
    """A multi-vector: one row per part."""

    rows: tuple[Dense, ...]


VectorValue = Dense | Multi | edge.SparseVector | Document


@dataclass(frozen=True)
class VectorSpec:
    """What a collection stores under one vector name; `size` None means sparse."""

    size: int | None
    multi: bool = False


Specs = Mapping[str, VectorSpec]


def read_dense(value: Any) -> Dense:
    """A list of numbers as 32-bit floats; a bool or a string among them is refused."""
    items = want_list(value)
    if not set(map(type, items)) <= {int, float}:
        raise FormatError("not a list of numbers")
    try:
        return np.frombuffer(array("f", items), dtype=np.float32)
    except OverflowError as error:
        raise FormatError("number out of range") from error


def read_sparse(body: Json, path: str) -> edge.SparseVector:
    indices, values = want_list(body["indices"]), read_dense(body["values"])
    if any(type(index) is not int or not 0 <= index <= U32_MAX for index in indices):
        raise FormatError("not a list of 32-bit indices")
    if len(indices) != len(values):
        rule = "Validation error: must be the same length as indices [{}]"
        raise RuleError(f"{path}.values", rule)
    if len(set(indices)) != len(indices):
        raise RuleError(f"{path}.indices", "Validation error: must be unique [{}]")
    return edge.SparseVector(indices, values.tolist())


def read_document(body: Json) -> Document:
    options = body.get("options")
    return Document(
        want_str(body.get("text")),
        want_str(body.get("model")),
        None if options is None else want_map(options),
    )


def read_vector(value: Any, path: str) -> VectorValue:
    """One vector in any of its forms."""
    if isinstance(value, list):
        if value and isinstance(value[0], list):
            return Multi(tuple(read_dense(row) for row in value))
        return read_dense(value)
    body = want_map(value)
    if "indices" in body and "values" in body:
        return read_sparse(body, path)
    if "text" in body:
        return read_document(body)
    raise FormatError("no vector form")


def find_spec(specs: Specs, name: str) -> VectorSpec:
    """What is stored under `name`.

    Raises:
        ApiError: 400, the collection has no such vector.
    """
    if name not in specs:
        raise wrong_input(unknown_vector(name))
    return specs[name]


def dimension_text(spec: VectorSpec, vector: VectorValue) -> str | None:
    """What is wrong with the vector's length, or None."""
    if spec.size is None or isinstance(vector, Document | edge.SparseVector):
        return None
    rows = vector.rows if isinstance(vector, Multi) else (vector,)
    for row in rows:
        if len(row) != spec.size:
            return f"Vector dimension error: expected dim: {spec.size}, got {len(row)}"
    return None


def embedded(vector: VectorValue, *, for_query: bool) -> Dense | Multi | edge.SparseVector:
    """The vector itself; a document is embedded."""
    if not isinstance(vector, Document):
        return vector
    embed = bm25.embed_query if for_query else bm25.embed_document
    return embed(vector.text, vector.model, vector.options)


def fits(spec: VectorSpec, vector: VectorValue) -> bool:
    """Whether the form of the vector, sparse or not, is the one stored."""
    return isinstance(vector, edge.SparseVector) == (spec.size is None)


def engine_vector(spec: VectorSpec, vector: VectorValue, *, for_query: bool) -> edge.NamedVector:
    """What the engine takes.

    Raises:
        ApiError: 400, a sparse vector where a dense one is stored, or the reverse.
    """
    plain = embedded(vector, for_query=for_query)
    if not fits(spec, plain):
        raise wrong_input(CONVERSION_TEXT)
    if isinstance(plain, Multi):
        return [row.tolist() for row in plain.rows]
    if isinstance(plain, edge.SparseVector):
        return plain
    # The engine takes the array as it is; its type stub only lists Python lists.
    return cast("list[float]", plain)
