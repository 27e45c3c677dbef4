"""Random keys under the real engine: drawn once, encrypted in the state, replaced by name only."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.environment import pulumi_environment

pytestmark = [pytest.mark.runs("pulumi", "python", "sh", "git"), pytest.mark.slow]

PROGRAM = """\
import pulumi
from infra.components.aws.random_key import RandomKey

for version in pulumi.Config().require_object("versions"):
    key = RandomKey(f"key-v{version}")
    pulumi.export(f"v{version}", key.value)
"""


@dataclass(frozen=True)
class Program:
    """A project with nothing but random keys."""

    folder: Path
    env: Mapping[str, str]

    def pulumi(self, *arguments: str) -> str:
        """Run the CLI; a failure fails the test with what it said."""
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", "keys"],
            cwd=self.folder,
            env=dict(self.env),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def up(self, *versions: int, expect_no_changes: bool = False) -> str:
        """Bring up keys of these versions."""
        config = {"config": {"keys:versions": list(versions)}}
        path = self.folder / "Pulumi.keys.yaml"
        salt = [line for line in path.read_text().splitlines() if line.startswith("encryptionsalt")]
        path.write_text("\n".join([*salt, json.dumps(config)[1:-1]]) + "\n")
        extra = ["--expect-no-changes"] if expect_no_changes else []
        return self.pulumi("up", "--yes", *extra)

    def values(self) -> dict[str, str]:
        """The keys by version, decrypted."""
        found: dict[str, str] = json.loads(
            self.pulumi("stack", "output", "--json", "--show-secrets")
        )
        return found


@pytest.fixture(scope="module")
def program(
    _installed_cli: None, project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Program:
    """A fresh project with its own state and passphrase."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "Pulumi.yaml").write_text(
        "name: keys\nruntime:\n  name: python\n  options:\n    toolchain: pip\n"
    )
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / ".venv").symlink_to(project_root / ".venv")
    toolchain = ensure_pulumi(project_root, env=os.environ)
    env = pulumi_environment(folder, toolchain, os.environ)
    made = Program(folder=folder, env={**env, "PYTHONPATH": str(project_root)})
    made.pulumi("stack", "init")
    return made


def test_drawn_once_and_never_in_plain_text(program: Program) -> None:
    """The key is ciphertext in the exported state and in no line of output; it stays as it is."""
    said = program.up(1)
    first = program.values()
    exported = program.pulumi("stack", "export")
    assert len(first["v1"]) == 43
    assert first["v1"] not in exported + said
    state: dict[str, Any] = json.loads(exported)
    (key,) = [
        each
        for each in state["deployment"]["resources"]
        if each["type"] == "pulumi-python:dynamic/retrieval:RandomKey"
    ]
    assert set(key["outputs"]["value"]) >= {"ciphertext"}
    program.up(1, expect_no_changes=True)
    program.pulumi("refresh", "--yes", "--expect-no-changes")
    assert program.values() == first


def test_two_versions_side_by_side(program: Program) -> None:
    """A new version leaves the old one alone; taking the old one out leaves the new one alone."""
    program.up(1)
    first = program.values()
    program.up(1, 2)
    both = program.values()
    assert both["v1"] == first["v1"] != both["v2"]
    program.up(2)
    assert program.values() == {"v2": both["v2"]}
