"""`retrieval smoke`: the checks that any deployment must hold."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.clock import SystemClock
from infra.errors import CheckFailedError
from scripts import show
from scripts.deployment import Deployment

if TYPE_CHECKING:
    from infra.pipeline.smoke import CheckResult


def register(app: typer.Typer, connect: Callable[[str | None], Deployment]) -> None:
    """Add the command."""

    @app.command("smoke")
    def smoke(
        stack: show.StackOption = None,
        as_json: show.JsonOption = False,  # noqa: FBT002 (a flag of the command line)
    ) -> None:
        """Check embed, rerank, store and search of a stack; exit 1 when a check fails."""
        deployment = connect(stack)
        results = check_deployment(deployment)
        if as_json:
            given = {"settings": deployment.settings.model_dump(mode="json")}
            checks = [asdict(result) for result in results]
            show.print_json("smoke", stack=deployment.stack, given=given, result={"checks": checks})
        else:
            print_checks(show.data(), results)
        failed = [result.name for result in results if not result.passed]
        if failed:
            raise CheckFailedError(
                f"{len(failed)} of {len(results)} checks failed",
                why=", ".join(failed),
                remedy="`retrieval status` shows what runs and where; compare what was measured "
                "with the settings (`retrieval settings`)",
            )


def check_deployment(deployment: Deployment) -> list[CheckResult]:
    """Run every check, counting them on stderr."""
    # Not at the top: the store client takes about a second to import, for every other command too.
    from infra.pipeline.assemble import brief_pipeline  # noqa: PLC0415
    from infra.pipeline.smoke import run_smoke  # noqa: PLC0415

    talk = show.talk()
    endpoints = deployment.endpoints
    if endpoints.embed is not None and endpoints.rerank is not None:
        # Where the model servers can be called themselves, their own limits are checked as well.
        endpoints = replace(endpoints, gateway=None)
    services = (endpoints, deployment.secrets, deployment.settings)
    with (
        brief_pipeline(*services, SystemClock()) as pipeline,
        talk.status("checking") as status,
    ):
        return run_smoke(
            pipeline,
            run_id=uuid.uuid4().hex[:8],
            seen=lambda result: status.update(f"checking: {result.name} done"),
        )


def print_checks(console: Console, results: Sequence[CheckResult]) -> None:
    """The checks as a table; a failed one also shows what was expected."""
    table = Table()
    for column in ("check", "result", "measured"):
        table.add_column(column, overflow="fold")
    for result in results:
        verdict = Text("pass", style="green") if result.passed else Text("FAIL", style="bold red")
        measured = Text(result.measured)
        if not result.passed:
            measured.append(f"\nexpected: {result.expected}", style="yellow")
        table.add_row(Text(result.name), verdict, measured)
    console.print(table)
    passed = sum(result.passed for result in results)
    console.print(f"{passed} of {len(results)} checks passed")
