"""Runs all checks of a deployment, and always takes away what it put into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from infra.pipeline.assemble import Pipeline
from infra.pipeline.collection import drop_collection
from infra.pipeline.smoke.check import Check, CheckResult, Measured, not_run, run_check
from infra.pipeline.smoke.collection import search_checks, store_check
from infra.pipeline.smoke.lessons import DOCUMENTS
from infra.pipeline.smoke.models import embed_checks, rerank_checks

Seen = Callable[[CheckResult], None]


def run_smoke(pipeline: Pipeline, *, run_id: str, seen: Seen) -> list[CheckResult]:
    """Run every check, in order; `seen` is called with each result as it comes.

    The search checks use a collection of their own, named after `run_id`, which must be new for
    each run; the stack's own collection is neither read nor written.
    """
    results: list[CheckResult] = []

    def take(new: Iterable[CheckResult]) -> None:
        for result in new:
            results.append(result)
            seen(result)

    servers = [*embed_checks(pipeline), *rerank_checks(pipeline), store_check(pipeline)]
    take(run_check(check) for check in servers)
    temporary = pipeline.with_collection(f"retrieval-smoke-{run_id}")
    try:
        take([run_check(_indexing(temporary))])
        checks = search_checks(temporary, len(DOCUMENTS))
        if results[-1].passed:
            take(run_check(check) for check in checks)
        else:
            take(not_run(checks, "nothing was indexed"))
    finally:
        take([run_check(_removal(temporary))])
    return results


def _indexing(temporary: Pipeline) -> Check:
    def index() -> Measured:
        report = temporary.indexer().index(DOCUMENTS)
        return Measured(report.new == len(DOCUMENTS), f"{report.new} passages")

    return Check(name="index: own collection", expected=f"{len(DOCUMENTS)} passages", measure=index)


def _removal(temporary: Pipeline) -> Check:
    def remove() -> Measured:
        client, calls = temporary.qdrant, temporary.store_calls
        drop_collection(client, calls, temporary.spec)
        gone = not calls.run(lambda: client.collection_exists(temporary.spec.name))
        return Measured(gone, "gone" if gone else f"{temporary.spec.name} is still there")

    return Check(name="index: own collection removed", expected="gone", measure=remove)
