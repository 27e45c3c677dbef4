"""Strict mode: the limits that a collection sets for its requests, and its rate limits.

Texts are those of Qdrant 1.19.0. Limits on the size of a collection are shown but not enforced;
the real server only compares them with statistics from time to time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from infra.local.qdrant.errors import ApiError, bad_request
from infra.local.qdrant.filters import ReadFilter, keyed_conditions
from infra.local.qdrant.queries import QueryNode
from infra.local.qdrant.serde import Json
from infra.local.qdrant.storage.collection import Collection
from infra.local.qdrant.writes import Operation, UpdateVectors, Upsert

SECONDS_PER_WINDOW = 60


def limits_of(collection: Collection) -> Json:
    """The limits in force; none where strict mode is off."""
    strict = collection.config.strict_mode or {}
    return strict if strict.get("enabled") else {}


def check_query(collection: Collection, root: QueryNode, timeout_s: int | None) -> None:
    limits = limits_of(collection)
    if not limits:
        return
    _check_limit(limits, "max_query_limit", "limit", root.limit)
    check_timeout(collection, timeout_s)
    for node in _nodes(root):
        check_filter(collection, node.filter, "unindexed_filtering_retrieve")
        if node.params is None:
            continue
        check_exact(collection, exact=node.params.exact)
        _check_limit(limits, "search_max_hnsw_ef", "hnsw_ef", node.params.hnsw_ef)
        _check_limit(limits, "search_max_oversampling", "oversampling", node.params.oversampling)


def check_limit(collection: Collection, limit: int | None) -> None:
    _check_limit(limits_of(collection), "max_query_limit", "limit", limit)


def check_timeout(collection: Collection, timeout_s: int | None) -> None:
    _check_limit(limits_of(collection), "max_timeout", "timeout", timeout_s)


def check_batch(collection: Collection, size: int) -> None:
    _check_limit(limits_of(collection), "search_max_batchsize", "search batch size", size)


def check_exact(collection: Collection, *, exact: bool) -> None:
    if exact and limits_of(collection).get("search_allow_exact") is False:
        raise bad_request("Exact search disabled!. Help: Set exact=false.")


def check_write(collection: Collection, operation: Operation) -> None:
    limits = limits_of(collection)
    if not limits:
        return
    if isinstance(operation, Upsert | UpdateVectors):
        _check_limit(limits, "upsert_max_batchsize", "upsert limit", len(operation.points))
        check_filter(collection, operation.condition, "unindexed_filtering_update")
    else:
        check_filter(collection, operation.selector.filter, "unindexed_filtering_update")


def check_index_count(collection: Collection) -> None:
    most = limits_of(collection).get("max_payload_index_count")
    if most is not None and len(collection.indexes) >= most:
        text = f"Collection already has the maximum number of payload indices ({most})"
        hint = "Please delete an existing index before creating a new one."
        raise bad_request(f"{text}. Help: {hint}")


def check_filter(collection: Collection, condition: ReadFilter | None, unindexed: str) -> None:
    """The number of conditions, and an index for each key unless `unindexed` allows none."""
    limits = limits_of(collection)
    if condition is None or not limits:
        return
    keys = list(keyed_conditions(condition.source))
    most = limits.get("filter_max_conditions")
    if most is not None and len(keys) > most:
        text = f"Filter condition limit reached ({len(keys)} > {most})"
        raise bad_request(f"{text}. Help: Reduce the amount of conditions of your filter.")
    if limits.get(unindexed) is False:
        for key, body in keys:
            _require_index(collection, key, _index_types(body))


@dataclass
class _Bucket:
    """Tokens of one rate limit; a request takes one, and they come back evenly."""

    per_minute: int
    tokens: float
    filled_s: float


class RateLimiter:
    """Read and write rates of all collections."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._buckets: WeakKeyDictionary[Collection, dict[str, _Bucket]] = WeakKeyDictionary()

    def spend(self, collection: Collection, kind: str) -> None:
        """Take one token of `kind`, read or write.

        Raises:
            ApiError: 429 with Retry-After, there is none.
        """
        per_minute = limits_of(collection).get(f"{kind}_rate_limit")
        if per_minute is None:
            return
        bucket = self._bucket(collection, kind, per_minute)
        if bucket.tokens < 1:
            missing_s = (1 - bucket.tokens) * SECONDS_PER_WINDOW / per_minute
            wait_s = math.ceil(round(missing_s, 6))  # no extra second for a rounding error
            text = (
                f"Rate limiting exceeded: {kind.title()} rate limit exceeded: Operation requires "
                f"1 tokens but only {bucket.tokens:.1f} were available. Retry after {wait_s}s"
            )
            raise ApiError(429, text, headers={"retry-after": str(wait_s)})
        bucket.tokens -= 1

    def _bucket(self, collection: Collection, kind: str, per_minute: int) -> _Bucket:
        buckets = self._buckets.setdefault(collection, {})
        now_s = self._now_s()
        bucket = buckets.get(kind)
        if bucket is None or bucket.per_minute != per_minute:
            bucket = buckets[kind] = _Bucket(per_minute, per_minute, now_s)
        gained = (now_s - bucket.filled_s) * per_minute / SECONDS_PER_WINDOW
        bucket.tokens = min(per_minute, bucket.tokens + gained)
        bucket.filled_s = now_s
        return bucket


def _check_limit(limits: Json, field: str, shown: str, value: float | None) -> None:
    most = limits.get(field)
    if most is not None and value is not None and value > most:
        hint = f'Reduce the "{shown}" parameter to or below {most:g}.'
        raise bad_request(f'Limit exceeded {value:g} > {most:g} for "{shown}". Help: {hint}')


def _nodes(root: QueryNode) -> Iterator[QueryNode]:
    yield root
    for child in root.prefetches:
        yield from _nodes(child)


def _index_types(body: Json) -> list[str]:
    """Index types of which one would serve the condition."""
    value = body.get("match", {}).get("value")
    by_value = {bool: ["bool"], int: ["integer"], str: ["keyword"]}
    if type(value) in by_value:
        return by_value[type(value)]
    if "range" in body:
        dated = any(isinstance(bound, str) for bound in body["range"].values())
        return ["datetime"] if dated else ["float", "integer"]
    if any(name in body for name in ("geo_radius", "geo_bounding_box", "geo_polygon")):
        return ["geo"]
    if {"text", "text_any", "phrase"} & body.get("match", {}).keys():
        return ["text"]
    return ["keyword", "integer", "bool", "uuid"]


def _require_index(collection: Collection, key: str, types: list[str]) -> None:
    schema = collection.indexes.get(key)
    if schema is None or schema.data_type not in types:
        wanted = ", ".join(types)
        text = f'Index required but not found for "{key}" of one of the following types: [{wanted}]'
        hint = "Create an index for this key or use a different filter."
        raise bad_request(f"{text}. Help: {hint}")
