"""A gateway in front of paced stand-ins, whose pace and failures are the test's choice."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.paced.batching import Pace
from loadtests.paced.stack import collection_name
from loadtests.paced.store import PacedStore
from loadtests.paced.tei import PacedTei
from loadtests.paced.threads import served
from tests.contract.gateway.processes import RunningGateway, gateway_process

ALIAS = "lessons"
QUICK = Pace(base_ms=2, per_token_ms=0.005)


@dataclass
class PacedStack:
    """The gateway and what is behind it."""

    gateway: RunningGateway
    embed: PacedTei
    rerank: PacedTei
    store: PacedStore


@contextmanager
def paced_stack(
    folder: Path,
    *,
    pace: Pace = QUICK,
    permits: int = 512,
    gateway: dict[str, Any] | None = None,
) -> Generator[PacedStack]:
    """Everything started, stopped at the end; `gateway` are settings of that group."""
    embed = PacedTei(role="embed", pace=pace, permits=permits)
    rerank = PacedTei(role="rerank", pace=pace, permits=permits)
    store = PacedStore(alias=ALIAS, collection=collection_name(embed.info()))
    with served([embed.app(), rerank.app(), store.app()]) as addresses:
        running = gateway_process(
            folder,
            embed=addresses[0],
            rerank=addresses[1],
            qdrant=addresses[2],
            settings={"gateway": {"drain_notice_ms": 0, **(gateway or {})}},
        )
        running.process.start()
        try:
            yield PacedStack(gateway=running, embed=embed, rerank=rerank, store=store)
        finally:
            if running.process.running is not None and running.process.running.poll() is None:
                running.process.stop()
