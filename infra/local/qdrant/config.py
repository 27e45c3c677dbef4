"""Configuration of one collection: read from a request, changed by a patch, shown again.

`CollectionConfig` holds JSON as the server would show it; nothing here touches the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from infra.local.qdrant.config_fields import (
    HNSW,
    MEMORY,
    OPTIMIZERS,
    QUANTIZATION,
    QUANTIZATION_DIFF,
    SPARSE_PARAMS,
    VECTORS,
    WAL,
    Reader,
    check_hnsw,
    check_vector_name,
    check_vectors,
    is_unnamed,
    record,
)
from infra.local.qdrant.errors import RuleError, unknown_vector, wrong_input
from infra.local.qdrant.serde import Json, want_bool, want_map, want_str, want_usize
from infra.local.qdrant.strict_config import STRICT_MODE

# Defaults of Qdrant 1.19.0, as GET /collections/{name} shows them.
HNSW_DEFAULTS: Json = {
    "m": 16,
    "ef_construct": 100,
    "full_scan_threshold": 10000,
    "max_indexing_threads": 0,
    "on_disk": False,
}
OPTIMIZER_DEFAULTS: Json = {
    "deleted_threshold": 0.2,
    "vacuum_min_vector_number": 1000,
    "default_segment_number": 0,
    "max_segment_size": None,
    "memmap_threshold": None,
    "indexing_threshold": 10000,
    "flush_interval_sec": 5,
    "max_optimization_threads": None,
    "prevent_unoptimized": None,
}
WAL_DEFAULTS: Json = {"wal_capacity_mb": 32, "wal_segments_ahead": 0, "wal_retain_closed": 1}

_PARAM_DEFAULTS: Json = {"shard_number": 1, "replication_factor": 1, "write_consistency_factor": 1}


@dataclass(frozen=True)
class CollectionConfig:
    """What a collection was created with, after all patches.

    Args:
        params: vectors, sparse vectors and placement, as shown under `config.params`.
        hnsw, optimizers, wal: complete records, defaults filled in.
        quantization: the collection's default quantization, or None.
        strict_mode, metadata: as given, or None.
    """

    params: Json
    hnsw: Json = field(default_factory=lambda: dict(HNSW_DEFAULTS))
    optimizers: Json = field(default_factory=lambda: dict(OPTIMIZER_DEFAULTS))
    wal: Json = field(default_factory=lambda: dict(WAL_DEFAULTS))
    quantization: Json | None = None
    strict_mode: Json | None = None
    metadata: Json | None = None

    @property
    def vectors(self) -> Json:
        return self.params["vectors"]

    @property
    def sparse_vectors(self) -> Json:
        return self.params.get("sparse_vectors", {})

    @property
    def unnamed(self) -> bool:
        return is_unnamed(self.vectors)

    def shown(self) -> Json:
        """`result.config` of GET /collections/{name}."""
        optional = {"strict_mode_config": self.strict_mode, "metadata": self.metadata}
        return {
            "params": self.params,
            "hnsw_config": self.hnsw,
            "optimizer_config": self.optimizers,
            "wal_config": self.wal,
            "quantization_config": self.quantization,
            **{name: value for name, value in optional.items() if value is not None},
        }

    def stored(self) -> Json:
        return dict(vars(self))

    @classmethod
    def restored(cls, stored: Json) -> CollectionConfig:
        return cls(**stored)


_PLACEMENT: dict[str, Reader] = {
    "shard_number": want_usize,
    "replication_factor": want_usize,
    "write_consistency_factor": want_usize,
    "on_disk_payload": want_bool,
    "payload": record({"memory": MEMORY}),
}


def _sparse_vectors(value: Any) -> Json:
    return {want_str(name): SPARSE_PARAMS(params) for name, params in want_map(value).items()}


_CREATE = record(
    {
        "vectors": VECTORS,
        "sparse_vectors": _sparse_vectors,
        **_PLACEMENT,
        "hnsw_config": HNSW,
        "optimizers_config": OPTIMIZERS,
        "wal_config": WAL,
        "quantization_config": QUANTIZATION,
        "strict_mode_config": STRICT_MODE,
        "metadata": want_map,
    }
)


def read_create(value: Any) -> CollectionConfig:
    """The configuration asked for by PUT /collections/{name}."""
    body = _CREATE(value)
    check_vectors(body.get("vectors", {}), "vectors")
    check_hnsw(body.get("hnsw_config", {}), "hnsw_config")
    for name in body.get("sparse_vectors", {}):
        check_vector_name(name)
    for name in _PARAM_DEFAULTS:
        if body.get(name) == 0:
            raise RuleError(name, "value 0 invalid, must be 1 or larger")
    params: Json = {"vectors": {}, **_PARAM_DEFAULTS, "on_disk_payload": True}
    given = ("vectors", "sparse_vectors", *_PLACEMENT)
    params |= {name: body[name] for name in given if name in body}
    return CollectionConfig(
        params=params,
        hnsw=HNSW_DEFAULTS | body.get("hnsw_config", {}),
        optimizers=OPTIMIZER_DEFAULTS | body.get("optimizers_config", {}),
        wal=WAL_DEFAULTS | body.get("wal_config", {}),
        quantization=body.get("quantization_config"),
        strict_mode=body.get("strict_mode_config"),
        metadata=body.get("metadata"),
    )


_VECTOR_DIFF = record(
    {
        "hnsw_config": HNSW,
        "quantization_config": QUANTIZATION_DIFF,
        "on_disk": want_bool,
        "memory": MEMORY,
    }
)


def _vector_diffs(value: Any) -> Json:
    return {want_str(name): _VECTOR_DIFF(diff) for name, diff in want_map(value).items()}


_PATCH = record(
    {
        "vectors": _vector_diffs,
        "sparse_vectors": _sparse_vectors,
        "params": record(_PLACEMENT),
        "hnsw_config": HNSW,
        "optimizers_config": OPTIMIZERS,
        "quantization_config": QUANTIZATION_DIFF,
        "strict_mode_config": STRICT_MODE,
        "metadata": want_map,
    }
)


def read_patch(value: Any) -> Json:
    """The changes asked for by PATCH /collections/{name}; apply them with `patched`."""
    body = _PATCH(value)
    check_hnsw(body.get("hnsw_config", {}), "hnsw_config")
    for diff in body.get("vectors", {}).values():
        check_hnsw(diff.get("hnsw_config", {}), "vectors.?.hnsw_config")
    return body


def patched(config: CollectionConfig, patch: Json) -> CollectionConfig:
    """`config` with the changes of one patch.

    Raises:
        ApiError: 400, the patch names a vector that is not there.
    """
    params = config.params | patch.get("params", {})
    params["vectors"] = _patched_vectors(config, patch.get("vectors", {}))
    sparse = patch.get("sparse_vectors", {})
    for name, diff in sparse.items():
        if name not in config.sparse_vectors:
            raise wrong_input(unknown_vector(name))
        merged = config.sparse_vectors[name] | diff
        params["sparse_vectors"] = params["sparse_vectors"] | {name: merged}
    quantization = patch.get("quantization_config", config.quantization)
    return replace(
        config,
        params=params,
        hnsw=config.hnsw | patch.get("hnsw_config", {}),
        optimizers=config.optimizers | patch.get("optimizers_config", {}),
        quantization=None if quantization == "Disabled" else quantization,
        strict_mode=_merged(config.strict_mode, patch.get("strict_mode_config")),
        metadata=_merged(config.metadata, patch.get("metadata")),
    )


def with_vector(
    config: CollectionConfig, name: str, added: tuple[str, Json] | None
) -> CollectionConfig:
    """`config` with one more named vector (its form and parameters), or without `name`."""
    forms = {"vectors": dict(config.vectors), "sparse_vectors": dict(config.sparse_vectors)}
    for vectors in forms.values():
        vectors.pop(name, None)
    if added is not None:
        form, params = added
        forms["vectors" if form == "dense" else "sparse_vectors"][name] = params
    if not forms["sparse_vectors"]:
        del forms["sparse_vectors"]
    rest = {key: value for key, value in config.params.items() if key != "sparse_vectors"}
    return replace(config, params=rest | forms)


def _patched_vectors(config: CollectionConfig, diffs: Json) -> Json:
    vectors = {"": config.vectors} if config.unnamed else dict(config.vectors)
    for name, diff in diffs.items():
        if name not in vectors:
            raise wrong_input(unknown_vector(name))
        params = vectors[name] | diff
        if "hnsw_config" in diff:
            params["hnsw_config"] = vectors[name].get("hnsw_config", {}) | diff["hnsw_config"]
        if params.get("quantization_config") == "Disabled":
            del params["quantization_config"]
        vectors[name] = params
    return vectors[""] if config.unnamed else vectors


def _merged(old: Json | None, new: Json | None) -> Json | None:
    return old if new is None else (old or {}) | new
