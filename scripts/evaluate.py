"""`retrieval evaluate`: how good a stack's search is on judged queries, leg by leg."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.clock import SystemClock
from infra.errors import UsageError
from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.judged import JudgedFormat, JudgedSet
from infra.evaluation.measure import Measured
from infra.evaluation.metrics import Metric
from infra.evaluation.runs import Evaluation, evaluate_stack
from infra.evaluation.summary import GroupSummary, kind_groups, language_groups, summarise
from infra.pipeline.assemble import patient_pipeline
from scripts import judged_options as options
from scripts import recall, show
from scripts.deployment import Deployment

_MISSING_SHOWN = 5


def register(app: typer.Typer, connect: Callable[[str | None], Deployment]) -> None:
    """Add the command."""

    @app.command("evaluate")
    def evaluate(  # noqa: PLR0913 (options of a command line)
        *,
        stack: show.StackOption = None,
        queries: options.QueriesOption = None,
        written_as: options.FormatOption = JudgedFormat.LESSONS,
        qrels: options.QrelsOption = None,
        kinds: Annotated[
            bool, typer.Option("--kinds", help="Also a table for each kind of query.")
        ] = False,
        with_recall: Annotated[
            bool, typer.Option("--recall", help="Compare the quantized search with exact search.")
        ] = False,
        points: Annotated[
            int | None,
            typer.Option("--points", min=1000, help="With --recall: size of a synthetic set."),
        ] = None,
        oversampling: Annotated[
            str | None,
            typer.Option("--oversampling", help="With --recall: factors, `1,2,3`."),
        ] = None,
        seed: options.SeedOption = options.SEED,
        resamples: options.ResamplesOption = options.RESAMPLES,
        as_json: show.JsonOption = False,
    ) -> None:
        """Measure nDCG@10, recall@50 and MRR of each leg, fused and reranked, on judged queries."""
        bootstrap = Bootstrap(seed=seed, resamples=resamples)
        if with_recall:
            if kinds:
                raise _does_not_go_with("--kinds", "--recall", "it has no judged kinds")
            judged = options.judged_set(queries, written_as, qrels)
            order = recall.RecallOrder(
                points=points,
                oversamplings=recall.factors(oversampling),
                run_id=uuid.uuid4().hex[:8],
                bootstrap=bootstrap,
            )
            recall.recall_command(connect(stack), judged, order, as_json=as_json)
            return
        for name, value in (("--points", points), ("--oversampling", oversampling)):
            if value is not None:
                raise _does_not_go_with(name, "no --recall", "it is about quantized search")
        judged = options.judged_set(queries, written_as, qrels)
        deployment = connect(stack)
        found = evaluate_deployment(deployment, judged)
        tables = summarise(language_groups(judged.queries), found.measured, bootstrap)
        by_kind = summarise(kind_groups(judged.queries), found.measured, bootstrap) if kinds else []
        if as_json:
            given = {
                **options.given_set(queries, written_as, qrels),
                "seed": seed,
                "resamples": resamples,
                "settings": deployment.settings.model_dump(mode="json"),
            }
            result = {
                **_plain(found, judged),
                "groups": [asdict(table) for table in tables],
                "kinds": [asdict(table) for table in by_kind],
            }
            show.print_json("evaluate", stack=deployment.stack, given=given, result=result)
        else:
            console = show.data()
            print_header(console, deployment, judged, found, bootstrap)
            print_groups(console, [*tables, *by_kind], found.measured)


def evaluate_deployment(deployment: Deployment, judged: JudgedSet) -> Evaluation:
    """Answer every query with every system that the deployment's settings have parts for."""
    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    with (
        patient_pipeline(*services, SystemClock()) as pipeline,
        show.progress_on(show.talk()) as progress,
    ):
        return evaluate_stack(pipeline, judged, progress)


def print_header(
    console: Console,
    deployment: Deployment,
    judged: JudgedSet,
    found: Evaluation,
    bootstrap: Bootstrap,
) -> None:
    """What was measured, and what a reader must know before the numbers."""
    search = deployment.settings.search
    console.print(Text(f"stack       {deployment.stack}"))
    console.print(
        Text(f"collection  {found.collection}, {found.passages} passages"), soft_wrap=True
    )
    options.print_models(console, found.models)
    left_out = f", {judged.without_answer} left out (no relevant document)"
    console.print(
        Text(f"queries     {len(judged.queries)}{left_out if judged.without_answer else ''}")
    )
    console.print(
        Text(
            f"depth       {search.candidates_retrieved} passages a leg, "
            f"{search.candidates_reranked} reranked; passages count as their documents"
        )
    )
    console.print(
        Text(f"intervals   95 %, bootstrap of {bootstrap.resamples}, seed {bootstrap.seed}")
    )
    missing = found.coverage.missing
    if missing:
        named = ", ".join(missing[:_MISSING_SHOWN])
        more = f" and {len(missing) - _MISSING_SHOWN} more" if len(missing) > _MISSING_SHOWN else ""
        console.print(
            Text(
                f"{len(missing)} of {found.coverage.relevant} relevant documents are not in the "
                f"collection and count as not found: {named}{more}",
                style="bold yellow",
            )
        )


def print_groups(
    console: Console, groups: Sequence[GroupSummary], measured: Mapping[str, Measured]
) -> None:
    """One table for each group of queries; a leg that found nothing says for how many queries."""
    for group in groups:
        table = Table(title=f"{group.group} ({group.queries} queries)", title_justify="left")
        table.add_column("system")
        for metric in Metric:
            table.add_column(metric.label, justify="right", no_wrap=True)
        for system in group.systems:
            table.add_row(system.system, *(system.metrics[metric].text() for metric in Metric))
        console.print(table)
    silent = [f"{name} {system.empty}" for name, system in measured.items() if system.empty]
    if silent:
        console.print(Text(f"queries without any answer: {', '.join(silent)}"))


def _plain(found: Evaluation, judged: JudgedSet) -> dict[str, object]:
    return {
        "collection": found.collection,
        "index_key": found.index_key,
        "passages": found.passages,
        "models": options.plain_models(found.models),
        "stand_in_models": any(model.is_stand_in for model in found.models),
        "relevant_documents": found.coverage.relevant,
        "missing_documents": list(found.coverage.missing),
        "queries_without_answer": judged.without_answer,
        "unanswered": {name: system.empty for name, system in found.measured.items()},
        "per_query": [
            {
                "query_id": query.query_id,
                "query": query.text,
                "lang": query.language,
                "kind": query.kind,
                "scores": {
                    name: dict(system.scores[query.query_id])
                    for name, system in found.measured.items()
                },
            }
            for query in judged.queries
        ],
    }


def _does_not_go_with(option: str, other: str, why: str) -> UsageError:
    return UsageError(
        f"{option} is given with {other}",
        why=why,
        remedy="`retrieval evaluate --help` shows which options belong together",
    )
