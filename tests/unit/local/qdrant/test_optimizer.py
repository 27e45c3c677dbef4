"""Background optimisation: a failing one is shown and does no harm."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import qdrant_edge as edge

from infra.local.qdrant.config import read_create
from infra.local.qdrant.storage import optimizer
from infra.local.qdrant.storage.catalog import Catalog
from infra.local.qdrant.storage.optimizer import Optimizer

PERIOD_S = 0.02
DEADLINE_S = 20


@pytest.mark.runs("python")
def test_failed_optimisation_is_shown_until_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The collection keeps its data and its error; the copy that failed is removed."""
    child = tmp_path / "child.py"
    child.write_text("raise SystemExit('no space left')")
    monkeypatch.setattr(optimizer, "_CHILD", child)
    catalog = Catalog(tmp_path / "storage")
    config = {
        "vectors": {"size": 64, "distance": "Dot"},
        "optimizers_config": {"indexing_threshold": 1},
    }
    catalog.create("c", read_create(config))
    collection = catalog.find("c")
    points = [edge.Point(at, [float(at)] * 64) for at in range(10)]
    collection.update(edge.UpdateOperation.upsert_points(points))
    background = Optimizer(catalog, period_s=PERIOD_S)
    background.start()
    try:
        for _ in range(int(DEADLINE_S / PERIOD_S)):
            if collection.indexing.error is not None:
                break
            threading.Event().wait(PERIOD_S)
        assert collection.indexing.error == "optimisation failed: no space left"
    finally:
        background.stop()
    assert [path.name for path in collection.folder.glob("shard-*")] == ["shard-0"]
    collection.skip_number()
    assert collection.indexing.error is None
    assert collection.read(lambda shard: shard.count(edge.CountRequest())) == 10
    catalog.close()
