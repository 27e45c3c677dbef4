"""`retrieval settings`: what a stack is really configured as."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.settings.table import markdown_table, plain_text, setting_rows
from scripts.stack import StackOperator


class Format(StrEnum):
    """How the settings are printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def register(app: typer.Typer, operator: StackOperator) -> None:
    """Add the command."""

    @app.command("settings")
    def settings_command(  # pyright: ignore[reportUnusedFunction] (typer keeps it)
        stack: Annotated[str | None, typer.Option("--stack", "-s", help="Stack to read.")] = None,
        output: Annotated[
            Format, typer.Option("--format", help="A table, JSON, or the README's Markdown.")
        ] = Format.TABLE,
    ) -> None:
        """Print the effective settings of a stack with their defaults and meaning."""
        if output is Format.MARKDOWN:
            typer.echo(markdown_table())
            return
        name, settings = operator.settings(stack)
        rows = setting_rows(settings)
        if output is Format.JSON:
            values = {row.key: row.value for row in rows}
            typer.echo(json.dumps({"schema_version": 1, "stack": name, "settings": values}))
            return
        table = Table(title=f"settings of stack {name} (dim: default)", title_justify="left")
        table.add_column("setting", no_wrap=True)
        table.add_column("value", overflow="fold")
        table.add_column("default", overflow="fold")
        table.add_column("meaning")
        for row in rows:
            default = "required" if row.default is None else plain_text(row.default)
            table.add_row(
                row.key,
                plain_text(row.value),
                default,
                row.meaning,
                style="dim" if row.is_default else "bold",
            )
        Console().print(table)
