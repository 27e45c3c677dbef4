"""How much a warm `up` of the local stack costs over the least that the engine can do.

Both stacks are unchanged: a no-op. The yardstick is a stack with one dynamic resource, run by the
same CLI, interpreter and backend kind, in turns with the local stack so that a busy moment of the
machine meets both. It must know nothing of what the local stack holds.

    python -m loadtests.bench_engine [--json] [--stack local] [--rounds 7]
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
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.errors import OperatorError
from scripts.toolchain.cli import PulumiCli
from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.environment import pulumi_environment
from scripts.toolchain.pins import Toolchain

PROJECT_ROOT = Path(__file__).resolve().parents[1]
YARDSTICK_STACK = "one"
ROUNDS = 7
# What `retrieval up` runs: killed processes are looked for, the plan is shown, then carried out.
_UP = ("up", "--yes", "--refresh")

_PROJECT = """\
name: one-resource
description: The least that a dynamic provider can be asked to do
main: stacks/
runtime:
  name: python
  options:
    toolchain: pip
"""
_PROGRAM = '''\
"""One resource that is only remembered."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Remembered(ResourceProvider):
    """Keeps what it is given."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Remember the value under a fixed id."""
        return CreateResult("remembered", {"value": props["value"]})


class Remember(Resource):
    """A value in the state."""

    value: pulumi.Output[str]

    def __init__(self, name: str, value: str) -> None:
        """Register the resource."""
        super().__init__(Remembered(), name, {"value": value})


pulumi.export("value", Remember("value", "first").value)
'''


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineBench:
    """Seconds of a warm no-op `up`, one entry per round, and the ratio of the medians."""

    schema_version: int
    cli: str
    stack: str
    stack_s: list[float]
    yardstick_s: list[float]
    stack_median_s: float
    yardstick_median_s: float
    ratio: float


def one_resource_project(folder: Path, *, venv: Path) -> None:
    """Write a minimal Pulumi project into a new folder; `venv` is the environment it runs in."""
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(_PROJECT, encoding="utf-8")
    (folder / "stacks" / "__main__.py").write_text(_PROGRAM, encoding="utf-8")
    (folder / ".venv").symlink_to(venv)


def measure(
    project_root: Path,
    *,
    stack: str,
    toolchain: Toolchain,
    env: Mapping[str, str],
    rounds: int = ROUNDS,
) -> EngineBench:
    """Time a warm no-op `up` of a stack that is up, in turns with the yardstick.

    One unmeasured round comes first: it fills caches and brings the yardstick up.

    Raises:
        OperatorError: a stack cannot be brought up, or the given one is not there.
    """
    with tempfile.TemporaryDirectory(prefix="one-resource-") as scratch:
        folder = Path(scratch, "project")
        one_resource_project(folder, venv=project_root / ".venv")
        subject = _cli(project_root, toolchain, env)
        # The user's own state and passphrase are for the user's stacks.
        own = {name: value for name, value in env.items() if not name.startswith("PULUMI_")}
        yardstick = _cli(folder, toolchain, own)
        yardstick.read("stack", "init", YARDSTICK_STACK)
        subject_s: list[float] = []
        yardstick_s: list[float] = []
        for _ in range(rounds + 1):
            subject_s.append(_time_up(subject, stack))
            yardstick_s.append(_time_up(yardstick, YARDSTICK_STACK))
    warm, warm_yardstick = subject_s[1:], yardstick_s[1:]
    median, yardstick_median = statistics.median(warm), statistics.median(warm_yardstick)
    return EngineBench(
        schema_version=1,
        cli=f"{toolchain.version} ({toolchain.how})",
        stack=stack,
        stack_s=warm,
        yardstick_s=warm_yardstick,
        stack_median_s=median,
        yardstick_median_s=yardstick_median,
        ratio=round(median / yardstick_median, 2),
    )


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Measure and write the result to stdout; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_engine", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--stack", default="local", help="a stack that is up")
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


def _cli(folder: Path, toolchain: Toolchain, env: Mapping[str, str]) -> PulumiCli:
    return PulumiCli(
        toolchain=toolchain, env=pulumi_environment(folder, toolchain, env), folder=folder
    )


def _time_up(cli: PulumiCli, stack: str) -> float:
    started_s = time.perf_counter()
    cli.read(*_UP, "--stack", stack)
    return round(time.perf_counter() - started_s, 3)


def _text(found: EngineBench) -> str:
    return (
        f"warm no-op `up`, medians of {len(found.stack_s)} rounds in turns, CLI {found.cli}:\n"
        f"  stack {found.stack}: {found.stack_median_s:.2f} s\n"
        f"  one resource: {found.yardstick_median_s:.2f} s\n"
        f"  ratio: {found.ratio:.2f}\n"
    )


if __name__ == "__main__":
    # An entry point of its own hands on its environment, as scripts/main.py does.
    sys.exit(main(sys.argv[1:], dict(os.environ)))  # noqa: TID251
