"""Starts the local Qdrant as a process for a test, and stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_DEADLINE_S = 30
POLL_S = 0.02


class Server:
    """One process of the service on a free loopback port."""

    def __init__(self, storage: Path, environment: Mapping[str, str] | None = None) -> None:
        self.storage = storage
        self.port = free_port()
        self._environment = {
            "PATH": os.environ["PATH"],
            **{f"QDRANT__SERVICE__{name}": value for name, value in (environment or {}).items()},
        }
        self._process = self._spawn()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """End the process without warning, as a crash would."""
        self._process.kill()
        self._process.wait(timeout=10)

    def restart(self) -> None:
        """Start again on the same folder; the process must have ended."""
        self._process = self._spawn()

    def stop(self) -> int:
        """Ask the process to end; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def _spawn(self) -> subprocess.Popen[bytes]:
        process = launch(self.storage, self.port, self._environment)
        try:
            _wait_ready(process, self.url)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process


@contextmanager
def running(storage: Path, environment: Mapping[str, str] | None = None) -> Generator[Server]:
    server = Server(storage, environment)
    try:
        yield server
    finally:
        server.stop()


def launch(storage: Path, port: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "infra.local.qdrant", "--storage", str(storage)]
    return subprocess.Popen(
        [*command, "--port", str(port)], env=dict(environment), stdin=subprocess.DEVNULL
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):  # noqa: S310  # loopback
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(POLL_S)
    raise AssertionError(f"no answer within {START_DEADLINE_S} s")
