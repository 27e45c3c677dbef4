"""Filters mean what Qdrant 1.19 means by them, on the real engine."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import qdrant_edge as edge

from infra.local.qdrant.config import read_create
from infra.local.qdrant.errors import FormatError, RuleError
from infra.local.qdrant.field_index import FieldSchema
from infra.local.qdrant.filters import read_filter, without_ids
from infra.local.qdrant.storage.collection import Collection

PAYLOADS: dict[int, dict[str, Any]] = {
    1: {"flag": True, "city": "Moscow", "tags": ["a"], "n": 1},
    2: {"flag": False, "city": "Old Moscow", "tags": [], "n": 2},
    3: {"flag": 1, "city": "moscow", "n": None},
    4: {"parts": [{"k": "x", "v": 1}, {"k": "y", "v": 2}]},
}


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Generator[Collection]:
    """Four points; `city` has a text index only where a test adds one."""
    folder: Path = tmp_path_factory.mktemp("collection")
    config = read_create({"vectors": {"size": 1, "distance": "Dot"}})
    made = Collection("c", folder, config=config)
    points = [edge.Point(point, [1.0], payload) for point, payload in PAYLOADS.items()]
    made.update(edge.UpdateOperation.upsert_points(points))
    yield made
    made.close()


def matching(collection: Collection, source: Any) -> list[int]:
    condition = read_filter(source).engine(collection.indexes)
    scroll = edge.ScrollRequest(limit=10, filter=condition)
    points, _ = collection.read(lambda shard: shard.scroll(scroll))
    return [int(str(point.id)) for point in points]


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ({}, [1, 2, 3, 4]),
        ({"must": []}, [1, 2, 3, 4]),
        ({"must": {"key": "flag", "match": {"value": True}}}, [1]),
        ({"must": {"key": "flag", "match": {"value": 1}}}, [3]),
        ({"must": {"key": "city", "match": {"any": []}}}, []),
        ({"must": {"key": "city", "match": {"text": "Moscow"}}}, [1, 2]),
        ({"must": {"key": "city", "match": {"text": "osc"}}}, [1, 2, 3]),
        ({"must_not": {"is_empty": {"key": "tags"}}}, [1]),
        ({"must": {"is_null": {"key": "n"}}}, [3]),
        ({"must": {"has_id": [2, 9]}}, [2]),
        (
            {"min_should": {"conditions": [{"has_id": [1]}, {"has_id": [1, 2]}], "min_count": 2}},
            [1],
        ),
        (
            {
                "must": {
                    "nested": {
                        "key": "parts",
                        "filter": {"must": [{"key": "k", "match": {"value": "x"}}]},
                    }
                }
            },
            [4],
        ),
    ],
)
def test_filter_selects(collection: Collection, source: Any, ids: list[int]) -> None:
    """A clause may be one object; true is not 1; text without an index is a substring."""
    assert matching(collection, source) == ids


def test_text_on_a_text_index_matches_words(collection: Collection) -> None:
    """With a text index the same condition compares words, in any case."""
    schema = FieldSchema("text", None)
    collection.update(edge.UpdateOperation.create_field_index("city", schema.engine()))
    collection.indexes["city"] = schema
    try:
        source = {"must": {"key": "city", "match": {"text": "moscow"}}}
        assert matching(collection, source) == [1, 2, 3]
        assert matching(collection, {"must": {"key": "city", "match": {"text": "osc"}}}) == []
    finally:
        del collection.indexes["city"]
        collection.update(edge.UpdateOperation.delete_field_index("city"))


def test_excluded_ids_come_on_top_of_the_filter(collection: Collection) -> None:
    """A query by id leaves its own point out, whatever else is asked."""
    base = read_filter({"must": {"has_id": [1, 2]}}).engine({})
    scroll = edge.ScrollRequest(limit=10, filter=without_ids(base, [1]))
    points, _ = collection.read(lambda shard: shard.scroll(scroll))

    assert [point.id for point in points] == [2]
    assert without_ids(base, []) is base


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ({"musst": []}, "unknown field `musst`"),
        ({"must": {"key": "a", "match": {"value": 1.5}}}, "untagged enum MatchInterface"),
        ({"must": {"key": "a", "match": {"any": [1, "x"]}}}, "untagged enum MatchInterface"),
        ({"must": {"key": "a", "match": {"substring": "x"}}}, "untagged enum MatchInterface"),
        ({"must": {"key": "a", "range": {"gte": "abc"}}}, "'abc' does not match"),
        ({"must": {"key": "a[", "match": {"value": 1}}}, "Invalid json path"),
        ({"must": {"has_id": ["abc"]}}, "not a valid point ID"),
        ({"min_should": {"conditions": []}}, "missing field `min_count`"),
    ],
)
def test_malformed_filter_is_refused(source: Any, text: str) -> None:
    """Nothing unknown is ignored inside a filter."""
    with pytest.raises(FormatError, match=text):
        read_filter(source)


def test_empty_condition_is_named_with_its_place() -> None:
    """The rule error carries the path of the condition, also deep inside."""
    with pytest.raises(RuleError) as caught:
        read_filter({"must": [{"has_id": [1]}, {"should": {"key": "a"}}]})

    assert caught.value.field == "filter.must[1].should[0].__all__"
