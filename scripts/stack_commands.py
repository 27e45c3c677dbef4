"""Commands that handle a whole stack: up, down, destroy, status, env, toolchain, quickstart."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.errors import CheckFailedError, UsageError
from scripts.health import ServiceHealth, probe
from scripts.quickstart import quickstart
from scripts.stack import StackOperator

StackOption = Annotated[
    str | None, typer.Option("--stack", "-s", help="Stack; default RETRIEVAL_STACK, else local.")
]


def register(app: typer.Typer, operator: StackOperator) -> None:
    """Add the commands."""
    talk = Console(stderr=True, highlight=False)

    @app.command("quickstart")
    def quickstart_command(stack: StackOption = None) -> None:  # pyright: ignore[reportUnusedFunction]
        """Bring a stack up, index the sample lessons, answer a query in each language."""
        quickstart(operator, stack)

    @app.command("up")
    def up(stack: StackOption = None) -> None:  # pyright: ignore[reportUnusedFunction]
        """Bring a stack to its settings through the Pulumi engine; repairs what was killed."""
        operator.up(stack)

    @app.command("down")
    def down(stack: StackOption = None) -> None:  # pyright: ignore[reportUnusedFunction]
        """Stop a local stack. Its data stays, and the next `up` finds it."""
        folder = operator.down(stack)
        talk.print("nothing runs any more")
        if folder is not None:
            talk.print(f"data kept in {folder} (`retrieval destroy --with-data` removes it)")

    @app.command("destroy")
    def destroy(  # pyright: ignore[reportUnusedFunction]
        stack: StackOption = None,
        with_data: Annotated[  # noqa: FBT002 (a flag of the command line)
            bool, typer.Option("--with-data", help="Also remove the index, keys and logs.")
        ] = False,
        yes: Annotated[  # noqa: FBT002
            bool, typer.Option("--yes", "-y", help="Do not ask before data is removed.")
        ] = False,
    ) -> None:
        """Stop a local stack and, if asked, remove its data for good."""
        name, _ = operator.settings(stack)
        if with_data and not yes:
            _confirm(name)
        folder = operator.destroy(stack, with_data=with_data)
        talk.print("nothing runs any more")
        talk.print("no data is left" if folder is None else f"still there: {folder}")

    @app.command("status")
    def status(  # pyright: ignore[reportUnusedFunction]
        stack: StackOption = None,
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002
    ) -> None:
        """Show what runs where, and what each service says of itself."""
        deployment = operator.connect(stack)
        found = probe(deployment)
        if as_json:
            services = [asdict(service) for service in found]
            typer.echo(
                json.dumps({"schema_version": 1, "stack": deployment.stack, "services": services})
            )
        else:
            Console().print(status_table(deployment.stack, found))
        sick = [service.name for service in found if not service.healthy]
        if sick:
            raise CheckFailedError(
                f"{', '.join(sick)} of stack {deployment.stack}",
                why="no healthy answer",
                remedy="`retrieval up` sees killed processes and starts them again",
            )

    @app.command("env")
    def env() -> None:  # pyright: ignore[reportUnusedFunction]
        """Print export lines after which `pulumi` works here: eval "$(retrieval env)"."""
        typer.echo(operator.export_lines(), nl=False)

    @app.command("toolchain")
    def toolchain() -> None:  # pyright: ignore[reportUnusedFunction]
        """Find, install or build the Pulumi CLI, and say which one is used."""
        found = operator.cli().toolchain
        typer.echo(f"Pulumi {found.version} ({found.how.value}): {found.pulumi}")


def status_table(stack: str, found: list[ServiceHealth]) -> Table:
    """What runs where, as people read it."""
    table = Table(title=f"stack {stack}", title_justify="left")
    for column in ("service", "state", "address", "says"):
        table.add_column(column, overflow="fold")
    for service in found:
        state = "[green]up[/]" if service.healthy else "[bold red]down[/]"
        table.add_row(service.name, state, service.url, service.says)
    return table


def _confirm(name: str) -> None:
    typed = typer.prompt(f"This removes the index of stack {name} for good. Type its name", err=True)
    if typed.strip() != name:
        raise UsageError(
            f"{typed!r} is not the name of the stack",
            why="nothing was stopped or removed",
            remedy=f"type {name}, or use --yes in scripts",
        )
