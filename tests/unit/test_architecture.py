"""The invariants of docs/architecture.md: who may import whom, and what no part may do."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings import StackSettings

ROOT = Path(__file__).resolve().parents[2]
OURS = ("infra", "loadtests", "scripts", "stacks", "tools")

FORBIDDEN_IMPORTS = {
    # folder: what it must not import (prefixes)
    "infra/errors.py": ("infra", "pulumi", "requests"),
    "infra/clock.py": ("infra", "pulumi", "requests"),
    "infra/settings": (
        "infra.plans",
        "infra.components",
        "infra.local",
        "infra.pipeline",
        "scripts",
        "stacks",
        "requests",
        "boto3",
        "qdrant_client",
    ),
    "infra/plans": (
        "pulumi",
        "requests",
        "boto3",
        "socket",
        "subprocess",
        "qdrant_client",
        "infra.components",
        "infra.local",
        "infra.pipeline",
        "infra.settings.load",
        "scripts",
        "stacks",
    ),
    "infra/components": ("boto3", "requests", "infra.settings.load", "infra.pipeline", "scripts"),
    "infra/pipeline": (
        "pulumi",
        "boto3",
        "infra.components",
        "infra.local",
        "infra.plans",
        "infra.settings.load",
        "scripts",
        "stacks",
    ),
    "infra/local/qdrant": ("pulumi", "qdrant_client", "infra.settings", "infra.pipeline"),
    "infra/local/tei": ("pulumi", "infra.settings", "infra.pipeline"),
    "infra/gateway": (
        "pulumi",
        "boto3",
        "infra.components",
        "infra.local",
        "infra.plans",
        "scripts",
    ),
    "infra/client": ("pulumi", "infra.gateway", "infra.pipeline", "infra.settings", "scripts"),
    "infra/evaluation": ("pulumi", "infra.components", "infra.local", "infra.gateway", "scripts"),
    "scripts": ("infra.components", "stacks", "pulumi"),
    "loadtests": ("infra.components", "stacks", "pulumi"),
}

LONG_FILES_WITH_A_REASON: set[str] = set()
"""Files over 400 lines; each says in its docstring why."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every Python file of the product with its syntax tree."""
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Full names of what a module imports, wherever in the file it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("folder", FORBIDDEN_IMPORTS)
def test_imports_go_one_way(folder: str) -> None:
    """A part imports nothing that stands above or beside it."""
    banned = FORBIDDEN_IMPORTS[folder]
    found = [
        f"{name} imports {imported}"
        for name, tree in modules()
        if name == folder or name.startswith(f"{folder}/")
        for imported in imports(tree)
        if any(imported == prefix or imported.startswith(f"{prefix}.") for prefix in banned)
        and not (folder == "infra/settings" and imported == "pulumi.runtime.config.CONFIG")
        and not (folder == "scripts" and imported.startswith("pulumi.") and "toolchain" in name)
    ]
    assert found == []


def test_nothing_imports_the_programs() -> None:
    """`stacks` is the top: only the engine runs it."""
    found = [
        name
        for name, tree in modules()
        if not name.startswith("stacks/")
        and any(imported.split(".")[0] == "stacks" for imported in imports(tree))
    ]
    assert found == []


def test_pulumi_aws_is_imported_by_module() -> None:
    """A bare `import pulumi_aws` is slow to type-check and, with some checkers, untyped."""
    bare = [
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and any(a.name == "pulumi_aws" for a in node.names)
    ]
    assert bare == []


def test_files_stay_small() -> None:
    """No file over 400 lines without a written reason."""
    long_files = {
        path.relative_to(ROOT).as_posix()
        for top in (*OURS, "tests")
        for path in (ROOT / top).rglob("*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > 400
    }
    assert long_files == LONG_FILES_WITH_A_REASON


def test_programs_are_short() -> None:
    """A program composes; it decides nothing that a plan should."""
    for path in (ROOT / "stacks").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 100, path.name


def test_components_are_thin() -> None:
    """A component walks a plan; 120 lines are enough for that. Handles are records."""
    for path in (ROOT / "infra" / "components").rglob("*.py"):
        if path.name == "handles.py":
            continue
        assert len(path.read_text(encoding="utf-8").splitlines()) < 120, path.name


def test_every_module_says_what_it_is() -> None:
    """Each file opens with a docstring."""
    assert [name for name, tree in modules() if ast.get_docstring(tree) is None] == []


def test_locks_hold_hashes_and_no_addresses() -> None:
    """A lock pins every package by hash and names no registry."""
    for lock in (ROOT / "requirements").glob("*.lock.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock.name
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert all("==" in line and line.endswith("\\") for line in pins), lock.name


@pytest.mark.runs("git")
def test_the_local_stack_file_belongs_to_no_passphrase() -> None:
    """Pulumi adds a salt at the first `up`; committed, it would lock every other clone out."""
    committed = subprocess.run(
        ["git", "show", "HEAD:Pulumi.local.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if committed.returncode != 0:
        pytest.skip("not a git checkout: nothing can be committed from here")
    assert "encryptionsalt" not in committed.stdout


def test_the_project_file_agrees_with_the_settings() -> None:
    """What Pulumi.yaml declares of the configuration is what the settings accept."""
    declared: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    fields = StackSettings.model_fields
    assert set(declared) <= set(fields)
    required = {name for name, info in fields.items() if info.is_required()}
    assert {name for name in declared if "default" not in declared[name]} == required
