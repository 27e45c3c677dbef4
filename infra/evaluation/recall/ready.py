"""Holds a recall measurement back until there is something to measure, and fails it otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from infra.clock import Clock
from infra.errors import CheckFailedError
from infra.evaluation.recall.dense import DenseVectors, Progress
from infra.pipeline.embed import Vector

MIN_SHARE = 0.95
"""The least part of all vectors that must be indexed, and of found ones that must be quantized."""

_POLL_S = 0.5
# A store that rests and counts no more for so long has stopped, short of its goal or not.
_SETTLED_S = 20.0
# An original vector and its recomputed score differ by rounding only, some 1e-7.
_SAME_SCORE = 1e-5
_PROBED = 100


def wait_until_indexed(dense: DenseVectors, clock: Clock, *, deadline_s: float) -> Progress:
    """Wait until the store has indexed (almost) all vectors and rests.

    Raises:
        CheckFailedError: the store failed, stopped short of it, or took longer than `deadline_s`.
    """
    started_s = changed_s = clock.monotonic_s()
    seen = -1
    while True:
        now = dense.progress()
        if now.failure is not None:
            raise _not_built(now, f"the store's optimizer failed: {now.failure}")
        if now.resting and now.share >= MIN_SHARE:
            return now
        if now.indexed != seen or not now.resting:
            seen, changed_s = now.indexed, clock.monotonic_s()
        if clock.monotonic_s() - changed_s > _SETTLED_S:
            raise _not_built(now, f"and nothing has changed for {_SETTLED_S:g} s")
        if clock.monotonic_s() - started_s > deadline_s:
            raise _not_built(now, f"after {deadline_s:g} s")
        clock.sleep(_POLL_S)


def require_quantization(dense: DenseVectors) -> dict[str, object]:
    """The quantization of the dense vectors.

    Raises:
        CheckFailedError: there is none.
    """
    configured = dense.quantization()
    if configured is None:
        raise CheckFailedError(
            "the dense vectors of this collection are not quantized",
            why="every search compares the original vectors: there is no recall to lose, and no "
            "memory saved",
            remedy="index into a new collection (`pulumi config set --path "
            "retrieval:store.collection NAME`): the pipeline makes it with binary quantization",
        )
    return configured


def quantized_share(dense: DenseVectors, vectors: Sequence[Vector]) -> float:
    """The part of found points whose score was computed from a quantized vector.

    A point that is not quantized yet gets its exact score even when nothing is rescored; so the
    scores tell what is really in use, whatever the configuration says.

    Raises:
        CheckFailedError: it is less than `MIN_SHARE`.
    """
    quantized = total = 0
    for vector in vectors:
        approximate = dense.unrescored(vector, limit=_PROBED)
        ids = [point.point_id for point in approximate]
        exact = {
            point.point_id: point.score for point in dense.exact(vector, limit=_PROBED, among=ids)
        }
        total += len(approximate)
        quantized += sum(
            abs(point.score - exact[point.point_id]) > _SAME_SCORE for point in approximate
        )
    share = quantized / total if total else 0.0
    if share < MIN_SHARE:
        raise CheckFailedError(
            f"only {share:.0%} of the points found have a quantized vector",
            why=f"at least {MIN_SHARE:.0%} must: the scores of the others are exact without "
            "rescoring, so the quantized search has not been built for them",
            remedy="wait until the store has optimized its segments (`retrieval status`), then "
            "repeat the command",
        )
    return share


def _not_built(progress: Progress, when: str) -> CheckFailedError:
    return CheckFailedError(
        f"{progress.indexed} of {progress.vectors} vectors are indexed {when}",
        why=f"at least {MIN_SHARE:.0%} must be, else a full scan answers in place of the index and "
        "recall looks better than it is",
        remedy="wait for the store's optimizer; after a restart it sleeps until the next write, "
        "and segments below its `indexing_threshold` (10 000 KB by default) are never indexed",
    )
