"""The local services with the sample lessons indexed, shared by the tests of this folder.

They earn their time: only real servers show what the search is worth and what quantizing costs.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import typer
from typer.testing import CliRunner, Result

from infra.clock import SystemClock
from infra.pipeline.assemble import Pipeline, patient_pipeline
from infra.pipeline.documents import read_documents
from infra.settings import StackSettings, Target
from scripts import compare, evaluate
from scripts.deployment import Deployment, Endpoints

_START_DEADLINE_S = 30

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, project_root: Path
) -> Iterator[Deployment]:
    """A stack of the three local services, stopped at the end."""
    folder = tmp_path_factory.mktemp("evaluation")
    ports = [_free_port() for _ in range(3)]
    commands = (
        ("infra.local.tei", "--role", "embed", "--port", str(ports[0])),
        ("infra.local.tei", "--role", "rerank", "--port", str(ports[1])),
        ("infra.local.qdrant", "--storage", str(folder / "data"), "--port", str(ports[2])),
    )
    embed, rerank, qdrant = (f"http://127.0.0.1:{port}" for port in ports)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate(commands):
            with (folder / f"{number}.log").open("wb") as log:
                processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *command],
                        cwd=project_root,
                        env=dict(os.environ),
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        for address in (f"{embed}/health", f"{rerank}/health", f"{qdrant}/healthz"):
            _wait_for(address)
        yield Deployment(
            stack="local",
            endpoints=Endpoints(gateway=None, qdrant=qdrant, embed=embed, rerank=rerank),
            settings=StackSettings(target=Target.LOCAL),
            secrets={},
        )
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


@pytest.fixture(scope="session")
def lessons(deployment: Deployment, project_root: Path) -> Deployment:
    """The stack with the sample lessons indexed, as `make up` does it."""
    root = project_root / "infra" / "local" / "lessons"
    documents = read_documents([str(root / "ru"), str(root / "en")], root=root)
    with _pipeline(deployment) as pipeline:
        pipeline.indexer().index(documents)
    return deployment


@pytest.fixture
def pipeline(deployment: Deployment) -> Iterator[Pipeline]:
    """The pipeline of the stack, closed at the end."""
    with _pipeline(deployment) as opened:
        yield opened


@pytest.fixture
def collections(pipeline: Pipeline) -> Callable[[], set[str]]:
    """The names of all collections in the store, asked anew at each call."""

    def names() -> set[str]:
        found = pipeline.store_calls.run(pipeline.qdrant.get_collections)
        return {collection.name for collection in found.collections}

    return names


@pytest.fixture
def run(deployment: Deployment) -> Run:
    """Run `retrieval` with these arguments on the stack, or on another one given as `on`."""

    def invoke(*arguments: str, on: Deployment = deployment) -> Result:
        app = typer.Typer()
        evaluate.register(app, lambda _stack: on)
        compare.register(app, lambda _stack: on)
        return CliRunner().invoke(app, list(arguments))

    return invoke


def _pipeline(deployment: Deployment) -> Pipeline:
    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    return patient_pipeline(*services, SystemClock())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + _START_DEADLINE_S
    while time.monotonic() < deadline:
        try:
            if requests.get(address, timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"{address} did not answer within {_START_DEADLINE_S} s")
