"""A collection of synthetic vectors that lives as long as one measurement.

It is made by the pipeline's own code, so its dense vectors are quantized as a stack's are. It is
removed when the measurement ends, also by an error or an interrupt.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from qdrant_client import models

from infra.errors import OperatorError, ServiceUnavailableError
from infra.evaluation.measure import Progress
from infra.evaluation.recall.synthetic import SyntheticVectors
from infra.pipeline.assemble import Pipeline
from infra.pipeline.collection import CollectionSpec, drop_collection, ensure_collection
from infra.pipeline.legs import Leg

# Vectors in one call: 1024 numbers each make 10 MB of JSON, below Qdrant's limit of 32 MB.
_BATCH = 500
# Qdrant's own default, for a server that does not name the value in force.
_DEFAULT_THRESHOLD_KB = 10_000


@contextmanager
def temporary_collection(
    pipeline: Pipeline, vectors: SyntheticVectors, *, run_id: str, progress: Progress
) -> Generator[CollectionSpec]:
    """A collection filled with `vectors`; `run_id` must be new for each run.

    Raises:
        ServiceUnavailableError: the store failed; when it could not be removed, its name is told.
    """
    spec = CollectionSpec(
        alias=f"retrieval-recall-{run_id}", index_key="synthetic", dimensions=vectors.dimensions
    )
    try:
        ensure_collection(pipeline.qdrant, pipeline.store_calls, spec)
        _fill(pipeline, spec, vectors, progress)
        yield spec
    finally:
        _remove(pipeline, spec)


def _fill(
    pipeline: Pipeline, spec: CollectionSpec, vectors: SyntheticVectors, progress: Progress
) -> None:
    client, calls = pipeline.qdrant, pipeline.store_calls
    before = calls.run(lambda: client.get_collection(spec.name)).config.optimizer_config
    # The index is built once, when all vectors are there: every point lies in a built segment then,
    # and the time is that of one build.
    _index_from(pipeline, spec, 0)
    done = 0
    first = models.Batch(ids=[], vectors={})
    for rows in vectors.batches(_BATCH):
        # Ids of the pipeline's kind, so that everything that reads points reads these.
        ids: list[models.ExtendedPointId] = [str(UUID(int=done + row)) for row in range(len(rows))]
        batch = models.Batch(ids=ids, vectors={Leg.DENSE.value: rows.tolist()})
        if not done:
            first = models.Batch(ids=ids[:1], vectors={Leg.DENSE.value: rows[:1].tolist()})
        calls.run(lambda batch=batch: client.upsert(spec.name, batch, wait=True))
        done += len(rows)
        progress("fill", done, vectors.points)
    _index_from(pipeline, spec, before.indexing_threshold or _DEFAULT_THRESHOLD_KB)
    # A store looks for work after a write: the first point once more, as it is.
    calls.run(lambda: client.upsert(spec.name, first, wait=True))


def _index_from(pipeline: Pipeline, spec: CollectionSpec, threshold_kb: int) -> None:
    """Let the store index segments above `threshold_kb`; 0 switches indexing off."""
    client = pipeline.qdrant
    change = models.OptimizersConfigDiff(indexing_threshold=threshold_kb)
    pipeline.store_calls.run(lambda: client.update_collection(spec.name, optimizers_config=change))


def _remove(pipeline: Pipeline, spec: CollectionSpec) -> None:
    try:
        drop_collection(pipeline.qdrant, pipeline.store_calls, spec)
    except OperatorError as error:
        raise ServiceUnavailableError(
            f"the temporary collection {spec.name} is still in the store",
            why=f"{error.what}: {error.why}",
            remedy=f"delete it when the store is back: DELETE /collections/{spec.name}",
        ) from error
