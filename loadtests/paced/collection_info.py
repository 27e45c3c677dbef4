"""What a store says of a collection, as far as the pipeline looks. Shared by the paced stores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def collection_info(*, dimensions: int, legs: Iterable[str]) -> dict[str, Any]:
    """A collection of named dense vectors and sparse ones for each leg, green and small."""
    return {
        "status": "green",
        "optimizer_status": "ok",
        "segments_count": 1,
        "config": {
            "params": {
                "vectors": {"dense": {"size": dimensions, "distance": "Cosine"}},
                "sparse_vectors": {leg: {"modifier": "idf"} for leg in legs},
            },
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
            "optimizer_config": {
                "deleted_threshold": 0.2,
                "vacuum_min_vector_number": 1000,
                "default_segment_number": 0,
                "flush_interval_sec": 5,
            },
        },
        "payload_schema": {},
    }
