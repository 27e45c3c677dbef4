"""A throwaway project with one dynamic resource, run by the project's own CLI."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

from infra.errors import ToolMissingError
from loadtests.bench_engine import one_resource_project
from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.environment import export_lines, pulumi_environment
from scripts.toolchain.pins import Toolchain

# Far more than any command here takes: a hanging engine must fail the test, not the run.
COMMAND_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Shell:
    """A user's shell in a throwaway project, set up by the export lines."""

    folder: Path
    exports: str

    def start(self, command: str, **env: str) -> subprocess.Popen[str]:
        """Start a command line after the export lines; `exec` makes it the process itself."""
        script = f"{self.exports}\n{command}"
        return subprocess.Popen(
            ["sh", "-c", script],
            cwd=self.folder,
            env={**os.environ, **env},
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, command: str, *, code: int = 0, **env: str) -> str:
        """Run a command line to its end and return both streams; its exit code is checked."""
        process = self.start(command, **env)
        try:
            out, _ = process.communicate(timeout=COMMAND_TIMEOUT_S)
        finally:
            process.kill()
        assert process.returncode == code, out
        return out

    def program(self, text: str) -> None:
        """Replace the project's program."""
        (self.folder / "stacks" / "__main__.py").write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def toolchain(project_root: Path) -> Toolchain:
    """The project's own CLI; builds it when it is not there yet."""
    try:
        return ensure_pulumi(project_root, env=os.environ)
    except ToolMissingError as missing:
        pytest.skip(f"engine layer, toolchain: {missing.what}; {missing.why}; {missing.remedy}")
    except SocketConnectBlockedError:
        pytest.skip("engine layer, toolchain: no Pulumi CLI yet; run `retrieval toolchain` first")


@pytest.fixture
def shell(toolchain: Toolchain, project_root: Path, tmp_path: Path) -> Shell:
    """A project in a folder with a hard name, its stack `one` made."""
    folder = tmp_path / "it's one project, урок 50%"
    one_resource_project(folder, venv=project_root / ".venv")
    env = pulumi_environment(folder, toolchain, os.environ)
    made = Shell(folder, export_lines(env, os.environ))
    made.run("pulumi stack init one")
    return made
