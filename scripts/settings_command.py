"""`retrieval settings`: what a stack is really configured as."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from infra.settings.table import markdown_table, plain_text, setting_rows
from scripts import show
from scripts.stack import StackOperator


class Format(StrEnum):
    """How the settings are printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def register(app: typer.Typer, operator: StackOperator) -> None:
    """Add the command."""

    @app.command("settings")
    def settings_command(
        stack: show.StackOption = None,
        output: Annotated[
            Format, typer.Option("--format", help="Text, JSON, or the README's Markdown.")
        ] = Format.TEXT,
    ) -> None:
        """Print the effective settings of a stack with their defaults and meaning."""
        if output is Format.MARKDOWN:
            typer.echo(markdown_table())
            return
        name, settings = operator.settings(stack)
        rows = setting_rows(settings)
        if output is Format.JSON:
            values = {row.key: row.json_value for row in rows}
            show.print_json("settings", stack=name, given={}, result={"settings": values})
            return
        data = show.data()
        data.print(Text(f"settings of stack {name} (bold: chosen, else default)\n"))
        for row in rows:
            line = Text(
                f"{row.key} = {plain_text(row.value)}", style="" if row.is_default else "bold"
            )
            if not row.is_default and row.default is not None:
                line.append(f"  (default {plain_text(row.default)})", style="dim")
            data.print(line)
            data.print(Padding(Text(row.meaning, style="dim"), (0, 0, 0, 4)))
