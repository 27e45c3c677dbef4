"""Recall of the quantized search on the real engine: the floor, the refusals, no traces left.

The floor needs 20 000 vectors and an index over them, some twenty seconds; the rest makes do with
what Qdrant indexes at all.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from qdrant_client import models
from rich.console import Console
from typer.testing import Result

from infra.clock import Clock, FakeClock, SystemClock
from infra.errors import CheckFailedError
from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.measure import Progress
from infra.evaluation.recall import run as run_module
from infra.evaluation.recall.dense import DenseVectors
from infra.evaluation.recall.measure import Instruments, Setting
from infra.evaluation.recall.ready import quantized_share, require_quantization
from infra.evaluation.recall.run import MIN_POINTS, RecallPlan, RecallReport, run_recall
from infra.evaluation.recall.synthetic import SyntheticVectors
from infra.pipeline.assemble import Pipeline
from infra.pipeline.collection import drop_collection
from infra.pipeline.documents import read_documents
from infra.pipeline.legs import Leg
from scripts import show
from scripts.deployment import Deployment

pytestmark = [pytest.mark.contract, pytest.mark.real_time, pytest.mark.runs("python")]

Run = Callable[..., Result]
Names = Callable[[], set[str]]

FLOOR = 0.95
# 4 KB each: enough that one segment passes the indexing threshold of 10 000 KB.
SMALL = 3000


def quiet(_stage: str, _done: int, _all: int) -> None:
    """No progress."""


def measured(
    pipeline: Pipeline,
    points: int | None,
    *,
    clock: Clock,
    progress: Progress,
    queries: Sequence[str] = (),
) -> RecallReport:
    plan = RecallPlan(points=points, oversamplings=(1.0, 3.0), seed=1, run_id="test")
    instruments = Instruments(clock=clock, bootstrap=Bootstrap(), progress=progress)
    return run_recall(pipeline, plan, lambda: queries, instruments)


@pytest.mark.slow
def test_the_floor_at_the_settings_in_force(pipeline: Pipeline, collections: Names) -> None:
    """Binary quantization keeps 0.95 of the ten nearest at the default limit and oversampling."""
    report = measured(pipeline, None, clock=SystemClock(), progress=quiet)
    assert (report.source, report.points) == ("synthetic vectors", MIN_POINTS)
    assert report.indexed_share >= 0.95
    assert report.quantized_share >= 0.95
    assert report.in_force == Setting(limit=50, oversampling=3.0)
    recall = {row.setting: row.recall_at_10 for row in report.table.rows}
    low = recall[report.in_force].low
    assert low is not None
    assert low >= FLOOR
    assert recall[Setting(limit=10, oversampling=1.0)].mean < FLOOR
    assert not any(name.startswith("retrieval-recall") for name in collections())


def test_the_command(run: Run, collections: Names, deployment: Deployment) -> None:
    """A smaller set, as data: what was measured on what, and every setting with both times."""
    before = collections()
    arguments = ("--recall", "--points", str(SMALL), "--oversampling", "1", "--json")
    result = run("evaluate", *arguments, on=deployment)
    assert result.exit_code == 0, result.exception
    report = json.loads(result.stdout)["recall"]
    assert report["points"] == SMALL
    assert report["quantization"]["binary"]["query_encoding"] == "scalar8bits"
    settings = [tuple(row["setting"].values()) for row in report["table"]["rows"]]
    assert settings == [(n, factor) for n in (10, 50, 100) for factor in (1.0, 3.0)]
    assert report["table"]["exact_median_ms"] > 0
    assert all(row["median_ms"] > 0 for row in report["table"]["rows"])
    assert collections() == before


def test_vectors_that_are_never_indexed_fail(pipeline: Pipeline, collections: Names) -> None:
    """Below the store's threshold a full scan answers: no recall is reported, nothing is left."""
    with pytest.raises(CheckFailedError, match="0 of 1000 vectors are indexed"):
        measured(pipeline, 1000, clock=FakeClock(), progress=quiet)
    assert not any(name.startswith("retrieval-recall") for name in collections())


@pytest.mark.parametrize("stage", ["fill", "recall"])
def test_an_interrupt_leaves_nothing(pipeline: Pipeline, collections: Names, stage: str) -> None:
    """Ctrl-C while vectors are stored or searched removes the collection."""

    def interrupt(now: str, _done: int, _all: int) -> None:
        if now == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(pipeline, SMALL, clock=SystemClock(), progress=interrupt)
    assert not any(name.startswith("retrieval-recall") for name in collections())


def test_a_termination_leaves_nothing(
    run: Run, collections: Names, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM in the middle of the command removes the collection as well."""

    @contextmanager
    def killing(_console: Console) -> Generator[Progress]:
        yield lambda _stage, _done, _all: os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(show, "progress_on", killing)
    before = signal.getsignal(signal.SIGTERM)
    result = run("evaluate", "--recall", "--points", str(SMALL), on=deployment)
    assert result.exit_code != 0
    assert signal.getsignal(signal.SIGTERM) is before
    assert not any(name.startswith("retrieval-recall") for name in collections())


def test_quantization_that_is_off_fails(pipeline: Pipeline) -> None:
    """Neither the configuration nor the scores of such a collection pass."""
    name, size = "unquantized", 64
    dense = models.VectorParams(size=size, distance=models.Distance.COSINE)
    pipeline.qdrant.create_collection(name, vectors_config={Leg.DENSE.value: dense})
    try:
        rows = next(SyntheticVectors(points=200, dimensions=size, seed=1).batches(200))
        ids: list[models.ExtendedPointId] = [str(UUID(int=number)) for number in range(200)]
        batch = models.Batch(ids=ids, vectors={Leg.DENSE.value: rows.tolist()})
        pipeline.qdrant.upsert(name, batch, wait=True)
        vectors = DenseVectors(pipeline.qdrant, pipeline.store_calls, name)
        with pytest.raises(CheckFailedError, match="not quantized"):
            require_quantization(vectors)
        with pytest.raises(CheckFailedError, match="only 0% of the points"):
            quantized_share(vectors, rows[:3].tolist())
    finally:
        pipeline.qdrant.delete_collection(name)


class TestOwnCollection:
    @pytest.fixture
    def own(
        self, pipeline: Pipeline, project_root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Pipeline]:
        """A collection of real passages that counts as large enough."""
        monkeypatch.setattr(run_module, "MIN_POINTS", 100)
        other = pipeline.with_collection("own")
        root = project_root / "infra" / "local" / "lessons"
        other.indexer().index(read_documents([str(root / "en")], root=root))
        yield other
        drop_collection(other.qdrant, other.store_calls, other.spec)

    def test_is_measured_with_the_judged_queries(self, own: Pipeline, collections: Names) -> None:
        """The stack's passages and the texts of the set, each once; nothing is taken away."""
        own.qdrant.update_collection(
            own.spec.name, optimizers_config=models.OptimizersConfigDiff(indexing_threshold=100)
        )
        texts = ["hyperinflation", "recursion", "hyperinflation", "food chains"]
        report = measured(own, None, clock=SystemClock(), progress=quiet, queries=texts)
        assert (report.source, report.collection) == ("own collection", own.spec.name)
        assert report.table.queries == 3
        assert report.quantized_share >= 0.95
        assert report.table.rows[-1].recall_at_10.mean > 0.9
        assert own.spec.name in collections()

    def test_that_is_not_indexed_fails(self, own: Pipeline) -> None:
        """The sparse vectors count as indexed at once; the dense ones, a third of all, are not."""
        with pytest.raises(CheckFailedError, match=r"^(\d+) of \d+ vectors are indexed"):
            measured(own, None, clock=FakeClock(), progress=quiet, queries=["recursion"])
