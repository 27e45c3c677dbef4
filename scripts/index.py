"""`retrieval index`: put text and Markdown files into a stack's collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.clock import SystemClock
from infra.pipeline.documents import read_documents
from infra.pipeline.index import IndexReport
from infra.pipeline.records import Document
from scripts import show
from scripts.deployment import Deployment

if TYPE_CHECKING:
    from infra.pipeline.assemble import Pipeline


def register(app: typer.Typer, connect: Callable[[str | None], Deployment]) -> None:
    """Add the command."""

    @app.command("index")
    def index(
        paths: Annotated[
            list[str], typer.Argument(metavar="PATH...", help="Files, folders or glob patterns.")
        ],
        stack: show.StackOption = None,
        root: Annotated[
            Path | None,
            typer.Option(
                "--root",
                help="Folder that document ids are relative to. Default: the folder given, or the "
                "folder of the file given.",
                exists=True,
                file_okay=False,
            ),
        ] = None,
        dry_run: Annotated[  # noqa: FBT002 (a flag of the command line)
            bool, typer.Option("--dry-run", help="Tell what would change; write nothing.")
        ] = False,
        as_json: show.JsonOption = False,  # noqa: FBT002
    ) -> None:
        """Index text and Markdown files; unchanged passages are left as they are."""
        documents = read_documents(paths, root=root)
        deployment = connect(stack)
        report = index_documents(deployment, documents, dry_run=dry_run)
        if as_json:
            given = {
                "paths": paths,
                "root": None if root is None else str(root),
                "dry_run": dry_run,
                "passages": deployment.settings.passages.model_dump(),
                "collection": deployment.settings.store.collection,
            }
            show.print_json("index", stack=deployment.stack, given=given, result=asdict(report))
        else:
            print_report(show.data(), report)


def index_documents(
    deployment: Deployment, documents: Sequence[Document], *, dry_run: bool = False
) -> IndexReport:
    """Index into the deployment's collection, telling on stderr what is used and how far it is."""
    # Not at the top: the store client takes about a second to import, for every other command too.
    from infra.pipeline.assemble import patient_pipeline  # noqa: PLC0415

    talk = show.talk()
    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    with patient_pipeline(*services, SystemClock()) as pipeline:
        _tell_what_is_used(talk, deployment, pipeline, len(documents))
        with show.progress_on(talk) as progress:
            return pipeline.indexer().index(documents, dry_run=dry_run, progress=progress)


def print_report(console: Console, report: IndexReport) -> None:
    """The report as a table."""
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
    for name, value in rows.items():
        style = "" if value else "dim"
        table.add_row(Text(name, style=style), Text(f"{value:,}".replace(",", " "), style=style))
    table.add_row("time", show.seconds(report.seconds))
    console.print(table)


def _tell_what_is_used(
    talk: Console, deployment: Deployment, pipeline: Pipeline, documents: int
) -> None:
    settings = deployment.settings
    served = pipeline.embedder.served
    key = "set, not shown" if deployment.secrets.get("qdrant_api_key") else "none"
    talk.print(f"stack       {deployment.stack}")
    talk.print(f"embed       {served.model_id} on {deployment.endpoints.embed}")
    talk.print(f"store       {deployment.endpoints.qdrant}, key {key}")
    talk.print(f"collection  {settings.store.collection} = {pipeline.spec.name}")
    talk.print(
        f"documents   {documents}, passages of at most {settings.passages.max_tokens} tokens"
    )
