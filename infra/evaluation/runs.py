"""Whole runs on one stack's collection: evaluate it, or compare two settings on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.cached import (
    CachedEmbedder,
    CachedQueryEmbedder,
    CachedReranker,
    CachedStore,
)
from infra.evaluation.compare import Delta, QueryMoves, Side, by_size, compare_answers, deltas
from infra.evaluation.corpus import Coverage, coverage
from infra.evaluation.judged import JudgedSet
from infra.evaluation.measure import Measured, Progress, Services, measure_systems
from infra.evaluation.recall.dense import DenseVectors
from infra.evaluation.served import AnsweringModel, answering_models
from infra.evaluation.summary import language_groups
from infra.evaluation.systems import systems_of
from infra.pipeline.assemble import Pipeline
from infra.pipeline.store import PassageStore
from infra.settings import StackSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What was measured, on which collection, answered by which models."""

    collection: str
    index_key: str
    passages: int
    models: tuple[AnsweringModel, ...]
    coverage: Coverage
    measured: Mapping[str, Measured]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What two settings answer differently, with the change of nDCG@10 where queries are judged."""

    models: tuple[AnsweringModel, ...]
    changes: tuple[Delta, ...]
    queries: int
    moved: tuple[tuple[QueryMoves, float | None], ...]


def evaluate_stack(pipeline: Pipeline, judged: JudgedSet, progress: Progress) -> Evaluation:
    """Every query with every system that the stack's settings have parts for.

    Raises:
        InputFileError: the collection holds none of the judged documents.
        IncompatibleCollectionError, ServiceUnavailableError: see `PassageStore.require`.
    """
    pipeline.store.require()
    # Not always that of the settings: passages that were cut by others can be searched as well.
    collection = pipeline.store.collection
    covered = coverage(pipeline.store, judged.queries)
    models = answering_models(pipeline)
    systems = systems_of(pipeline.settings.search)
    return Evaluation(
        collection=collection,
        index_key=collection.rpartition("-")[2],
        passages=DenseVectors(pipeline.qdrant, pipeline.store_calls, collection).count(),
        models=tuple(models),
        coverage=covered,
        measured=measure_systems(remembering(pipeline), systems, judged.queries, progress=progress),
    )


def compare_judged(
    pipeline: Pipeline,
    changed: StackSettings,
    judged: JudgedSet,
    bootstrap: Bootstrap,
    progress: Progress,
) -> Comparison:
    """The stack's settings against `changed` ones: metrics, and answers, largest change first.

    Raises:
        InputFileError: the collection holds none of the judged documents.
    """
    pipeline.store.require()
    coverage(pipeline.store, judged.queries)
    sides = _sides(pipeline, changed)
    before, after = (
        measure_systems(side.services, systems_of(side.search), judged.queries, progress=progress)
        for side in sides
    )
    texts = [query.text for query in judged.queries]
    moved = compare_answers(*sides, texts, progress=progress)
    finals = (before[sides[0].answering.name], after[sides[1].answering.name])
    return Comparison(
        models=tuple(answering_models(pipeline)),
        changes=tuple(deltas(language_groups(judged.queries), before, after, bootstrap)),
        queries=len(texts),
        moved=tuple(by_size(moved, judged.queries, *finals)),
    )


def compare_texts(
    pipeline: Pipeline, changed: StackSettings, texts: Sequence[str], progress: Progress
) -> Comparison:
    """The answers to queries without judgements, in the order given."""
    pipeline.store.require()
    moved = compare_answers(*_sides(pipeline, changed), texts, progress=progress)
    return Comparison(
        models=tuple(answering_models(pipeline)),
        changes=(),
        queries=len(texts),
        moved=tuple((item, None) for item in moved),
    )


def remembering(pipeline: Pipeline) -> Services:
    """The services of a pipeline, with a memory for one run."""
    sparse = pipeline.sparse_embedder
    return Services(
        embedder=CachedEmbedder(sparse or pipeline.embedder),
        reranker=CachedReranker(pipeline.reranker),
        store=CachedStore(pipeline.store),
        clock=pipeline.clock,
        sparse=None if sparse is None else CachedQueryEmbedder(sparse),
    )


def _sides(pipeline: Pipeline, changed: StackSettings) -> tuple[Side, Side]:
    before = remembering(pipeline)
    after = before
    if changed.store != pipeline.settings.store:
        # The same collection searched in another way: found anew, the rest is shared.
        store = PassageStore(
            pipeline.qdrant, pipeline.store_calls, spec=pipeline.spec, settings=changed.store
        )
        after = replace(before, store=CachedStore(store))
    return (
        Side(services=before, search=pipeline.settings.search),
        Side(services=after, search=changed.search),
    )
