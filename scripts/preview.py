"""`retrieval preview`: what a stack on AWS would be and cost, without an account or network."""

from __future__ import annotations

import shutil
from typing import Annotated, Any

import typer

from infra.errors import StackError, UsageError
from infra.plans.facts import sample_facts
from infra.plans.stack import StackPlan, plan_stack
from infra.settings import Target
from scripts import show
from scripts.preview_engine import engine_plan
from scripts.preview_parts import Preview, preview_of
from scripts.preview_text import markdown, text
from scripts.stack import StackOperator

DEFAULT_STACK = "prod"
_PIPE_WIDTH = 100


def register(app: typer.Typer, operator: StackOperator) -> None:
    """Add the command."""

    @app.command("preview")
    def preview_command(
        stack: Annotated[
            str, typer.Option("--stack", "-s", help="A stack whose target is aws.")
        ] = DEFAULT_STACK,
        as_json: show.JsonOption = False,  # noqa: FBT002
        as_markdown: Annotated[  # noqa: FBT002
            bool, typer.Option("--markdown", help="Markdown, for a pull request.")
        ] = False,
    ) -> None:
        """Show what a stack on AWS would consist of and cost a month. Needs no account."""
        if as_json and as_markdown:
            raise UsageError(
                "--json with --markdown",
                why="the answer has one form",
                remedy="leave one of them out",
            )
        made = build_preview(operator, stack)
        if as_json:
            show.print_json("preview", stack=stack, given={}, result=as_data(made))
            return
        width = shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns
        for line in markdown(made) if as_markdown else text(made, width=width):
            typer.echo(line)


def build_preview(operator: StackOperator, stack: str) -> Preview:
    """The preview of a stack from the shipped samples of account facts.

    Raises:
        OperatorError: its settings are wrong, it cannot be built, or costs more than its ceiling;
            nothing was started then.
    """
    name, settings = operator.settings(stack)
    if settings.target is not Target.AWS:
        raise StackError(
            f"stack {name} is not on AWS but {settings.target.value}",
            why="`retrieval preview` prices and plans what an account would hold",
            remedy="name a stack of target aws with --stack, such as prod",
        )
    plan = plan_stack(settings, sample_facts(), stack=name)
    engine = engine_plan(
        operator.project_root,
        name,
        toolchain=operator.cli().toolchain,
        env=operator.environment,
    )
    return preview_of(name, plan, engine)


def as_data(made: Preview) -> dict[str, Any]:
    """A preview for programs; amounts are decimal text, None where nobody knows the price."""
    plan = made.plan
    return {
        "made_with": "a stand-in for AWS and sample facts; nothing was asked or created",
        "region": plan.names.region,
        "account_id": plan.names.account_id,
        "facts_of": str(plan.facts_date),
        "parts": [
            {
                "name": part.name,
                "resources": [
                    {
                        "name": each.name,
                        "type": each.type,
                        "protected": each.protected,
                        "kept": each.kept,
                    }
                    for each in part.resources
                ],
                "costs": [
                    {
                        "name": line.name,
                        "kind": line.kind.value,
                        "usd_month": None if line.usd_month is None else str(line.usd_month),
                        "formula": line.formula,
                        "source": line.source,
                    }
                    for line in part.costs
                ],
            }
            for part in made.parts
        ],
        "cost": _cost(plan),
        "missing": [
            {"setting": item.setting, "what": item.what, "blocks_up": item.blocks_up}
            for item in plan.missing
        ],
        "notes": list(plan.notes),
        "to_create": made.to_create,
    }


def _cost(plan: StackPlan) -> dict[str, Any]:
    verdict = plan.verdict
    return {
        "usd_month": str(verdict.usd_month),
        "target_usd_month": str(verdict.target_usd_month),
        "ceiling_usd_month": str(verdict.ceiling_usd_month),
        "unpriced_lines": len(plan.cost.unpriced),
    }
