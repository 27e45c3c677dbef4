"""Starts and stops the processes that the gateway's tests need."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from infra.gateway.keys import hash_key

ROOT = Path(__file__).resolve().parents[3]
START_DEADLINE_S = 30

ALL_KEY = "key-of-the-tests"
SEARCH_KEY = "key-that-may-only-search"
TEI_KEY = "tei-key"
STORE_KEY = "store-key"


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def write_keys(path: Path, *entries: tuple[str, str, Sequence[str]]) -> None:
    """A keys file with (name, key, scopes), put in place in one step."""
    keys = [
        {"name": name, "sha256": hash_key(key), "scopes": list(scopes)}
        for name, key, scopes in entries
    ]
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"keys": keys}), encoding="utf-8")
    fresh.replace(path)


def usual_keys(path: Path) -> None:
    """One key for everything, one for searching."""
    write_keys(
        path, ("all", ALL_KEY, ("search", "embed", "index")), ("reader", SEARCH_KEY, ("search",))
    )


@dataclass
class Process:
    """One service of ours in a process of its own."""

    module: str
    arguments: Sequence[str]
    port: int
    probe: str
    log: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])
    running: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until its probe answers 200."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments, "--port", str(self.port)],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self.answers, f"{self.module} did not start", START_DEADLINE_S, self.output)

    def answers(self) -> bool:
        """Whether the probe says 200; a process that ended is an error at once."""
        assert self.running is not None
        assert self.running.poll() is None, f"{self.module} ended:\n{self.output()}"
        try:
            return requests.get(self.address + self.probe, timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.running is None:
            return 0
        self.running.terminate()
        try:
            return self.running.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """SIGKILL."""
        if self.running is not None:
            self.running.kill()
            self.running.wait(timeout=15)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.running is not None
        self.running.send_signal(number)

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def log_records(self) -> list[dict[str, Any]]:
        """Its JSON log lines."""
        return [json.loads(line) for line in self.output().splitlines() if line.startswith("{")]


@dataclass
class RunningGateway:
    """A gateway and how to call it."""

    process: Process
    keys_file: Path

    @property
    def address(self) -> str:
        return self.process.address

    def post(self, path: str, body: object, *, key: str | None = ALL_KEY) -> requests.Response:
        """One request."""
        return requests.post(self.address + path, json=body, headers=bearer(key), timeout=30)

    def get(self, path: str, *, key: str | None = None) -> requests.Response:
        """One request."""
        return requests.get(self.address + path, headers=bearer(key), timeout=30)


def bearer(key: str | None) -> dict[str, str]:
    """The header that carries a key."""
    return {} if key is None else {"authorization": f"Bearer {key}"}


def gateway_process(
    folder: Path,
    *,
    embed: str,
    rerank: str,
    qdrant: str,
    settings: dict[str, Any] | None = None,
) -> RunningGateway:
    """A gateway in front of these addresses, not started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    keys_file = folder / "keys.json"
    usual_keys(keys_file)
    config: dict[str, Any] = {
        "target": "local",
        "addresses": {"embed": embed, "rerank": rerank, "qdrant": qdrant},
        **(settings or {}),
    }
    process = Process(
        module="infra.gateway",
        arguments=("--host", "127.0.0.1", "--keys-file", str(keys_file)),
        port=free_port(),
        probe="/healthz",
        log=folder / "gateway.log",
        environment={
            "GATEWAY_CONFIG": json.dumps(config),
            "TEI_API_KEY": TEI_KEY,
            "QDRANT_API_KEY": STORE_KEY,
        },
    )
    return RunningGateway(process=process, keys_file=keys_file)


def wait_until(
    condition: Callable[[], bool],
    otherwise: str,
    deadline_s: float,
    detail: Callable[[], str] = lambda: "",
) -> None:
    """Poll until `condition` holds; fails with what was seen."""
    ends_s = time.monotonic() + deadline_s
    while time.monotonic() < ends_s:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"{otherwise} within {deadline_s} s\n{detail()[-3000:]}")
