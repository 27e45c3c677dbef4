"""A gateway process in front of paced stand-ins, for measurements."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from infra.clock import Clock
from infra.errors import ServiceUnavailableError
from infra.gateway.config import CONFIG_VARIABLE
from infra.gateway.keys import hash_key
from infra.pipeline.served import ServedModel
from infra.pipeline.spec import collection_spec
from infra.settings import StackSettings, Target
from loadtests.paced.batching import Pace
from loadtests.paced.busy import BusyTimes
from loadtests.paced.store import PacedStore
from loadtests.paced.tei import PacedTei
from loadtests.paced.threads import served

_START_S = 30.0
_STOP_S = 20.0
_PROJECT_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a stack stands on: a folder for its files, the environment of its process, a clock."""

    folder: Path
    env: Mapping[str, str]
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class PacedStack:
    """What runs: addresses, the key that may do everything, and what the stand-ins have seen."""

    host: str
    port: int
    embed_port: int
    key: str
    embed: PacedTei
    busy: tuple[BusyTimes, ...]

    def busy_ms(self, request_id: str) -> float:
        """How long the services worked on the calls of one request."""
        return sum(times.ms.get(request_id, 0.0) for times in self.busy)


def collection_name(info: Mapping[str, Any]) -> str:
    """The real name of the collection that a gateway looks for, by what its embed server says."""
    served_model = ServedModel.model_validate(info)
    return collection_spec(StackSettings(target=Target.LOCAL), served_model).name


@contextmanager
def paced_stack(ground: Ground, *, pace: Pace, gateway: Mapping[str, Any]) -> Generator[PacedStack]:
    """Everything started; `gateway` are settings of that group.

    Raises:
        ServiceUnavailableError: the gateway did not start.
    """
    embed, rerank = PacedTei(role="embed", pace=pace), PacedTei(role="rerank", pace=pace)
    settings = StackSettings(target=Target.LOCAL)
    store = PacedStore(alias=settings.store.collection, collection=collection_name(embed.info()))
    busy = tuple(BusyTimes(app.app()) for app in (embed, rerank, store))
    key = secrets.token_hex(16)
    with served(busy) as addresses:
        port = _free_port()
        process = _start(ground, addresses, key=key, port=port, gateway=gateway)
        try:
            _wait_until_up(process, port, ground.clock)
            yield PacedStack(
                host="127.0.0.1",
                port=port,
                embed_port=urlsplit(addresses[0]).port or 0,
                key=key,
                embed=embed,
                busy=busy,
            )
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(_STOP_S)


def _start(
    ground: Ground, addresses: list[str], *, key: str, port: int, gateway: Mapping[str, Any]
) -> subprocess.Popen[bytes]:
    keys_file = ground.folder / "keys.json"
    entry = {"name": "bench", "sha256": hash_key(key), "scopes": ["search", "embed", "index"]}
    keys_file.write_text(json.dumps({"keys": [entry]}), encoding="utf-8")
    names = dict(zip(("embed", "rerank", "qdrant"), addresses, strict=True))
    config = {"target": "local", "addresses": names, "gateway": {"drain_notice_ms": 0, **gateway}}
    arguments = ("--host", "127.0.0.1", "--port", str(port), "--keys-file", str(keys_file))
    with (ground.folder / "gateway.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "infra.gateway", *arguments],
            cwd=_PROJECT_ROOT,
            env={**ground.env, CONFIG_VARIABLE: json.dumps(config)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait_until_up(process: subprocess.Popen[bytes], port: int, clock: Clock) -> None:
    ends_s = clock.monotonic_s() + _START_S
    while clock.monotonic_s() < ends_s and process.poll() is None:
        try:
            if requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).ok:
                return
        except requests.RequestException:
            clock.sleep(0.05)
    raise ServiceUnavailableError(
        "the gateway under test did not start",
        why=f"its process ended or gave no answer within {_START_S:.0f} s",
        remedy="run `python -m infra.gateway --help` and the unit tests of the gateway",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
