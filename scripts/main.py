"""Entry point of `retrieval`: the one reader of the environment, and the one place errors end.

Exit codes are those of `infra.errors.ExitCode`; a wrong command line is 64, since 2 and 3 are
verdicts of the load gate.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import typer
from rich.console import Console

from infra.errors import ExitCode, OperatorError, UsageError
from scripts.app import Surroundings, build_app

PROJECT_ROOT = Path(__file__).resolve().parents[1]

VARIABLES = {
    "RETRIEVAL_STACK": "stack that commands use without --stack (default: local)",
    "RETRIEVAL_DEBUG": "1 shows a traceback with every error",
}
"""Every environment variable that this project reads; unknown ones with its prefix are refused."""


def run() -> None:
    """The console command."""
    sys.exit(main(sys.argv[1:], os.environ))


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command and return its exit code; never raises."""
    talk = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        _refuse_unknown_variables(environment)
        app = build_app(
            Surroundings(
                project_root=PROJECT_ROOT,
                environment=environment,
                default_stack=environment.get("RETRIEVAL_STACK", "local"),
            )
        )
        code: object = app(list(arguments), prog_name="retrieval", standalone_mode=False)
        if code == ExitCode.INTERRUPTED:
            talk.print("interrupted; the same command can be run again")
        return code if isinstance(code, int) else int(ExitCode.OK)
    except OperatorError as error:
        return _report(talk, error, environment)
    except typer.TyperException as wrong:
        usage = UsageError(
            wrong.format_message().rstrip("."),
            why="the command line is wrong",
            remedy="`retrieval --help` lists the commands, `retrieval COMMAND --help` its options",
        )
        return _report(talk, usage, environment)
    except (KeyboardInterrupt, typer.Abort):
        talk.print("interrupted; the same command can be run again")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away (`retrieval ... | head`): nothing is wrong here.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception as bug:  # noqa: BLE001 (the last line of defence before a traceback)
        if environment.get("RETRIEVAL_DEBUG") == "1":
            talk.print_exception()
        talk.print(f"[bold red]error:[/] a bug in retrieval-stack: {type(bug).__name__}: {bug}\n")
        talk.print("[bold]hint:[/] run it again with RETRIEVAL_DEBUG=1 and report what it prints")
        return int(ExitCode.BUG)


def _report(talk: Console, error: OperatorError, environment: Mapping[str, str]) -> int:
    if environment.get("RETRIEVAL_DEBUG") == "1":
        talk.print_exception()
    talk.print("[bold red]error:[/] ", end="")
    talk.print(f"{error.what}: {error.why}", markup=False)
    talk.print()
    talk.print("[bold]hint:[/] ", end="")
    talk.print(error.remedy, markup=False)
    return int(error.exit_code)


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    strangers = sorted(
        name for name in environment if name.startswith("RETRIEVAL_") and name not in VARIABLES
    )
    if not strangers:
        return
    nearest = get_close_matches(strangers[0], VARIABLES, n=1, cutoff=0)[0]
    raise UsageError(
        f"environment variable {', '.join(strangers)}",
        why="nothing reads it, so what it was meant for would silently not happen",
        remedy=f"unset it; the nearest known one is {nearest} ({VARIABLES[nearest]})",
    )


if __name__ == "__main__":
    run()
