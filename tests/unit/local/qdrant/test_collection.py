"""One open collection: numbering, refusals, and the change to an optimised copy."""

from __future__ import annotations

from pathlib import Path

import pytest
import qdrant_edge as edge

from infra.local.qdrant.config import patched, read_create
from infra.local.qdrant.errors import ApiError, LateError
from infra.local.qdrant.storage.collection import Collection, StaleCopyError
from infra.local.qdrant.storage.files import copy_folder

Update = edge.UpdateOperation
CONFIG = read_create(
    {
        "vectors": {"size": 2, "distance": "Dot"},
        "optimizers_config": {"indexing_threshold": 1},
    }
)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """An empty collection with one unnamed vector."""
    return Collection("c", tmp_path, config=CONFIG)


def put(collection: Collection, *ids: int) -> int:
    points = [edge.Point(point, [float(point), 1.0], {"n": point}) for point in ids]
    return collection.update(Update.upsert_points(points))


def ids_of(collection: Collection) -> list[int]:
    points, _ = collection.read(lambda shard: shard.scroll(edge.ScrollRequest(limit=100)))
    return [int(str(point.id)) for point in points]


def version_of(collection: Collection, point: int) -> int:
    has_id = edge.Filter(must=[edge.HasIdCondition({point})])
    query = edge.QueryRequest(limit=1, query=edge.Query.Nearest([1.0, 1.0]), filter=has_id)
    return collection.read(lambda shard: shard.query(query))[0].version


def test_numbers_count_from_one_and_survive_reopening(tmp_path: Path) -> None:
    """Every operation, refused ones too, uses up one number; the engine's versions follow."""
    first = Collection("c", tmp_path, config=CONFIG)
    assert put(first, 1) == 1
    with pytest.raises(LateError, match="No point with id 9 found") as caught:
        first.update(Update.set_payload([9], {"a": 1}))
    assert caught.value.number == 2
    assert first.skip_number() == 3
    first.close()

    again = Collection("c", tmp_path, config=CONFIG)
    assert put(again, 2) == 4
    assert version_of(again, 2) == 3
    again.close()


def test_operations_during_optimisation_are_in_the_copy(collection: Collection) -> None:
    """Upserts, deletes and refused writes since the copy are applied to it, under their numbers."""
    put(collection, 1, 2, 3)
    target = collection.shard_path(1)
    with collection.journaled_copy(lambda shard: copy_folder(shard, target)) as config:
        put(collection, 4)
        collection.update(Update.delete_points([1]))
        with pytest.raises(LateError):
            collection.update(Update.set_payload([9], {"a": 1}))
        put(collection, 2)
        recorded: list[int] = []
        collection.switch(1, config, lambda: recorded.append(collection.generation))

    assert recorded == [1]
    assert ids_of(collection) == [2, 3, 4]
    assert version_of(collection, 2) == 4
    assert put(collection, 5) == 6
    collection.close()
    reopened = Collection("c", collection.folder, config=CONFIG, generation=1)
    assert ids_of(reopened) == [2, 3, 4, 5]
    reopened.close()


def test_failed_record_keeps_the_old_copy(collection: Collection) -> None:
    """If the choice cannot be made durable, nothing changes."""
    put(collection, 1)

    def fail() -> None:
        raise OSError("disk full")

    copy = collection.journaled_copy(lambda shard: copy_folder(shard, collection.shard_path(1)))
    with pytest.raises(OSError, match="disk full"), copy as config:
        collection.switch(1, config, fail)
    put(collection, 2)
    assert collection.generation == 0
    assert ids_of(collection) == [1, 2]
    collection.close()


def test_reconfigured_collection_refuses_an_older_copy(collection: Collection) -> None:
    """A copy optimised under another configuration does not take over."""
    target = collection.shard_path(1)
    with collection.journaled_copy(lambda shard: copy_folder(shard, target)) as config:
        collection.reconfigure(patched(CONFIG, {"hnsw_config": {"m": 8}}))
        with pytest.raises(StaleCopyError):
            collection.switch(1, config, lambda: None)
    assert collection.config.hnsw["m"] == 8
    collection.close()


def test_indexing_is_due_above_the_threshold_only(collection: Collection) -> None:
    """One kilobyte holds 128 vectors of two floats; the 129th makes it due."""
    put(collection, *range(128))
    assert not collection.needs_optimizing()
    put(collection, 128)
    assert collection.needs_optimizing()
    collection.close()


def test_closed_collection_is_not_found(collection: Collection) -> None:
    """A request that still holds a deleted collection is told that it does not exist."""
    collection.close()

    with pytest.raises(ApiError) as caught:
        put(collection, 1)
    assert caught.value.status == 404
