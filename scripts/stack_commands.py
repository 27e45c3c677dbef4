"""Commands that handle a whole stack: up, down, destroy, status, env, toolchain, quickstart."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from infra.errors import CheckFailedError, UsageError
from scripts import show
from scripts.health import probe, status_table
from scripts.quickstart import quickstart
from scripts.stack import StackOperator


def register(app: typer.Typer, operator: StackOperator) -> None:
    """Add the commands."""
    talk = show.talk()

    @app.command("quickstart")
    def quickstart_command(stack: show.StackOption = None) -> None:
        """Bring a stack up, index the sample lessons, answer a query in each language."""
        quickstart(operator, stack)

    @app.command("up")
    def up(stack: show.StackOption = None) -> None:
        """Bring a stack to its settings through the Pulumi engine; repairs what was killed."""
        operator.up(stack)

    @app.command("down")
    def down(stack: show.StackOption = None) -> None:
        """Stop a local stack. Its data stays, and the next `up` finds it."""
        folder = operator.down(stack)
        talk.print("nothing runs any more")
        if folder is not None:
            talk.print(f"data kept in {folder} (`retrieval destroy --with-data` removes it)")

    @app.command("destroy")
    def destroy(
        stack: show.StackOption = None,
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
    def status(
        stack: show.StackOption = None,
        as_json: show.JsonOption = False,  # noqa: FBT002
    ) -> None:
        """Show what runs where, and what each service says of itself."""
        deployment = operator.connect(stack)
        found = probe(deployment)
        if as_json:
            services = [asdict(service) for service in found]
            show.print_json(
                "status", stack=deployment.stack, given={}, result={"services": services}
            )
        else:
            show.data().print(status_table(deployment.stack, found))
        sick = [service.name for service in found if not service.healthy]
        if sick:
            raise CheckFailedError(
                f"{', '.join(sick)} of stack {deployment.stack}",
                why="no healthy answer",
                remedy="`retrieval up` sees killed processes and changed keys and restarts them",
            )

    @app.command("env")
    def env() -> None:
        """Print export lines after which `pulumi` works here: eval "$(retrieval env)"."""
        typer.echo(operator.export_lines(), nl=False)

    @app.command("toolchain")
    def toolchain() -> None:
        """Find, install or build the Pulumi CLI, and say which one is used."""
        found = operator.cli().toolchain
        typer.echo(f"Pulumi {found.version} ({found.how.value}): {found.pulumi}")


def _confirm(name: str) -> None:
    typed = typer.prompt(
        f"This removes the index of stack {name} for good. Type its name", err=True
    )
    if typed.strip() != name:
        raise UsageError(
            f"{typed!r} is not the name of the stack",
            why="nothing was stopped or removed",
            remedy=f"type {name}, or use --yes in scripts",
        )
