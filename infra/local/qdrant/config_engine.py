"""Engine configuration from a collection's configuration; knows no requests."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.config import CollectionConfig
from infra.local.qdrant.config_fields import named
from infra.local.qdrant.serde import Json

PLACEHOLDER = "__no_vectors__"
"""Hidden sparse vector of a collection without any: the engine refuses a shard without vectors.
No answer shows it, and no request can name it."""

DISTANCES = {
    "Cosine": edge.Distance.Cosine,
    "Euclid": edge.Distance.Euclid,
    "Dot": edge.Distance.Dot,
    "Manhattan": edge.Distance.Manhattan,
}
DATATYPES = {
    "float32": edge.VectorStorageDatatype.Float32,
    "float16": edge.VectorStorageDatatype.Float16,
    "uint8": edge.VectorStorageDatatype.Uint8,
}
MEMORIES = {
    "cold": edge.Memory.Cold,
    "cached": edge.Memory.Cached,
    "pinned": edge.Memory.Pinned,
}
_COMPRESSIONS = {
    "x4": edge.CompressionRatio.X4,
    "x8": edge.CompressionRatio.X8,
    "x16": edge.CompressionRatio.X16,
    "x32": edge.CompressionRatio.X32,
    "x64": edge.CompressionRatio.X64,
}
_ENCODINGS = {
    "one_bit": edge.BinaryQuantizationEncoding.OneBit,
    "two_bits": edge.BinaryQuantizationEncoding.TwoBits,
    "one_and_half_bits": edge.BinaryQuantizationEncoding.OneAndHalfBits,
}
_QUERY_ENCODINGS = {
    "default": edge.BinaryQuantizationQueryEncoding.Default,
    "binary": edge.BinaryQuantizationQueryEncoding.Binary,
    "scalar4bits": edge.BinaryQuantizationQueryEncoding.Scalar4Bits,
    "scalar8bits": edge.BinaryQuantizationQueryEncoding.Scalar8Bits,
}
_TURBO_BITS = {
    "bits1": edge.TurboQuantBitSize.Bits1,
    "bits1_5": edge.TurboQuantBitSize.Bits1_5,
    "bits2": edge.TurboQuantBitSize.Bits2,
    "bits4": edge.TurboQuantBitSize.Bits4,
}


def engine_config(config: CollectionConfig) -> edge.EdgeConfig:
    """The whole engine configuration of a collection, its write-ahead log on."""
    vectors = {name: _dense(params, config) for name, params in named(config.vectors).items()}
    sparse = {name: _sparse(params) for name, params in config.sparse_vectors.items()}
    if not vectors and not sparse:
        sparse = {PLACEHOLDER: edge.EdgeSparseVectorParams()}
    payload = config.params.get("payload", {})
    return edge.EdgeConfig(
        vectors=vectors[""] if config.unnamed else vectors,
        sparse_vectors=sparse,
        on_disk_payload=None if payload else config.params["on_disk_payload"],
        payload_memory=_pick(MEMORIES, payload, "memory"),
        hnsw_config=_hnsw(config.hnsw),
        quantization_config=_quantization(config.quantization),
        optimizers=_optimizers(config.optimizers),
        wal_enabled=True,
    )


def multivector(params: Json) -> edge.MultiVectorConfig | None:
    if "multivector_config" not in params:
        return None
    return edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim)


def modifier(params: Json) -> edge.Modifier | None:
    return edge.Modifier.Idf if params.get("modifier") == "idf" else None


def _dense(params: Json, config: CollectionConfig) -> edge.EdgeVectorParams:
    hnsw = params.get("hnsw_config")
    return edge.EdgeVectorParams(
        size=params["size"],
        distance=DISTANCES[params["distance"]],
        on_disk=None if "memory" in params else params.get("on_disk"),
        multivector_config=multivector(params),
        datatype=_pick(DATATYPES, params, "datatype"),
        quantization_config=_quantization(params.get("quantization_config")),
        hnsw_config=None if hnsw is None else _hnsw(config.hnsw | hnsw),
        memory=_pick(MEMORIES, params, "memory"),
    )


def _sparse(params: Json) -> edge.EdgeSparseVectorParams:
    index = params.get("index", {})
    return edge.EdgeSparseVectorParams(
        full_scan_threshold=index.get("full_scan_threshold"),
        on_disk=None if "memory" in index else index.get("on_disk"),
        modifier=modifier(params),
        datatype=_pick(DATATYPES, index, "datatype"),
        memory=_pick(MEMORIES, index, "memory"),
    )


def _hnsw(hnsw: Json) -> edge.HnswIndexConfig:
    return edge.HnswIndexConfig(
        m=hnsw["m"],
        ef_construct=hnsw["ef_construct"],
        full_scan_threshold=hnsw["full_scan_threshold"],
        max_indexing_threads=hnsw["max_indexing_threads"],
        on_disk=None if "memory" in hnsw else hnsw.get("on_disk"),
        payload_m=hnsw.get("payload_m"),
        inline_storage=hnsw.get("inline_storage"),
        memory=_pick(MEMORIES, hnsw, "memory"),
    )


def _optimizers(optimizers: Json) -> edge.EdgeOptimizersConfig:
    return edge.EdgeOptimizersConfig(
        deleted_threshold=optimizers["deleted_threshold"],
        vacuum_min_vector_number=optimizers["vacuum_min_vector_number"],
        default_segment_number=optimizers["default_segment_number"],
        max_segment_size=optimizers["max_segment_size"],
        indexing_threshold=optimizers["indexing_threshold"],
        prevent_unoptimized=optimizers["prevent_unoptimized"],
    )


def _quantization(quantization: Json | None) -> edge.QuantizationConfigType | None:
    if not quantization:
        return None
    (name, params), *_ = quantization.items()
    memory = _pick(MEMORIES, params, "memory")
    always_ram = None if memory is not None else params.get("always_ram")
    if name == "binary":
        return edge.BinaryQuantizationConfig(
            always_ram=always_ram,
            encoding=_pick(_ENCODINGS, params, "encoding"),
            query_encoding=_pick(_QUERY_ENCODINGS, params, "query_encoding"),
            memory=memory,
        )
    if name == "scalar":
        return edge.ScalarQuantizationConfig(
            type=edge.ScalarType.Int8,
            quantile=params.get("quantile"),
            always_ram=always_ram,
            memory=memory,
        )
    if name == "product":
        compression = _COMPRESSIONS[params["compression"]]
        return edge.ProductQuantizationConfig(compression, always_ram=always_ram, memory=memory)
    bits = _pick(_TURBO_BITS, params, "bits")
    return edge.TurboQuantQuantizationConfig(always_ram=always_ram, bits=bits, memory=memory)


def _pick(table: dict[str, Any], params: Json, key: str) -> Any:
    return table[params[key]] if key in params else None
