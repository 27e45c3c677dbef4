"""What `retrieval index` tells: what is used, how far it is, what it did."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from infra.pipeline.files import Problem
from infra.pipeline.index import IndexReport
from infra.pipeline.progress import IndexProgress, Listener
from scripts import show
from scripts.deployment import Deployment
from scripts.index_input import Found

if TYPE_CHECKING:
    from infra.pipeline.assemble import Pipeline
    from infra.pipeline.prune import Prune
    from scripts.served_collection import Change


def tell_what_is_used(
    talk: Console, deployment: Deployment, pipeline: Pipeline, documents: str
) -> None:
    """Everything that was resolved, before anything is done; `documents` in words."""
    settings = deployment.settings
    served = pipeline.embedder.served
    key = "set, not shown" if deployment.secrets.get("qdrant_api_key") else "none"
    headings = "with" if settings.passages.with_headings else "without"
    talk.print(f"stack       {deployment.stack}")
    talk.print(f"embed       {served.model_id} on {deployment.endpoints.embed}")
    talk.print(f"store       {deployment.endpoints.qdrant}, key {key}")
    talk.print(f"collection  {settings.store.collection} = {pipeline.spec.name}")
    most = settings.passages.max_tokens
    if settings.store.sparse != "off":
        way = "lists" if served.pooling == "mean" else "one text at a time"
        talk.print(f"sparse      {settings.store.sparse}, pooling {served.pooling}: rows by {way}")
    talk.print(f"passages    of at most {most} tokens, {headings} title and headings")
    talk.print(f"documents   {documents}")


def files_in_words(found: Found) -> str:
    """How many files will be read, and what of other kinds lies beside them."""
    kinds = found.selection.left_out.most_common(3)
    if not kinds:
        return f"{found.files} files"
    named = ", ".join(f"{count} {suffix}" for suffix, count in kinds)
    more = len(found.selection.left_out) - len(kinds)
    rest = f" and {more} other kinds" if more > 0 else ""
    return f"{found.files} files; left out: {named}{rest}"


def tell_problem(talk: Console, problem: Problem) -> None:
    """One line for one path or file that cannot be read."""
    talk.print(f"not read: {problem.path}: {problem.reason}")


@contextmanager
def progress_shown(console: Console) -> Generator[Listener]:
    """Takes progress and shows a bar, rates and the time left on a terminal; else does nothing."""
    if not console.is_terminal:
        yield lambda _progress: None
        return
    columns = (TextColumn("index"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=1.0)
        yield lambda now: bars.update(task, completed=now.share, description=described(now))


def described(now: IndexProgress) -> str:
    """Progress in a line: documents, passages, rate, time left."""
    parts = [f"{now.documents} documents", f"{now.passages} passages"]
    if now.tokens:
        parts.append(f"{now.tokens_per_s:.0f} tokens/s")
    if now.left_s is not None:
        parts.append(f"{show.seconds(now.left_s)} left")
    return ", ".join(parts)


def print_report(
    console: Console, report: IndexReport, *, removed: Prune | None = None, row_bytes: int = 0
) -> None:
    """The report as a table; `row_bytes` are those of the token rows of what is embedded."""
    title = "would be indexed (dry run)" if report.dry_run else "indexed"
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column("what")
    table.add_column("count", justify="right")
    rows = {
        "documents": report.documents,
        "passages": report.passages,
        "  new": report.new,
        "  moved, text unchanged": report.moved,
        "  unchanged": report.unchanged,
        "  removed": report.removed,
        "tokens": report.tokens,
        "  embedded": report.tokens_embedded,
    }
    if report.problems:
        rows["files not read"] = len(report.problems)
    if removed is not None:
        rows["documents gone, removed"] = removed.documents
    for name, value in rows.items():
        style = "" if value else "dim"
        table.add_row(Text(name, style=style), Text(f"{value:,}".replace(",", " "), style=style))
    table.add_row("time", show.seconds(report.seconds))
    console.print(table)
    if report.estimate is not None:
        estimate = report.estimate
        console.print(
            f"estimated time of embedding: {show.seconds(estimate.seconds)}, from "
            f"{estimate.sample_passages} passages that the server embedded in "
            f"{show.seconds(estimate.sample_s)} ({estimate.tokens_per_s:.0f} tokens/s)"
        )
        if row_bytes:
            console.print(
                f"learned sparse weights are in that time: about {row_bytes / 1e6:.1f} MB of token "
                "rows to read"
            )


def print_served(console: Console, change: Change) -> None:
    """Which collection is served, which is kept, which are gone."""
    title = "would be (dry run)" if change.dry_run else "now"
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_row("served", change.served or "nothing")
    table.add_row("kept for --rollback", change.previous or "nothing")
    for name in change.dropped:
        table.add_row("deleted", name)
    console.print(table)
