"""The engine layer: a real Pulumi CLI, a project of its own per module, real local services.

Everything lives in a temporary folder with a space in its name: its own state, passphrase, ports.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_socket import SocketConnectBlockedError

from infra.errors import ToolMissingError
from scripts.stack import StackOperator
from scripts.toolchain.ensure import ensure_pulumi

STACK = "test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder belongs to the engine layer."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def _installed_cli(project_root: Path) -> None:
    """The project's own CLI, so that each test project can borrow it."""
    try:
        ensure_pulumi(project_root, env=os.environ)
    except ToolMissingError as missing:
        pytest.skip(f"engine layer: {missing.what}; {missing.remedy}")
    except SocketConnectBlockedError:
        pytest.skip("engine layer: no Pulumi CLI yet; `make test` installs it before the tests")


@pytest.fixture(scope="module")
def project(
    _installed_cli: None, project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A project folder with the real program, its own stack file, state and services."""
    folder = tmp_path_factory.mktemp("engine") / "a local stack"
    folder.mkdir()
    shutil.copy(project_root / "Pulumi.yaml", folder)
    shutil.copytree(project_root / "stacks", folder / "stacks")
    (folder / ".venv").symlink_to(project_root / ".venv")
    tools = project_root / ".tools"
    if tools.exists():
        # Hard links: the CLI is large, and files that differ per project are replaced, not edited.
        shutil.copytree(tools, folder / ".tools", copy_function=os.link, symlinks=True)
    write_settings(folder)
    return folder


@pytest.fixture(scope="module")
def operator(project: Path) -> Iterator[StackOperator]:
    """The commands' own view of the test stack; whatever runs at the end is stopped."""
    made = StackOperator(project_root=project, environment=dict(os.environ), default_stack=STACK)
    yield made
    made.destroy(None, with_data=True)


def write_settings(folder: Path, *, name: str = STACK, **groups: Mapping[str, Any]) -> None:
    """Write the stack file: local target, free ports, plus the given groups of settings."""
    path = folder / f"Pulumi.{name}.yaml"
    document: dict[str, Any] = yaml.safe_load(path.read_text()) if path.exists() else {}
    config: dict[str, Any] = document.setdefault("config", {"retrieval:target": "local"})
    config.setdefault("retrieval:local", {**free_ports(), "folder": str(folder / "data")})
    for group, members in groups.items():
        config[f"retrieval:{group}"] = {**config.get(f"retrieval:{group}", {}), **members}
    path.write_text(yaml.safe_dump(document))


def free_ports() -> dict[str, int]:
    """Loopback ports, all different, that were free a moment ago."""
    names = ("gateway_port", "embed_port", "rerank_port", "qdrant_port")
    ports: dict[str, int] = {}
    with ExitStack() as probes:
        for name in names:
            probe = probes.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            ports[name] = probe.getsockname()[1]
    return ports
