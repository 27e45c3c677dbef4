"""The production stack and every example pass the pack, under the real engine."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Target
from infra.settings.load import known_stacks, load_from_file
from scripts.preview_engine import copy_of_project

ROOT = Path(__file__).resolve().parents[3]
STACKS = [stack for stack in known_stacks(ROOT) if load_from_file(ROOT, stack).target is Target.AWS]

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.runs("pulumi")]


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_stack_passes(project: Any, project_root: Path, stack: str) -> None:
    """Nothing is refused, and only the price that nobody has read is missing."""
    shutil.rmtree(project.folder / "program")
    (project.folder / "Pulumi.yaml").unlink()
    copied = copy_of_project(project.folder / "copy", project_root, stack)
    for path in copied.iterdir():
        path.rename(project.folder / path.name)
    project.run("stack", "init", stack)
    out = project.run("preview", "--stack", stack, "--policy-pack", str(project.pack))
    assert "retrieval@v1.0.0" in out
    assert "[mandatory]" not in out
    assert " to create" in out
    unpriced = [line for line in out.splitlines() if "that cost money have no price" in line]
    assert all("canary-primary-health" in line for line in unpriced)
    assert all(line.strip().startswith("1 of ") for line in unpriced)
