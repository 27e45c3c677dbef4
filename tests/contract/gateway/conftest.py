"""The local services and a gateway in front of them as real processes, shared by this folder.

They earn their time: only real HTTP shows what official clients, signals and lost backends do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.clock import SystemClock
from infra.pipeline.assemble import Pipeline
from infra.pipeline.records import Document
from infra.pipeline.retry import PATIENT
from infra.settings import StackSettings, Target
from tests.contract.gateway.processes import (
    STORE_KEY,
    TEI_KEY,
    Process,
    RunningGateway,
    free_port,
    gateway_process,
)

LESSONS = {
    "fizika/om.md": "# Закон Ома\n\n## Формула\n\nСила тока в участке цепи прямо пропорциональна "
    "напряжению и обратно пропорциональна сопротивлению.\n\n## Пример\n\nПри напряжении 12 вольт "
    "и сопротивлении 4 ома сила тока равна трём амперам.\n",
    "biology/cells.md": "# Cells\n\n## Mitochondria\n\nMitochondria turn the energy of food into "
    "a form that the cell can use.\n\n## Nucleus\n\nThe nucleus keeps the genetic material.\n",
    "history/rome.md": "# Rome\n\nThe Roman republic was ruled by two consuls who were elected "
    "for one year.\n",
}
"""Three small documents, two languages."""


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Process]]:
    """Embed, rerank and store, with keys and the lessons indexed; stopped at the end."""
    folder = tmp_path_factory.mktemp("gateway-backends")
    backends = {
        role: Process(
            module="infra.local.tei",
            arguments=("--role", role, "--max-client-batch-size", "8", "--api-key", TEI_KEY),
            port=free_port(),
            probe="/health",
            log=folder / f"{role}.log",
        )
        for role in ("embed", "rerank")
    }
    backends["qdrant"] = Process(
        module="infra.local.qdrant",
        arguments=("--storage", str(folder / "data")),
        port=free_port(),
        probe="/healthz",
        log=folder / "qdrant.log",
        environment={"QDRANT__SERVICE__API_KEY": STORE_KEY},
    )
    try:
        for process in backends.values():
            process.start()
        index_lessons(backends, StackSettings(target=Target.LOCAL))
        yield backends
    finally:
        for process in backends.values():
            process.stop()


@pytest.fixture(scope="session")
def start_gateway(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., RunningGateway]]:
    """Starts gateways with the settings that a test names; all are stopped at the end."""
    started: list[RunningGateway] = []

    def start(
        backends: dict[str, Process], settings: dict[str, Any] | None = None
    ) -> RunningGateway:
        gateway = gateway_process(
            tmp_path_factory.mktemp("gateway"),
            **{role: process.address for role, process in backends.items()},
            settings=settings,
        )
        started.append(gateway)
        gateway.process.start()
        return gateway

    yield start
    for gateway in started:
        if gateway.process.running is not None and gateway.process.running.poll() is None:
            gateway.process.stop()


@pytest.fixture(scope="session")
def gateway(
    backends: dict[str, Process], start_gateway: Callable[..., RunningGateway]
) -> RunningGateway:
    """A gateway with usual settings."""
    return start_gateway(backends, {"gateway": {"drain_notice_ms": 0}})


def index_lessons(backends: dict[str, Process], settings: StackSettings) -> None:
    """Put the lessons into the collection of these settings."""
    documents = [
        Document(
            doc_id=name,
            title=text.partition("\n")[0].removeprefix("# "),
            text=text,
            is_markdown=True,
        )
        for name, text in LESSONS.items()
    ]
    with Pipeline(
        addresses=_Addresses(**{role: process.address for role, process in backends.items()}),
        secrets={"tei_api_key": TEI_KEY, "qdrant_api_key": STORE_KEY},
        settings=settings,
        clock=SystemClock(),
        policy=PATIENT,
    ) as pipeline:
        pipeline.indexer().index(documents)


class _Addresses:
    def __init__(self, embed: str, rerank: str, qdrant: str) -> None:
        self.embed: str | None = embed
        self.rerank: str | None = rerank
        self.qdrant: str | None = qdrant
        self.gateway: str | None = None
