"""The services that indexing needs, paced, in a process of their own.

In a thread beside the indexing program they would take its time. Writes their addresses to stdout
as one line of JSON, and ends when its stdin does.

    python -m loadtests.paced.index_services '{"base_ms": 6, ...}'
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from loadtests.paced.batching import Pace
from loadtests.paced.tei import PacedTei
from loadtests.paced.threads import served
from loadtests.paced.write_store import WriteStore

_STOP_S = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Paces:
    """How long the services take: the embed server as `Pace` says, a write of points `write_ms`."""

    base_ms: float
    per_token_ms: float
    write_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexAddresses:
    """Base URLs; there is no rerank server and no gateway."""

    embed: str
    qdrant: str
    rerank: str | None = None
    gateway: str | None = None


@contextmanager
def index_services(paces: Paces) -> Generator[IndexAddresses]:
    """Both services during the body."""
    process = subprocess.Popen(
        [sys.executable, "-m", "loadtests.paced.index_services", json.dumps(asdict(paces))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        line = process.stdout.readline() if process.stdout is not None else ""
        try:
            yield IndexAddresses(**json.loads(line))
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()


def main(arguments: Sequence[str]) -> None:
    """Serve until stdin ends."""
    paces = Paces(**json.loads(arguments[0]))
    pace = Pace(base_ms=paces.base_ms, per_token_ms=paces.per_token_ms)
    embed, store = PacedTei(role="embed", pace=pace), WriteStore(write_ms=paces.write_ms)
    with served([embed.app(), store.app()]) as addresses:
        found = IndexAddresses(embed=addresses[0], qdrant=addresses[1])
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
