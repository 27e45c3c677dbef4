"""The fields of a collection's strict mode, as JSON; enforced in `strict_mode`."""

from __future__ import annotations

from typing import Any

from infra.local.qdrant.config_fields import Reader, record
from infra.local.qdrant.errors import RuleError
from infra.local.qdrant.serde import want_bool, want_float, want_usize


def _rate(kind: str) -> Reader:
    def read(value: Any) -> int:
        rate = want_usize(value)
        if rate == 0:
            path = f"strict_mode_config.{kind}_rate_limit"
            raise RuleError(path, "value 0 invalid, must be 1 or larger")
        return rate

    return read


STRICT_MODE: Reader = record(
    {
        "enabled": want_bool,
        "max_query_limit": want_usize,
        "max_timeout": want_usize,
        "unindexed_filtering_retrieve": want_bool,
        "unindexed_filtering_update": want_bool,
        "search_max_hnsw_ef": want_usize,
        "search_allow_exact": want_bool,
        "search_max_oversampling": want_float,
        "upsert_max_batchsize": want_usize,
        "search_max_batchsize": want_usize,
        "max_collection_vector_size_bytes": want_usize,
        "max_collection_payload_size_bytes": want_usize,
        "max_points_count": want_usize,
        "read_rate_limit": _rate("read"),
        "write_rate_limit": _rate("write"),
        "filter_max_conditions": want_usize,
        "condition_max_size": want_usize,
        "max_payload_index_count": want_usize,
    }
)
