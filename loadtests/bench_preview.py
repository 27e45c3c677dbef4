"""How much a preview of an AWS stack costs over a bare program that registers the same resources.

The yardstick is a program without any of our layers (settings, plans, components): one call of the
SDK for each resource of the stack, with the same inputs, dependencies and options, written from the
engine's own plan. Both run on the same stand-in provider, in turns, without the policy pack.

    python -m loadtests.bench_preview [--json] [--stack prod] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.errors import InternalError, OperatorError
from infra.standin.properties import DEFAULTS
from loadtests.bare_program import bare_program
from scripts.preview_engine import copy_of_project, stand_in_cli
from scripts.toolchain.cli import PulumiCli
from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.pins import Toolchain

PROJECT_ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewBench:
    """Seconds of a preview, one entry per round, and the ratio of the medians."""

    schema_version: int
    cli: str
    stack: str
    resources: int
    stack_s: list[float]
    bare_s: list[float]
    stack_median_s: float
    bare_median_s: float
    ratio: float


def measure(
    project_root: Path,
    *,
    stack: str,
    toolchain: Toolchain,
    env: Mapping[str, str],
    rounds: int = ROUNDS,
) -> PreviewBench:
    """Time previews of a stack in turns with the bare program.

    The previews from which the bare program is written and checked come first and fill caches.

    Raises:
        OperatorError: a preview fails.
    """
    with tempfile.TemporaryDirectory(prefix="bench-preview-") as scratch, ExitStack() as open_:
        ours = copy_of_project(Path(scratch, "ours"), project_root, stack)
        subject = open_.enter_context(
            stand_in_cli(project_root, ours, toolchain=toolchain, env=env)
        )
        subject.read("stack", "init", stack)
        plan: dict[str, Any] = subject.read_json("preview", "--json", "--stack", stack)
        bare = copy_of_project(
            Path(scratch, "bare"), project_root, stack, program=bare_program(plan)
        )
        yardstick = open_.enter_context(
            stand_in_cli(project_root, bare, toolchain=toolchain, env=env)
        )
        yardstick.read("stack", "init", stack)
        _require_same(plan, yardstick.read_json("preview", "--json", "--stack", stack))
        stack_s: list[float] = []
        bare_s: list[float] = []
        for _ in range(rounds):
            stack_s.append(_time(subject, stack))
            bare_s.append(_time(yardstick, stack))
    median, bare_median = statistics.median(stack_s), statistics.median(bare_s)
    return PreviewBench(
        schema_version=1,
        cli=f"{toolchain.version} ({toolchain.how})",
        stack=stack,
        resources=plan["changeSummary"]["create"],
        stack_s=stack_s,
        bare_s=bare_s,
        stack_median_s=median,
        bare_median_s=bare_median,
        ratio=round(median / bare_median, 2),
    )


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Measure and write the result to stdout; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_preview", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--stack", default="prod", help="a stack of target aws")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="measured rounds")
    options = parser.parse_args(arguments)
    try:
        toolchain = ensure_pulumi(PROJECT_ROOT, env=env)
        found = measure(
            PROJECT_ROOT, stack=options.stack, toolchain=toolchain, env=env, rounds=options.rounds
        )
    except OperatorError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(asdict(found)) + "\n" if options.json else _text(found))
    return 0


def _require_same(ours: Mapping[str, Any], bare: Mapping[str, Any]) -> None:
    """Refuse to compare unless both register the same resources with the same inputs."""
    first, second = _resources(ours), _resources(bare)
    different = sorted(name for name in {*first, *second} if first.get(name) != second.get(name))
    if different:
        raise InternalError(
            f"the bare program differs in {', '.join(different[:5])}",
            why="the ratio would compare two different stacks",
            remedy="mend loadtests/bare_program.py",
        )


def _resources(plan: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """Type and inputs of what a provider would make, by name; names made up by it aside."""
    found: dict[str, tuple[str, Any]] = {}
    for state in (step["newState"] for step in plan["steps"]):
        if state["custom"] and state["type"].startswith("aws:"):
            inputs: dict[str, Any] = state.get("inputs", {})
            made_up = inputs.get(DEFAULTS, [])
            given = {name: value for name, value in inputs.items() if name not in made_up}
            found[state["urn"].rpartition("::")[2]] = (state["type"], given)
    return found


def _time(cli: PulumiCli, stack: str) -> float:
    started_s = time.perf_counter()
    cli.read("preview", "--json", "--stack", stack)
    return round(time.perf_counter() - started_s, 3)


def _text(found: PreviewBench) -> str:
    return (
        f"preview of stack {found.stack} ({found.resources} to create), medians of "
        f"{len(found.stack_s)} rounds in turns, CLI {found.cli}:\n"
        f"  this program: {found.stack_median_s:.2f} s\n"
        f"  the same resources, bare: {found.bare_median_s:.2f} s\n"
        f"  ratio: {found.ratio:.2f}\n"
    )


if __name__ == "__main__":
    # An entry point of its own hands on its environment, as scripts/main.py does.
    sys.exit(main(sys.argv[1:], dict(os.environ)))  # noqa: TID251
