"""The local services in processes of their own, for the length of one measurement."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from infra.clock import Clock, SystemClock
from infra.errors import ServiceUnavailableError

LESSONS = Path(__file__).resolve().parents[1] / "infra" / "local" / "lessons"
"""The sample corpus."""

_START_DEADLINE_S = 30
_STOP_DEADLINE_S = 10


@dataclass(frozen=True, kw_only=True)
class LocalServices:
    """Base URLs. `embed_mean` is a second embed server, with mean pooling; there is no gateway."""

    embed: str
    rerank: str
    qdrant: str
    embed_mean: str
    gateway: str | None = None


@contextmanager
def local_services() -> Generator[LocalServices]:
    """Fresh services without keys on free ports of loopback, stopped afterwards.

    Raises:
        ServiceUnavailableError: one did not start.
    """
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as running:
        tei = "infra.local.tei"
        ports = _free_ports(4)
        commands = (
            (tei, "--role", "embed"),
            (tei, "--role", "rerank"),
            ("infra.local.qdrant", "--storage", str(Path(folder) / "data")),
            (tei, "--role", "embed", "--pooling", "mean"),
        )
        processes = [
            running.enter_context(_process((*command, "--port", str(port))))
            for command, port in zip(commands, ports, strict=True)
        ]
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for process, address in zip(processes, addresses, strict=True):
            path = "/readyz" if address == addresses[2] else "/health"
            _wait_for(address + path, process, clock)
        yield LocalServices(
            embed=addresses[0],
            rerank=addresses[1],
            qdrant=addresses[2],
            embed_mean=addresses[3],
        )


def random_head(folder: Path, dimensions: int, *, seed: int) -> Path:
    """A file with a head of random numbers: the local models have no learned one.

    Its weights mean nothing. About half of all tokens get one, so sizes are of the right order.
    """
    numbers = random.Random(seed)  # noqa: S311 (numbers of a benchmark)
    path = folder / "random-head.json"
    weight = [numbers.gauss(0, 1) for _ in range(dimensions)]
    path.write_text(json.dumps({"weight": weight, "bias": 0.0}), encoding="utf-8")
    return path


@contextmanager
def _process(arguments: Sequence[str]) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", *arguments], stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=_STOP_DEADLINE_S)


def _wait_for(probe: str, process: subprocess.Popen[bytes], clock: Clock) -> None:
    end_s = clock.monotonic_s() + _START_DEADLINE_S
    while clock.monotonic_s() < end_s and process.poll() is None:
        try:
            if requests.get(probe, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            clock.sleep(0.05)
    raise ServiceUnavailableError(
        f"{probe} did not answer",
        why=f"a local service did not start within {_START_DEADLINE_S} s",
        remedy="repeat it; the service's own words are above",
    )


def _free_ports(count: int) -> list[int]:
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
