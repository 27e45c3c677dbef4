"""Indexing and searching with learned weights where only the gateway and the store are in reach."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from qdrant_client import models

from infra.clock import SystemClock
from infra.errors import ServiceRefusedError, SettingsError
from infra.pipeline.answers import Degraded
from infra.pipeline.assemble import Pipeline
from infra.pipeline.legs import Leg
from infra.pipeline.records import Document
from infra.pipeline.retry import RetryPolicy
from infra.pipeline.search_source import open_source
from infra.settings import StackSettings
from tests.contract.gateway.conftest import LESSONS
from tests.contract.gateway.processes import (
    ALL_KEY,
    STORE_KEY,
    TEI_KEY,
    Process,
    RunningGateway,
    write_keys,
)

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

DOCUMENTS = [
    Document(doc_id=name, title=text.splitlines()[0].strip("# "), text=text, is_markdown=True)
    for name, text in LESSONS.items()
]
Point = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Reach:
    """What can be reached; the rest is private."""

    qdrant: str
    gateway: str | None = None
    embed: str | None = None
    rerank: str | None = None


@dataclass(frozen=True)
class Ways:
    """Pipelines of equal settings: through the gateway, and straight to the servers."""

    gateway: RunningGateway
    backends: dict[str, Process]
    head: str
    opened: ExitStack

    def through(self, collection: str, key: str = ALL_KEY) -> Pipeline:
        """The head's file is not on this machine: it belongs to the gateway's."""
        reach = Reach(qdrant=self.backends["qdrant"].address, gateway=self.gateway.address)
        return self._pipeline(reach, collection, "/not/on/this/machine.pt", key)

    def straight(self, collection: str) -> Pipeline:
        addresses = {role: process.address for role, process in self.backends.items()}
        return self._pipeline(Reach(**addresses), collection, self.head, ALL_KEY)

    def _pipeline(self, reach: Reach, collection: str, head: str, key: str) -> Pipeline:
        pipeline = Pipeline(
            addresses=reach,
            secrets={
                "tei_api_key": TEI_KEY,
                "qdrant_api_key": STORE_KEY,
                "gateway_operator_key": key,
            },
            settings=StackSettings.model_validate(
                {"target": "local", **groups(head, collection)},
            ),
            clock=SystemClock(),
            policy=RetryPolicy(attempts=3, total_s=2),
        )
        return self.opened.enter_context(pipeline)


def groups(head: str, collection: str) -> dict[str, Any]:
    """The settings of all pipelines and of the gateway."""
    return {
        "embed": {"sparse_head": head},
        "store": {"sparse": "m3", "collection": collection},
        "search": {"sparse": "m3"},
    }


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A head of random numbers: what is stored is shown, not that it finds well."""
    path = tmp_path_factory.mktemp("head") / "head.json"
    weight = np.random.default_rng(11).standard_normal(1024).tolist()
    path.write_text(json.dumps({"weight": weight, "bias": 0.1}), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def gateway_with_head(
    backends: dict[str, Process], start_gateway: Callable[..., RunningGateway], head: str
) -> RunningGateway:
    """A gateway that makes learned weights."""
    settings = {**groups(head, "sparse-through"), "gateway": {"drain_notice_ms": 0}}
    return start_gateway(backends, settings)


@pytest.fixture
def ways(
    gateway_with_head: RunningGateway, backends: dict[str, Process], head: str
) -> Iterator[Ways]:
    """Both ways to the same services."""
    with ExitStack() as opened:
        yield Ways(gateway_with_head, backends, head, opened)


def stored(pipeline: Pipeline) -> list[Point]:
    """Every point of the collection with its vectors that the embed server made."""
    found, _ = pipeline.qdrant.scroll(
        pipeline.settings.store.collection, limit=100, with_vectors=["dense", "m3"]
    )
    points: list[Point] = []
    for point in found:
        assert isinstance(point.vector, dict)
        weights = point.vector["m3"]
        assert isinstance(weights, models.SparseVector)
        vectors = {
            "dense": point.vector["dense"],
            "ids": weights.indices,
            "weights": weights.values,
        }
        points.append((str(point.id), vectors))
    return sorted(points, key=lambda each: each[0])


def test_index_and_search_are_those_of_the_direct_way(ways: Ways) -> None:
    """The same points with the same vectors, the same answers, and one index key: each way finds
    what the other has indexed."""
    through, straight = ways.through("sparse-through"), ways.straight("sparse-straight")
    assert through.spec.index_key == straight.spec.index_key
    report = through.indexer().index(DOCUMENTS)
    assert report.new > 3
    straight.indexer().index(DOCUMENTS)
    mine, other = stored(through), stored(straight)
    assert [point_id for point_id, _ in mine] == [point_id for point_id, _ in other]
    for (_, own), (_, wanted) in zip(mine, other, strict=True):
        assert len(own["ids"]) > 3
        assert own["ids"] == wanted["ids"]
        assert own["weights"] == pytest.approx(wanted["weights"], abs=1e-6)
        assert own["dense"] == pytest.approx(wanted["dense"], abs=1e-6)
    for query in ("сила тока", "energy of the cell", "12 вольт"):
        one = open_source(through).searcher().search(query)
        two = open_source(straight).searcher().search(query)
        assert one.degraded == two.degraded == ()
        assert one.found[Leg.M3] == two.found[Leg.M3] > 0
        assert [a.passage for a in one.answers] == [a.passage for a in two.answers]
        assert [a.leg_ranks for a in one.answers] == [a.leg_ranks for a in two.answers]
    crossed = ways.straight("sparse-through")
    crossed.store.require()
    assert crossed.indexer().index(DOCUMENTS).new == 0
    answer = ways.gateway.post("/v1/search", {"query": "сила тока"}).json()
    assert answer["degraded"] == []
    assert answer["found"]["m3"] > 0


def test_a_gateway_that_makes_no_weights(ways: Ways, gateway: RunningGateway) -> None:
    """One whose settings lag behind is told before anything is written."""
    lagging = Ways(gateway, ways.backends, ways.head, ways.opened)
    with pytest.raises(SettingsError, match="makes no learned sparse weights") as told:
        lagging.through("sparse-lagging").indexer().index(DOCUMENTS)
    assert "pulumi up" in told.value.remedy


def test_a_key_that_may_not_index(ways: Ways) -> None:
    """Refused with the gateway's reason; the key of an application is not an operator's."""
    usual = ("all", ALL_KEY, ("search", "embed", "index"))
    write_keys(ways.gateway.keys_file, usual, ("app", "app-key", ("search", "embed")))
    ways.gateway.process.signal(signal.SIGHUP)
    maker = ways.through("sparse-through", key="app-key").sparse_embedder
    assert maker is not None
    with pytest.raises(ServiceRefusedError, match="scope index"):
        maker.text_vectors(["a text"])


def test_a_query_goes_on_without_weights(ways: Ways) -> None:
    """Where weights cannot be had, the dense vector of the query is, flagged."""
    pipeline = ways.through("sparse-through")
    pipeline.indexer().index(DOCUMENTS)
    maker = pipeline.sparse_embedder
    assert maker is not None
    served = pipeline.embedder.served
    pipeline.embedder.__dict__["served"] = served.model_copy(update={"sparse_head": "another"})
    result = pipeline.searcher().search("сила тока")
    assert result.degraded == (Degraded.M3_UNAVAILABLE,)
    assert "another head" in result.problems[Degraded.M3_UNAVAILABLE]
    assert Leg.DENSE in result.found
