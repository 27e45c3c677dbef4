"""Builds the `retrieval` application from the commands of each module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from scripts import (
    compare,
    evaluate,
    index,
    preview,
    search,
    settings_command,
    smoke,
    stack_commands,
)
from scripts.stack import StackOperator


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What the commands know of the place they run in."""

    project_root: Path
    environment: Mapping[str, str]
    default_stack: str


def build_app(surroundings: Surroundings) -> typer.Typer:
    """The command line with every command registered."""
    app = typer.Typer(
        name="retrieval",
        help="Operate a self-hosted retrieval stack: bring it up, index documents, search, check.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    operator = StackOperator(
        project_root=surroundings.project_root,
        environment=surroundings.environment,
        default_stack=surroundings.default_stack,
    )
    stack_commands.register(app, operator)
    for module in (index, search, smoke, evaluate, compare):
        module.register(app, operator.connect)
    settings_command.register(app, operator)
    preview.register(app, operator)
    return app
