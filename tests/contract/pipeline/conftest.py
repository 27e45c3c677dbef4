"""The three local services as real processes, shared by the tests of this folder.

They earn their time: only real HTTP shows that the pipeline and the services agree.
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

from infra.clock import SystemClock
from infra.pipeline.assemble import Pipeline
from infra.pipeline.retry import RetryPolicy
from infra.settings import StackSettings, Target
from tests.contract.pipeline.services import STORE_KEY, TEI_KEY, Services

_START_DEADLINE_S = 30


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Iterator[Services]:
    """Embed, rerank and store on free ports, with keys; stopped at the end."""
    folder = tmp_path_factory.mktemp("services")
    ports = [_free_port() for _ in range(3)]
    tei = ("infra.local.tei", "--max-client-batch-size", "8", "--api-key", TEI_KEY)
    commands = (
        (*tei, "--role", "embed", "--port", str(ports[0])),
        (*tei, "--role", "rerank", "--port", str(ports[1])),
        ("infra.local.qdrant", "--storage", str(folder / "data"), "--port", str(ports[2])),
    )
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    environment = {**os.environ, "QDRANT__SERVICE__API_KEY": STORE_KEY}
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate(commands):
            with (folder / f"{number}.log").open("wb") as log:
                processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *command],
                        cwd=project_root,
                        env=environment,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        probes = (f"{addresses[0]}/health", f"{addresses[1]}/health", f"{addresses[2]}/healthz")
        for number, (process, probe) in enumerate(zip(processes, probes, strict=True)):
            _wait_until_ready(process, probe, folder / f"{number}.log")
        yield Services(embed=addresses[0], rerank=addresses[1], qdrant=addresses[2])
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


@pytest.fixture
def connect(services: Services) -> Iterator[Callable[..., Pipeline]]:
    """Pipelines on these services, each on the collection that the test names."""
    opened: list[Pipeline] = []

    def build(
        collection: str,
        *,
        settings: dict[str, object] | None = None,
        secrets: dict[str, str] | None = None,
        rerank: str | None = None,
    ) -> Pipeline:
        store: dict[str, object] = {"collection": collection}
        values = {"target": Target.LOCAL, "store": store, **(settings or {})}
        pipeline = Pipeline(
            addresses=Services(
                embed=services.embed,
                rerank=rerank or services.rerank,
                qdrant=services.qdrant,
            ),
            secrets=secrets or {"tei_api_key": TEI_KEY, "qdrant_api_key": STORE_KEY},
            settings=StackSettings.model_validate(values),
            clock=SystemClock(),
            policy=RetryPolicy(attempts=3, total_s=2),
        )
        opened.append(pipeline)
        return pipeline

    yield build
    for pipeline in opened:
        pipeline.open_clients.close()


@pytest.fixture
def dead_address() -> str:
    """Where nothing listens."""
    return f"http://127.0.0.1:{_free_port()}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(process: subprocess.Popen[bytes], probe: str, log: Path) -> None:
    deadline = time.monotonic() + _START_DEADLINE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if requests.get(probe, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    pytest.fail(f"{probe} did not answer 200:\n{log.read_text(errors='replace')[-2000:]}")
