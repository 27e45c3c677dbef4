"""`retrieval compare`: two settings side by side on the same queries, what moved and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.clock import SystemClock
from infra.errors import UsageError
from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.compare import Delta
from infra.evaluation.judged import JudgedFormat, JudgedSet
from infra.evaluation.moves import Place, reasons
from infra.evaluation.overrides import with_overrides
from infra.evaluation.runs import Comparison, compare_judged, compare_texts
from infra.pipeline.assemble import patient_pipeline
from infra.settings import StackSettings
from infra.settings.table import plain_text, setting_rows
from scripts import judged_options as options
from scripts import show
from scripts.deployment import Deployment

_QUERIES_SHOWN = 10


def register(app: typer.Typer, connect: Callable[[str | None], Deployment]) -> None:
    """Add the command."""

    @app.command("compare")
    def compare(  # noqa: PLR0913 (options of a command line)
        *,
        assignments: Annotated[
            list[str],
            typer.Option("--set", metavar="NAME=VALUE", help="A setting to change, repeatable."),
        ],
        query: Annotated[
            list[str] | None,
            typer.Option("--query", help="A query of your own instead of judged ones, repeatable."),
        ] = None,
        stack: show.StackOption = None,
        queries: options.QueriesOption = None,
        written_as: options.FormatOption = JudgedFormat.LESSONS,
        qrels: options.QrelsOption = None,
        show_queries: Annotated[
            int, typer.Option("--show", min=0, help="Queries shown, largest change first.")
        ] = _QUERIES_SHOWN,
        seed: options.SeedOption = options.SEED,
        resamples: options.ResamplesOption = options.RESAMPLES,
        as_json: show.JsonOption = False,
    ) -> None:
        """Change settings for one run and see what it does to metrics and answers."""
        if query and (queries or qrels):
            raise UsageError(
                "--query is given with judged queries",
                why="a query typed here has no judgements",
                remedy="leave out either --query or --queries and --qrels",
            )
        judged = None if query else options.judged_set(queries, written_as, qrels)
        deployment = connect(stack)
        changed = with_overrides(deployment.settings, assignments)
        bootstrap = Bootstrap(seed=seed, resamples=resamples)
        found = compare_settings(deployment, changed, judged or query or [], bootstrap)
        if as_json:
            given = {
                "set": assignments,
                "query": query,
                **({} if query else options.given_set(queries, written_as, qrels)),
                "seed": seed,
                "resamples": resamples,
                "settings": deployment.settings.model_dump(mode="json"),
                "changed_settings": changed.model_dump(mode="json"),
            }
            show.print_json("compare", stack=deployment.stack, given=given, result=_plain(found))
        else:
            console = show.data()
            print_header(console, deployment.settings, changed, found, bootstrap)
            print_changes(console, found.changes)
            print_moves(console, found, show_queries)


def compare_settings(
    deployment: Deployment,
    changed: StackSettings,
    asked: JudgedSet | Sequence[str],
    bootstrap: Bootstrap,
) -> Comparison:
    """Run both settings on the deployment's collection; what they have in common is asked once."""
    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    with (
        patient_pipeline(*services, SystemClock()) as pipeline,
        show.progress_on(show.talk()) as progress,
    ):
        if isinstance(asked, JudgedSet):
            return compare_judged(pipeline, changed, asked, bootstrap, progress)
        return compare_texts(pipeline, changed, asked, progress)


def print_header(
    console: Console,
    settings: StackSettings,
    changed: StackSettings,
    found: Comparison,
    bootstrap: Bootstrap,
) -> None:
    """Which settings differ, and who answered."""
    before = {row.key: row.value for row in setting_rows(settings)}
    for row in setting_rows(changed):
        if row.value != before[row.key]:
            values = f"{plain_text(before[row.key])} → {plain_text(row.value)}"
            console.print(Text(f"{row.key}  {values}", style="bold"))
    options.print_models(console, found.models)
    if found.changes:
        text = f"95 % paired intervals, bootstrap of {bootstrap.resamples}, seed {bootstrap.seed}"
        console.print(Text(text))


def print_changes(console: Console, changes: Sequence[Delta]) -> None:
    """One table for each group, with the metrics that moved; the systems that did not in a line."""
    for group in dict.fromkeys(change.group for change in changes):
        own = [change for change in changes if change.group == group]
        moved = [change for change in own if not _is_still(change)]
        if moved:
            table = Table(title=f"{group} ({own[0].queries} queries)", title_justify="left")
            for column in ("system", "metric"):
                table.add_column(column, no_wrap=True)
            for column in ("before", "after", "change"):
                table.add_column(column, justify="right", no_wrap=True)
            for change in moved:
                ends = (f"{change.before:.3f}", f"{change.after:.3f}")
                table.add_row(change.system, change.metric.label, *ends, _change_text(change))
            console.print(table)
        named = {change.system for change in moved}
        still = [name for name in dict.fromkeys(c.system for c in own) if name not in named]
        if still:
            line = f"{group}: no change in {', '.join(still)}"
            console.print(Text(line, style="dim"), soft_wrap=True)


def print_moves(console: Console, found: Comparison, count: int) -> None:
    """The queries that are answered differently, the largest change first."""
    console.print(Text(f"{len(found.moved)} of {found.queries} queries are answered differently"))
    for item, change in found.moved[:count]:
        size = "" if change is None else f"  (nDCG@10 {change:+.3f})"
        console.print(Text(f"\n{item.query}{size}", style="bold"))
        for move in item.moves:
            ranks = f"{_rank(move.before)} → {_rank(move.after)}"
            console.print(Text(f"  {ranks:>8}  {move.source}"), soft_wrap=True)
            console.print(
                Text(f"            {'; '.join(reasons(move))}", style="dim"), soft_wrap=True
            )
    if len(found.moved) > count:
        console.print(Text(f"\n{len(found.moved) - count} more: --show {len(found.moved)}"))


def _is_still(delta: Delta) -> bool:
    """Whether no query at all moved, rather than moves that cancel out."""
    return delta.change.mean == 0 and not delta.change.low and not delta.change.high


def _change_text(delta: Delta) -> str:
    low, high = delta.change.low, delta.change.high
    interval = "" if low is None or high is None else f" [{low:+.3f}, {high:+.3f}]"
    return f"{delta.change.mean:+.3f}{interval}"


def _rank(place: Place | None) -> str:
    return "–" if place is None else str(place.rank)


def _plain(found: Comparison) -> dict[str, object]:
    return {
        "models": options.plain_models(found.models),
        "stand_in_models": any(model.is_stand_in for model in found.models),
        "changes": [asdict(change) for change in found.changes],
        "queries": found.queries,
        "moved": [
            {
                "query": item.query,
                "ndcg_at_10_change": change,
                "moves": [{**asdict(move), "reasons": reasons(move)} for move in item.moves],
            }
            for item, change in found.moved
        ],
    }
