"""The closed sets and the small records of a collection's configuration, as JSON spells them.

Each reader returns the JSON it accepted, cut to the known fields, so that what was asked for can
be stored and shown again word by word. Engine objects are made from it elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from infra.local.qdrant.errors import FormatError, RuleError
from infra.local.qdrant.serde import (
    Json,
    untagged,
    want_bool,
    want_float,
    want_map,
    want_str,
    want_usize,
    want_variant,
)

Reader = Callable[[Any], Any]

MAX_DIMENSIONS = 65536
"""Largest vector that the server accepts."""


def closed(*names: str) -> Reader:
    """One of a closed set of strings, returned as it is."""
    variants = {name: name for name in names}
    return lambda value: want_variant(value, variants)


def record(readers: Mapping[str, Reader], *, required: tuple[str, ...] = ()) -> Reader:
    """A map cut to known fields; null counts as absent."""

    def read(value: Any) -> Json:
        body = want_map(value)
        for name in required:
            if body.get(name) is None:
                raise FormatError(f"missing field `{name}`")
        known = {name: body[name] for name in readers if body.get(name) is not None}
        return {name: readers[name](item) for name, item in known.items()}

    return read


MEMORY = closed("cold", "cached", "pinned")
DISTANCE = closed("Cosine", "Euclid", "Dot", "Manhattan")
DATATYPE = closed("float32", "float16", "uint8")

HNSW: Reader = record(
    {
        "m": want_usize,
        "ef_construct": want_usize,
        "full_scan_threshold": want_usize,
        "max_indexing_threads": want_usize,
        "on_disk": want_bool,
        "payload_m": want_usize,
        "inline_storage": want_bool,
        "memory": MEMORY,
    }
)

OPTIMIZERS: Reader = record(
    {
        "deleted_threshold": want_float,
        "vacuum_min_vector_number": want_usize,
        "default_segment_number": want_usize,
        "max_segment_size": want_usize,
        "memmap_threshold": want_usize,
        "indexing_threshold": want_usize,
        "flush_interval_sec": want_usize,
        "max_optimization_threads": want_usize,
        "prevent_unoptimized": want_bool,
    }
)

WAL: Reader = record(
    {
        "wal_capacity_mb": want_usize,
        "wal_segments_ahead": want_usize,
        "wal_retain_closed": want_usize,
    }
)

_SCALAR = record(
    {"type": closed("int8"), "quantile": want_float, "always_ram": want_bool, "memory": MEMORY},
    required=("type",),
)
_PRODUCT = record(
    {
        "compression": closed("x4", "x8", "x16", "x32", "x64"),
        "always_ram": want_bool,
        "memory": MEMORY,
    },
    required=("compression",),
)
_BINARY = record(
    {
        "always_ram": want_bool,
        "memory": MEMORY,
        "encoding": closed("one_bit", "two_bits", "one_and_half_bits"),
        "query_encoding": closed("default", "binary", "scalar4bits", "scalar8bits"),
    }
)
_TURBO = record(
    {
        "always_ram": want_bool,
        "memory": MEMORY,
        "bits": closed("bits1", "bits1_5", "bits2", "bits4"),
    }
)
_QUANTIZATIONS: dict[str, Reader] = {
    "scalar": _SCALAR,
    "product": _PRODUCT,
    "binary": _BINARY,
    "turbo": _TURBO,
}


def _quantization(value: Any) -> Json:
    body = want_map(value)
    for name, read in _QUANTIZATIONS.items():
        if body.get(name) is not None:
            return {name: read(body[name])}
    raise FormatError("no quantization named")


def _quantization_diff(value: Any) -> Json | str:
    return "Disabled" if value == "Disabled" else _quantization(value)


QUANTIZATION: Reader = untagged("QuantizationConfig", _quantization)
QUANTIZATION_DIFF: Reader = untagged("QuantizationConfigDiff", _quantization_diff)


MAX_NAME_BYTES = 200
"""Longest vector name; file names end at 255 bytes and the engine adds its own words."""


def _size(value: Any) -> int:
    size = want_usize(value)
    if size == 0:
        raise FormatError("invalid value: integer `0`, expected a nonzero u64")
    return size


_MULTIVECTOR = record({"comparator": closed("max_sim")}, required=("comparator",))

VECTOR_PARAMS: Reader = record(
    {
        "size": _size,
        "distance": DISTANCE,
        "hnsw_config": HNSW,
        "quantization_config": QUANTIZATION,
        "on_disk": want_bool,
        "memory": MEMORY,
        "datatype": DATATYPE,
        "multivector_config": _MULTIVECTOR,
    },
    required=("size", "distance"),
)

SPARSE_PARAMS: Reader = record(
    {
        "index": record(
            {
                "full_scan_threshold": want_usize,
                "on_disk": want_bool,
                "datatype": DATATYPE,
                "memory": MEMORY,
            }
        ),
        "modifier": closed("none", "idf"),
    }
)


def _vectors(value: Any) -> Json:
    body = want_map(value)
    if "size" in body or "distance" in body:
        return VECTOR_PARAMS(body)
    return {want_str(name): VECTOR_PARAMS(params) for name, params in body.items()}


VECTORS: Reader = untagged("VectorsConfig", _vectors)


def is_unnamed(vectors: Json) -> bool:
    """Whether `vectors` is one unnamed vector rather than a map of names."""
    return "distance" in vectors


def named(vectors: Json) -> Json:
    """Vector parameters by name; the unnamed vector has the empty name."""
    return {"": vectors} if is_unnamed(vectors) else vectors


def check_vector_name(name: str) -> None:
    """The engine makes a folder per vector, so a name must be fit for one."""
    if len(name.encode()) > MAX_NAME_BYTES or set(name) & {"/", "\0"}:
        text = f"Vector name {name!r} cannot be a file name"
        raise RuleError("vectors", text)


def check_vectors(vectors: Json, path: str) -> None:
    for name, params in named(vectors).items():
        check_vector_name(name)
        prefix = path if is_unnamed(vectors) else f"{path}.?"
        size = params["size"]
        if size > MAX_DIMENSIONS:
            rule = f"value {size} invalid, must be from 1 to {MAX_DIMENSIONS}"
            raise RuleError(f"{prefix}.size", rule)
        check_hnsw(params.get("hnsw_config", {}), f"{prefix}.hnsw_config")


def check_hnsw(hnsw: Json, path: str) -> None:
    ef_construct = hnsw.get("ef_construct")
    if ef_construct is not None and ef_construct < 4:
        rule = f"value {ef_construct} invalid, must be 4 or larger"
        raise RuleError(f"{path}.ef_construct", rule)
