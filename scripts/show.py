"""How the pipeline's commands speak: results to stdout, everything else to stderr.

Meaning never rests on colour; progress appears only on a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

SCHEMA_VERSION = 1

StackOption = Annotated[
    str | None, typer.Option("--stack", "-s", help="Stack; default RETRIEVAL_STACK, else local.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def data() -> Console:
    """Where results go. Text that comes from documents is printed as it is, never as markup."""
    return Console(highlight=False, markup=False, soft_wrap=False)


def talk() -> Console:
    """Where everything else goes."""
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def print_json(
    command: str, *, stack: str, given: Mapping[str, object], result: Mapping[str, object]
) -> None:
    """One object with its schema, the tool that made it and the input that led to it."""
    body = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "retrieval", "version": version("retrieval-stack")},
        "command": command,
        "stack": stack,
        "input": given,
        **result,
    }
    typer.echo(json.dumps(body, ensure_ascii=False))


@contextmanager
def progress_on(console: Console) -> Generator[Callable[[str, int, int], None]]:
    """A function that takes (stage, done, all) and shows a bar for each stage on a terminal."""
    if not console.is_terminal:
        yield lambda _stage, _done, _all: None
        return
    columns = (TextColumn("{task.description:<6}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def seconds(value: float) -> str:
    """A duration for people: `0.42 s`, `12.3 s`, `3 min 05 s`."""
    if value < 10:
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60):02d} s"
