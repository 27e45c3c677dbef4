"""Indexing that is killed at any point and repeated ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.clock import SystemClock
from infra.pipeline.assemble import Pipeline
from infra.pipeline.documents import read_documents
from infra.pipeline.index import IndexReport, Listeners
from infra.pipeline.retry import PATIENT
from tests.contract.pipeline.index_process import SETTINGS, index_folder
from tests.contract.pipeline.services import STORE_KEY, TEI_KEY, Services

pytestmark = [pytest.mark.contract, pytest.mark.real_time, pytest.mark.runs("python")]

SEED = 20240914
KILLS = 5
# Past a step's line the process is killed within this time, so in the middle of a call as well.
MOST_DELAY_S = 0.03


def write_first(folder: Path, data: Path) -> None:
    """A folder with every format."""
    shutil.copytree(data / "formats" / "good", folder)


def write_changes(folder: Path, lessons: Path) -> None:
    """More documents, one that is gone, one changed at its start, one shorter."""
    for path in sorted(lessons.glob("*.md"))[:6]:
        shutil.copy(path, folder)
    (folder / "waves-en.txt").unlink()
    light = folder / "light-ru.md"
    light.write_text(f"Новое начало.\n\n{light.read_text('utf-8')}", encoding="utf-8")
    lines = (folder / "laws-en.ndjson").read_text("utf-8").splitlines()
    (folder / "laws-en.ndjson").write_text(lines[0] + "\n", encoding="utf-8")


def everything(pipeline: Pipeline) -> dict[str, tuple[Any, Any]]:
    points, more = pipeline.qdrant.scroll(
        pipeline.spec.name, limit=10_000, with_payload=True, with_vectors=True
    )
    assert more is None
    return {str(point.id): (point.payload, point.vector) for point in points}


def killed_run(
    services: Services, collection: str, folder: Path, *, steps: int, delay_s: float, root: Path
) -> list[str]:
    """What one run told until it was killed, `delay_s` after so many steps."""
    process = subprocess.Popen(
        [
            sys.executable,
            *("-m", "tests.contract.pipeline.index_process"),
            *(services.embed, services.qdrant, collection, str(folder)),
        ],
        cwd=root,
        env={**os.environ, "TEI_KEY": TEI_KEY, "STORE_KEY": STORE_KEY},
        stdout=subprocess.PIPE,
        text=True,
    )
    told: list[str] = []
    assert process.stdout is not None
    with process, process.stdout:
        for line in process.stdout:
            told.append(line.strip())
            if len(told) == steps:
                threading.Event().wait(delay_s)
                process.send_signal(signal.SIGKILL)
                break
    return told


def test_killed_five_times(
    connect: Callable[..., Pipeline], services: Services, project_root: Path, tmp_path: Path
) -> None:
    """The same points, payloads and vectors as an undisturbed run of the same changes."""
    chance = random.Random(SEED)  # noqa: S311 (chooses where to kill)
    lessons = project_root / "infra" / "local" / "lessons" / "en"
    folder = tmp_path / "documents"
    write_first(folder, project_root / "tests" / "data")
    calm, broken = (connect(name, settings=SETTINGS) for name in ("calm", "broken"))
    for pipeline in (calm, broken):
        index_folder(pipeline, folder)
    before = everything(broken)
    write_changes(folder, lessons)
    index_folder(calm, folder)
    expected = everything(calm)
    assert before != expected
    assert len(expected) > 100

    for _ in range(KILLS):
        steps, delay_s = chance.randint(1, 10), chance.uniform(0, MOST_DELAY_S)
        told = killed_run(
            services, "broken", folder, steps=steps, delay_s=delay_s, root=project_root
        )
        assert len(told) == steps, f"seed {SEED}: the run ended before its kill"
        assert "end" not in told
    half_way = everything(broken)
    assert half_way not in (before, expected), f"seed {SEED}: nothing was left half done"

    index_folder(broken, folder)
    assert everything(broken) == expected, f"seed {SEED}"


@contextmanager
def embed_server(port: int, root: Path) -> Generator[subprocess.Popen[bytes]]:
    """One embed server of our own; killed at the end if it still runs."""
    command = ("--role", "embed", "--port", str(port), "--api-key", TEI_KEY)
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.local.tei", *command],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_up(port)
        yield process
    finally:
        process.kill()
        process.wait(10)


def wait_until_up(port: int) -> None:
    deadline_s, clock = 30, SystemClock()
    started_s = clock.monotonic_s()
    while clock.monotonic_s() - started_s < deadline_s:
        try:
            if requests.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200:
                return
        except requests.RequestException:
            clock.sleep(0.05)
    pytest.fail("the embed server did not start")


def test_the_embed_server_is_killed_and_comes_back(
    connect: Callable[..., Pipeline], services: Services, project_root: Path
) -> None:
    """Indexing waits for it with all its calls, and ends with every passage stored once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    lessons = read_documents([str(project_root / "infra" / "local" / "lessons" / "ru")])
    begun, ended = threading.Event(), list[IndexReport]()
    pipeline = replace(
        connect("restarted", settings=SETTINGS),
        addresses=Services(
            embed=f"http://127.0.0.1:{port}", rerank=services.rerank, qdrant=services.qdrant
        ),
        policy=PATIENT,
    )

    def run() -> None:
        listeners = Listeners(progress=lambda _progress: begun.set())
        ended.append(pipeline.indexer().index(lessons, listeners=listeners))

    thread = threading.Thread(target=run)
    with embed_server(port, project_root) as first:
        thread.start()
        assert begun.wait(20)
        first.kill()
        first.wait(10)
    with embed_server(port, project_root):
        thread.join(60)
    assert len(ended) == 1, "indexing gave up"
    assert ended[0].new == ended[0].passages > 100
    assert pipeline.holdings.points() == ended[0].passages
