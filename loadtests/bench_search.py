"""Times one search with each set of legs, with and without reranking, side by side in one run.

The services are the local ones, on the sample lessons: what is compared is the work that a leg adds
to the pipeline and the store, not the speed of a real model. The head of the learned sparse leg is
made of random numbers, as the local models have none: its times are right, its hits mean nothing.

    python -m loadtests.bench_search [--json] [--rounds 2]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.clock import SystemClock
from infra.errors import ExitCode, OperatorError, ServiceUnavailableError
from infra.pipeline.assemble import Pipeline, patient_pipeline
from infra.pipeline.documents import read_documents
from infra.pipeline.search import Searcher
from infra.pipeline.watch import Stage
from infra.settings import SearchSettings, StackSettings
from loadtests.local_services import LESSONS, local_services, random_head

SEED = 20260102
ROUNDS = 2

_LEGS: Mapping[str, Mapping[str, object]] = {
    "dense": {"weight_bm25_ru": 0.0, "weight_bm25_en": 0.0},
    "dense+bm25": {},
    "dense+bm25+m3": {"sparse": "m3"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """One set of legs. Medians in milliseconds; `ratio` is over the first set without rerank."""

    legs: str
    reranks: bool
    stage_ms: Mapping[str, float]
    p90_ms: float
    ratio: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchBench:
    """One run; every set has answered each query `rounds` times, in turn with the others."""

    schema_version: int
    seed: int
    passages: int
    queries: int
    rounds: int
    systems: Sequence[Timed]


def measure(
    *, rounds: int = ROUNDS, paths: Sequence[str] = ("ru", "en"), most_queries: int | None = None
) -> SearchBench:
    """Index sample lessons and search them.

    Raises:
        OperatorError: a service failed.
    """
    with tempfile.TemporaryDirectory(prefix="bench-head-") as folder, local_services() as services:
        settings = _settings(random_head(Path(folder), 1024, seed=SEED))
        with patient_pipeline(services, {}, settings, SystemClock()) as pipeline:
            report = pipeline.indexer().index(
                read_documents([str(LESSONS / path) for path in paths], root=LESSONS)
            )
            queries = _queries()[:most_queries]
            times = _times(_searchers(pipeline), queries, rounds)
    base_ms = statistics.median(times[next(iter(times))][Stage.TOTAL])
    return SearchBench(
        schema_version=1,
        seed=SEED,
        passages=report.passages,
        queries=len(queries),
        rounds=rounds,
        systems=[_timed(*system, stages, base_ms) for system, stages in times.items()],
    )


def main(arguments: Sequence[str]) -> int:
    """Measure and write the result to stdout; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_search", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="times each query is asked")
    options = parser.parse_args(arguments)
    try:
        found = measure(rounds=options.rounds)
    except OperatorError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    if options.json:
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
    else:
        sys.stdout.write(_text(found))
    return int(ExitCode.OK)


def _settings(head: Path) -> StackSettings:
    return StackSettings.model_validate(
        {
            "target": "local",
            "embed": {"sparse_head": str(head)},
            "store": {"collection": "bench", "sparse": "m3"},
            "search": {"sparse": "m3"},
        }
    )


def _searchers(pipeline: Pipeline) -> dict[tuple[str, bool], Searcher]:
    """A searcher for each set, all on the same clients; the cheapest first."""
    pipeline.store.require()
    found: dict[tuple[str, bool], Searcher] = {}
    for reranks in (False, True):
        for legs, changes in _LEGS.items():
            settings = SearchSettings.model_validate(
                {**changes, **({} if reranks else {"candidates_reranked": 0})}
            )
            found[legs, reranks] = Searcher(
                embedder=pipeline.embedder,
                reranker=pipeline.reranker,
                store=pipeline.store,
                settings=settings,
                clock=pipeline.clock,
                sparse=pipeline.sparse_embedder,
                limit=pipeline.limit,
            )
    return found


def _queries() -> list[str]:
    lines = (LESSONS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["query"]) for line in lines]


def _times(
    searchers: Mapping[tuple[str, bool], Searcher], queries: Sequence[str], rounds: int
) -> dict[tuple[str, bool], dict[Stage, list[float]]]:
    """Milliseconds of each stage; the sets take turns, and which one begins changes."""
    times = {system: {stage: list[float]() for stage in Stage} for system in searchers}
    order = list(searchers)
    for turn, query in enumerate([queries[0], *list(queries) * rounds]):
        first = turn % len(order)
        for system in (*order[first:], *order[:first]):
            result = searchers[system].search(query)
            if result.problems:
                raise ServiceUnavailableError(
                    f"{system[0]}: {', '.join(result.problems)}",
                    why="; ".join(result.problems.values()),
                    remedy="only whole answers are timed: repeat it",
                )
            if turn:  # the first query only warms up
                for stage, value in result.stage_ms.items():
                    times[system][stage].append(value)
    return times


def _timed(
    legs: str,
    reranks: bool,  # noqa: FBT001 (half of the name of a system)
    stages: Mapping[Stage, Sequence[float]],
    base_ms: float,
) -> Timed:
    medians = {stage.value: round(statistics.median(each), 3) for stage, each in stages.items()}
    return Timed(
        legs=legs,
        reranks=reranks,
        stage_ms=medians,
        p90_ms=round(statistics.quantiles(stages[Stage.TOTAL], n=10)[-1], 3),
        ratio=round(medians[Stage.TOTAL] / base_ms, 2),
    )


def _text(found: SearchBench) -> str:
    stages = [stage.value for stage in Stage]
    lines = [
        f"{found.queries} queries x {found.rounds} on {found.passages} passages, local stand-ins; "
        "medians in ms",
        f"  {'legs':<14} {'reranked':<8} {''.join(f'{name:>8}' for name in stages)}     P90  ratio",
    ]
    for timed in found.systems:
        times = "".join(f"{timed.stage_ms[name]:8.1f}" for name in stages)
        reranked = "yes" if timed.reranks else "no"
        lines.append(
            f"  {timed.legs:<14} {reranked:<8} {times}{timed.p90_ms:8.1f}{timed.ratio:7.2f}"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
