"""Strict mode: rate limits with a clock of our own, and which index a condition needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.local.qdrant.config import read_create
from infra.local.qdrant.errors import ApiError
from infra.local.qdrant.field_index import FieldSchema
from infra.local.qdrant.filters import read_filter
from infra.local.qdrant.storage.collection import Collection
from infra.local.qdrant.strict_mode import RateLimiter, check_filter


def collection(folder: Path, limits: dict[str, Any]) -> Collection:
    strict = {"enabled": True, **limits}
    vectors = {"size": 2, "distance": "Dot"}
    config = read_create({"vectors": vectors, "strict_mode_config": strict})
    return Collection("c", folder, config=config)


def test_rate_limit_refills_evenly(tmp_path: Path) -> None:
    """Two a minute: two at once, then one each half minute; the refusal says how long to wait."""
    now_s = 100.0
    rates = RateLimiter(lambda: now_s)
    limited = collection(tmp_path, {"read_rate_limit": 2})
    rates.spend(limited, "read")
    rates.spend(limited, "read")
    rates.spend(limited, "write")  # not limited

    with pytest.raises(ApiError) as caught:
        rates.spend(limited, "read")
    assert caught.value.status == 429
    assert caught.value.headers == {"retry-after": "30"}

    now_s += 20
    with pytest.raises(ApiError) as caught:
        rates.spend(limited, "read")
    assert caught.value.headers == {"retry-after": "10"}

    now_s += 10
    rates.spend(limited, "read")


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"key": "k", "match": {"value": "x"}}, "keyword"),
        ({"key": "k", "match": {"value": True}}, "bool"),
        ({"key": "k", "range": {"gte": 1}}, "float, integer"),
        ({"key": "k", "range": {"gte": "2026-01-01"}}, "datetime"),
        ({"key": "k", "match": {"text": "x"}}, "text"),
        (
            {"key": "k", "geo_radius": {"center": {"lon": 1, "lat": 1}, "radius": 1}},
            "geo",
        ),
    ],
)
def test_unindexed_condition_names_the_index_it_needs(
    tmp_path: Path, condition: Any, wanted: str
) -> None:
    """The refusal lists index types that would serve the condition."""
    strict = collection(tmp_path, {"unindexed_filtering_retrieve": False})

    with pytest.raises(ApiError) as caught:
        check_filter(strict, read_filter({"must": condition}), "unindexed_filtering_retrieve")

    assert f"types: [{wanted}]" in caught.value.text


def test_nested_condition_needs_the_index_of_its_full_path(tmp_path: Path) -> None:
    """Inside a nested condition the key is that of the list's members."""
    strict = collection(tmp_path, {"unindexed_filtering_retrieve": False})
    inner = {"must": [{"key": "k", "match": {"value": "x"}}]}
    condition = read_filter({"must": [{"nested": {"key": "parts", "filter": inner}}]})

    with pytest.raises(ApiError, match=r'"parts\[\].k"'):
        check_filter(strict, condition, "unindexed_filtering_retrieve")
    strict.indexes["parts[].k"] = FieldSchema("keyword", None)
    check_filter(strict, condition, "unindexed_filtering_retrieve")
