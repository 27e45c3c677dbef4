"""The production stack under the real engine, on an imagined account that lives in this process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings.load import FACTS_KEY
from infra.standin.cloud import Cloud
from infra.standin.server import serve
from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.environment import pulumi_environment
from tests.program.example_stacks import account_facts, merged, resolved_groups

STACK = "prod"
COMMAND_TIMEOUT_S = 120


@dataclass(frozen=True)
class Stack:
    """A project of its own with the real program, its state, and the account it is built in."""

    folder: Path
    env: Mapping[str, str]
    program: str
    cloud: Cloud

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Write the stack file: production, resolved, with these groups changed."""
        groups = merged(resolved_groups(STACK), changes)
        config: dict[str, Any] = {f"retrieval:{name}": value for name, value in groups.items()}
        config[FACTS_KEY] = str(self.folder / "facts.json")
        config["pulumi:disable-default-providers"] = ["aws"]
        path = self.folder / f"Pulumi.{STACK}.yaml"
        salt = "encryptionsalt"
        kept = yaml.safe_load(path.read_text()) if path.exists() else {}
        document = {"config": config, **({salt: kept[salt]} if salt in kept else {})}
        path.write_text(yaml.safe_dump(document))

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run the CLI on the stack and return stdout; its exit code is checked."""
        done = subprocess.run(
            [self.program, *arguments, "--stack", STACK, "--non-interactive"],
            cwd=self.folder,
            env=dict(self.env),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def changes(self, changes: Mapping[str, Any]) -> str:
        """What a preview of changed settings would do, one line for each resource.

        A line is the operation, the resource's name and type, and the properties that cause it.
        """
        self.configure(changes)
        digest = json.loads(self.run("preview", "--json"))
        lines = {_line(step) for step in digest["steps"] if step["op"] != "same"}
        return "".join(f"{line}\n" for line in sorted(line for line in lines if line))


def _line(step: Mapping[str, Any]) -> str:
    # A replacement is three steps; this one says why.
    if step["op"] in {"create-replacement", "delete-replaced", "read"}:
        return ""
    state = step.get("newState") or step["oldState"]
    name = state["urn"].rpartition("::")[2]
    reasons = sorted(step.get("replaceReasons") or []) or sorted(step.get("diffReasons") or [])
    why = f": {', '.join(reasons)}" if reasons else ""
    return f"{step['op']:<8} {name} ({state['type']}){why}"


@pytest.fixture(scope="module")
def stack(
    _installed_cli: None, project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The stack, made but not up."""
    folder = tmp_path_factory.mktemp("aws") / "a stack on aws"
    folder.mkdir()
    shutil.copy(project_root / "Pulumi.yaml", folder)
    (folder / "stacks").symlink_to(project_root / "stacks")
    (folder / "facts.json").write_text(account_facts().model_dump_json(), encoding="utf-8")
    state = folder / "state"
    state.mkdir()
    toolchain = ensure_pulumi(project_root, env=os.environ)
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PULUMI_", "AWS_"))
    }
    own |= {"PULUMI_BACKEND_URL": state.as_uri(), "PULUMI_CONFIG_PASSPHRASE": "a test"}
    with serve(Cloud(folder / "cloud.json")) as standin:
        env = {**pulumi_environment(project_root, toolchain, own), **standin.environment}
        made = Stack(folder, env, str(toolchain.pulumi), standin.cloud)
        made.configure({})
        made.run("stack", "init")
        yield made
