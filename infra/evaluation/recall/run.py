"""One recall measurement: choose the vectors, make sure that they are quantized, compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.evaluation.recall.dense import DenseVectors
from infra.evaluation.recall.measure import (
    DenseLeg,
    Instruments,
    RecallTable,
    Setting,
    measure_recall,
)
from infra.evaluation.recall.ready import (
    quantized_share,
    require_quantization,
    wait_until_indexed,
)
from infra.evaluation.recall.synthetic import SyntheticVectors
from infra.evaluation.recall.temporary import temporary_collection
from infra.pipeline.assemble import Pipeline
from infra.pipeline.collection import CollectionSpec
from infra.pipeline.embed import Vector
from infra.pipeline.fuse import Found
from infra.pipeline.legs import Leg
from infra.pipeline.normalise import normalise
from infra.pipeline.store import PassageStore

MIN_POINTS = 20_000
"""Points below which a collection of one's own is too small to say anything of an index."""

DEFAULT_OVERSAMPLINGS = (1.0, 2.0, 3.0, 5.0)

_SYNTHETIC_QUERIES = 200
# Vectors by which the quantized share is probed.
_PROBES = 20
_LIMITS = (10, 100)
# Two cores index 20 000 vectors in seconds, a million in minutes.
_INDEX_DEADLINE_S = 1800.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallPlan:
    """What to measure. `points` is the size of a synthetic set; None takes the stack's own
    collection if it is large enough, else a set of `MIN_POINTS`."""

    points: int | None
    oversamplings: tuple[float, ...]
    seed: int
    run_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallReport:
    """What was measured on what. `in_force` is the setting that the stack's dense leg runs with."""

    source: str
    collection: str
    points: int
    dimensions: int
    quantization: dict[str, object]
    indexed_share: float
    quantized_share: float
    rescore: bool
    in_force: Setting
    table: RecallTable


def run_recall(
    pipeline: Pipeline,
    plan: RecallPlan,
    queries: Callable[[], Sequence[str]],
    instruments: Instruments,
) -> RecallReport:
    """Measure on the stack's own collection or on a temporary one.

    `queries` gives the texts to search the own collection with; they are embedded first.

    Raises:
        CheckFailedError: quantization is off, or not built for almost all vectors.
        ServiceUnavailableError, ServiceRefusedError: a service failed.
    """
    if plan.points is None and _own_points(pipeline) >= MIN_POINTS:
        texts = list(dict.fromkeys(normalise(text) for text in queries()))
        vectors = [pipeline.embedder.embed([text])[0] for text in texts]
        return _measured(pipeline, pipeline.spec, "own collection", plan, (vectors, instruments))
    synthetic = SyntheticVectors(
        points=plan.points or MIN_POINTS,
        dimensions=pipeline.settings.embed.dimensions,
        seed=plan.seed,
    )
    vectors = synthetic.queries(_SYNTHETIC_QUERIES).tolist()
    with temporary_collection(
        pipeline, synthetic, run_id=plan.run_id, progress=instruments.progress
    ) as spec:
        return _measured(pipeline, spec, "synthetic vectors", plan, (vectors, instruments))


def settings_to_measure(pipeline: Pipeline, oversamplings: Sequence[float]) -> list[Setting]:
    """Every limit with every oversampling, those in force among them."""
    limits = sorted({*_LIMITS, pipeline.settings.search.candidates_retrieved})
    factors = sorted({*oversamplings, pipeline.settings.store.oversampling})
    return [Setting(limit=limit, oversampling=factor) for limit in limits for factor in factors]


def _own_points(pipeline: Pipeline) -> int:
    if not pipeline.store.check():
        return 0
    return DenseVectors(pipeline.qdrant, pipeline.store_calls, pipeline.spec.name).count()


def _measured(
    pipeline: Pipeline,
    spec: CollectionSpec,
    source: str,
    plan: RecallPlan,
    taken: tuple[Sequence[Vector], Instruments],
) -> RecallReport:
    vectors, instruments = taken
    dense = DenseVectors(pipeline.qdrant, pipeline.store_calls, spec.name)
    quantization = require_quantization(dense)
    indexed = wait_until_indexed(dense, instruments.clock, deadline_s=_INDEX_DEADLINE_S)
    share = quantized_share(dense, vectors[:_PROBES])
    legs = [
        (setting, _dense_leg(pipeline, spec, setting.oversampling))
        for setting in settings_to_measure(pipeline, plan.oversamplings)
    ]
    return RecallReport(
        source=source,
        collection=spec.name,
        points=dense.count(),
        dimensions=spec.dimensions,
        quantization=quantization,
        indexed_share=indexed.share,
        quantized_share=share,
        rescore=pipeline.settings.store.rescore,
        in_force=Setting(
            limit=pipeline.settings.search.candidates_retrieved,
            oversampling=pipeline.settings.store.oversampling,
        ),
        table=measure_recall(dense, legs, vectors, instruments),
    )


def _dense_leg(pipeline: Pipeline, spec: CollectionSpec, oversampling: float) -> DenseLeg:
    """The pipeline's own dense leg with another oversampling."""
    settings = pipeline.settings.store.model_copy(update={"oversampling": oversampling})
    store = PassageStore(pipeline.qdrant, pipeline.store_calls, spec=spec, settings=settings)

    def search(vector: Vector, limit: int) -> list[Found]:
        return store.search(vector=vector, text="", legs=[Leg.DENSE], limit=limit)[Leg.DENSE]

    return search
