"""A throwaway project that makes AWS resources on the stand-in, previewed under the policy pack."""

from __future__ import annotations

import os
import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

from infra.errors import ToolMissingError
from infra.standin.server import serve
from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.environment import pulumi_environment

COMMAND_TIMEOUT_S = 90

_PROJECT = """\
name: retrieval
main: program/
runtime:
  name: python
  options:
    virtualenv: .venv
"""

_HEAD = """\
import pulumi
import pulumi_aws

aws = pulumi_aws.Provider(
    "aws",
    region="us-east-1",
    allowed_account_ids=["123456789012"],
    default_tags={"tags": {"Project": "p", "Stack": "s", "ManagedBy": "pulumi"}},
)
made = pulumi.ResourceOptions(provider=aws)
kept = pulumi.ResourceOptions(provider=aws, protect=True)
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder and the environment in which the engine finds the stand-in."""

    folder: Path
    environment: dict[str, str]
    pulumi: Path
    pack: Path

    def program(self, text: str) -> None:
        """Write the program; `aws` is its provider, `made` and `kept` are options."""
        path = self.folder / "program" / "__main__.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_HEAD + textwrap.dedent(text), encoding="utf-8")

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run the CLI to its end and return both streams; its exit code is checked."""
        done = subprocess.run(
            [str(self.pulumi), *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def preview(self, *, code: int = 0, pack: bool = True) -> str:
        """Preview, under the pack unless told otherwise."""
        flag = ["--policy-pack", str(self.pack)] if pack else []
        return self.run("preview", "--stack", "one", *flag, code=code)


@pytest.fixture
def project(project_root: Path, tmp_path: Path) -> Iterator[Project]:
    """A project with its stack made and nothing in it."""
    try:
        toolchain = ensure_pulumi(project_root, env=os.environ)
    except ToolMissingError as missing:
        pytest.skip(f"engine layer, policy: {missing.what}; {missing.remedy}")
    except SocketConnectBlockedError:
        pytest.skip("engine layer, policy: no Pulumi CLI yet; run `retrieval toolchain` first")
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(_PROJECT, encoding="utf-8")
    (folder / ".venv").symlink_to(project_root / ".venv")
    with serve() as standin:
        environment = {
            **os.environ,
            **pulumi_environment(folder, toolchain, os.environ),
            **standin.environment,
        }
        made = Project(
            folder=folder,
            environment=environment,
            pulumi=toolchain.pulumi,
            pack=project_root / "infra" / "policy",
        )
        made.program("")
        made.run("stack", "init", "one")
        yield made
