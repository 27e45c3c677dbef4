"""`retrieval index`: put documents into a stack's collection, and decide which one is served."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from infra.errors import UsageError
from infra.pipeline.sparse.cost import row_bytes
from scripts import show
from scripts.deployment import Deployment
from scripts.index_input import Input, given_input, jsonl_fields
from scripts.index_report import print_report, print_served
from scripts.indexing import Order, index_documents, index_input
from scripts.served_collection import drop_previous, roll_back

__all__ = ["index_documents", "print_report", "register"]


def register(app: typer.Typer, connect: Callable[[str | None], Deployment]) -> None:
    """Add the command."""

    @app.command("index")
    def index(  # noqa: PLR0913, PLR0917 (typer makes an option of each)
        paths: Annotated[
            list[str] | None,
            typer.Argument(metavar="[PATH...]", help="Files, folders, glob patterns; - is stdin."),
        ] = None,
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
        root_name: Annotated[
            str | None,
            typer.Option(
                "--root-name",
                help="Name that --prune knows the root by, where its folder differs from machine "
                "to machine.",
            ),
        ] = None,
        fields: Annotated[
            list[str] | None,
            typer.Option(
                "--field",
                metavar="WHAT=KEY",
                help="Where JSONL records hold their text, title or id: text=body, title=meta.name."
                " May be repeated.",
            ),
        ] = None,
        records_are_markdown: Annotated[  # noqa: FBT002 (a flag of the command line)
            bool, typer.Option("--markdown-records", help="The text of JSONL records is Markdown.")
        ] = False,
        stdin_format: Annotated[
            str | None,
            typer.Option("--stdin-format", help="Format of stdin as a suffix: txt, md, jsonl ..."),
        ] = None,
        stdin_name: Annotated[
            str, typer.Option("--stdin-name", help="Document id of what comes in on stdin.")
        ] = "stdin",
        strict: Annotated[  # noqa: FBT002
            bool, typer.Option("--strict", help="Read everything first; start only if all can be.")
        ] = False,
        prune: Annotated[  # noqa: FBT002
            bool,
            typer.Option("--prune", help="Remove documents that are gone from the folders given."),
        ] = False,
        rebuild: Annotated[  # noqa: FBT002
            bool,
            typer.Option(
                "--rebuild",
                help="Build a new collection beside the served one, then serve it: for changed "
                "settings. Broken off, it goes on where it was.",
            ),
        ] = False,
        rollback: Annotated[  # noqa: FBT002
            bool, typer.Option("--rollback", help="Serve the collection before the last rebuild.")
        ] = False,
        drop: Annotated[  # noqa: FBT002
            bool,
            typer.Option(
                "--drop-previous",
                help="Delete the collection kept for --rollback, and those of rebuilds given up.",
            ),
        ] = False,
        dry_run: Annotated[  # noqa: FBT002
            bool, typer.Option("--dry-run", help="Tell what would change; write nothing.")
        ] = False,
        yes: Annotated[  # noqa: FBT002
            bool, typer.Option("--yes", "-y", help="Remove or leave behind much without asking.")
        ] = False,
        as_json: show.JsonOption = False,  # noqa: FBT002
    ) -> None:
        """Index documents of all formats; unchanged passages are left as they are."""
        if rollback or drop:
            _refuse_more(rollback=rollback, drop=drop, paths=paths, other=prune or rebuild)
            change = roll_back if rollback else drop_previous
            deployment = connect(stack)
            served = change(deployment, dry_run=dry_run)
            if as_json:
                given = {"rollback": rollback, "drop_previous": drop, "dry_run": dry_run}
                show.print_json("index", stack=deployment.stack, given=given, result=asdict(served))
            else:
                print_served(show.data(), served)
            return
        order = Order(
            dry_run=dry_run, strict=strict, prune=prune, rebuild=rebuild, consent=_consent(yes=yes)
        )
        wanted = given_input(
            Input(
                paths=tuple(paths or ()),
                root=root,
                root_name=root_name,
                jsonl=jsonl_fields(fields or [], is_markdown=records_are_markdown),
                stdin_format=stdin_format,
                stdin_name=stdin_name,
            ),
            stdin=sys.stdin.buffer,
        )
        done = index_input(wanted, order, lambda: connect(stack))
        if as_json:
            given = {
                "paths": list(wanted.given.paths),
                "root": None if root is None else str(root),
                "root_name": root_name,
                "fields": asdict(wanted.given.jsonl),
                "dry_run": dry_run,
                "strict": strict,
                "prune": prune,
                "rebuild": rebuild,
                "passages": done.deployment.settings.passages.model_dump(),
                "collection": done.deployment.settings.store.collection,
            }
            result = done.as_json()
            show.print_json("index", stack=done.deployment.stack, given=given, result=result)
        else:
            print_report(
                show.data(),
                done.report,
                removed=done.prune,
                row_bytes=row_bytes(done.deployment.settings, done.report.tokens_embedded),
            )
        done.raise_problems()


def _consent(*, yes: bool) -> Callable[[str], bool]:
    """Asks on a terminal; elsewhere only `--yes` is a yes."""

    def ask(what: str) -> bool:
        if yes:
            return True
        return sys.stdin.isatty() and typer.confirm(what, err=True)

    return ask


def _refuse_more(*, rollback: bool, drop: bool, paths: list[str] | None, other: bool) -> None:
    if (rollback and drop) or paths or other:
        raise UsageError(
            "--rollback and --drop-previous stand alone",
            why="they only change which collection is served or kept; nothing is indexed",
            remedy="run them by themselves: `retrieval index --rollback`",
        )
