"""Background optimisation: large collections get their index while the service keeps answering."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from tests.contract.qdrant.server import Server, running

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]

SEED = 11
POINTS = 3000
DIMENSIONS = 64
INDEXING_THRESHOLD_KB = 200
"""3000 vectors of 64 floats are 750 KB, well above it."""

DEADLINE_S = 60


@pytest.fixture(scope="module")
def vectors() -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(SEED).standard_normal((POINTS, DIMENSIONS)).astype(np.float32)


def loaded(server: Server, vectors: np.ndarray[Any, np.dtype[np.float32]]) -> QdrantClient:
    """A client on a server with all points upserted."""
    client = QdrantClient(url=server.url)
    client.create_collection(
        "big",
        vectors_config=models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE),
        optimizers_config=models.OptimizersConfigDiff(indexing_threshold=INDEXING_THRESHOLD_KB),
        quantization_config=models.BinaryQuantization(
            binary=models.BinaryQuantizationConfig(always_ram=True)
        ),
    )
    for start in range(0, POINTS, 500):
        ids = range(start, start + 500)
        points = [models.PointStruct(id=i, vector=vectors[i].tolist()) for i in ids]
        client.upsert("big", points)
    return client


def wait_until_green(client: QdrantClient, indexed: int) -> None:
    """Poll until the colour is green with `indexed` vectors; queries answer all the while."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        info = client.get_collection("big")
        if info.status == "green" and (info.indexed_vectors_count or 0) >= indexed:
            return
        assert len(client.query_points("big", query=[1.0] * DIMENSIONS, limit=3).points) == 3
        time.sleep(0.05)
    raise AssertionError(f"not green in time: {client.get_collection('big')}")


def test_large_collection_is_indexed_and_stays_so(
    storage: Path, vectors: np.ndarray[Any, np.dtype[np.float32]]
) -> None:
    """The colour goes from yellow to green, and a killed server comes back with the index."""
    with running(storage) as server:
        client = loaded(server, vectors)
        assert client.get_collection("big").status == "yellow"
        wait_until_green(client, POINTS)
        client.close()
        server.kill()
        server.restart()
        client = QdrantClient(url=server.url)
        info = client.get_collection("big")
        assert (info.status, info.indexed_vectors_count) == ("green", POINTS)
        assert client.count("big").count == POINTS
        client.close()


def test_deleting_a_collection_ends_its_optimisation(
    storage: Path, vectors: np.ndarray[Any, np.dtype[np.float32]]
) -> None:
    """A collection deleted while it is yellow is gone for good, and its name is free."""
    with running(storage) as server:
        client = loaded(server, vectors)
        client.delete_collection("big")
        client = loaded(server, vectors)
        wait_until_green(client, POINTS)
        assert len(list((storage / "collections").iterdir())) == 1
        client.close()


def test_point_versions_and_operation_ids_go_on_after_optimising(
    storage: Path, vectors: np.ndarray[Any, np.dtype[np.float32]]
) -> None:
    """The numbering of operations does not restart with the optimised copy."""
    with running(storage) as server:
        client = loaded(server, vectors)
        wait_until_green(client, POINTS)
        result = client.upsert("big", [models.PointStruct(id=5, vector=vectors[5].tolist())])
        has_id = models.Filter(must=[models.HasIdCondition(has_id=[5])])
        found = client.query_points("big", query=vectors[5].tolist(), query_filter=has_id).points
        assert result.operation_id == POINTS // 500 + 1
        assert found[0].version == result.operation_id
        client.close()
