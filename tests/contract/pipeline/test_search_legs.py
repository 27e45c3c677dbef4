"""Searching on the local services: the learned leg, filters on every leg, parts that are away.

The head of these tests is made of random numbers, as no stand-in has a learned one: what is shown
is that the vectors are stored and searched as computed, not that they find what bge-m3's would.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import requests
from qdrant_client import models

from infra.errors import IncompatibleCollectionError, ServiceUnavailableError, UsageError
from infra.pipeline.answers import Degraded
from infra.pipeline.assemble import Pipeline
from infra.pipeline.filters import SearchFilter, search_condition
from infra.pipeline.legs import Leg
from infra.pipeline.model_text import model_text
from infra.pipeline.points import passage_of
from infra.pipeline.records import Document, Language
from infra.pipeline.search_source import open_source
from infra.pipeline.store import PassageStore
from tests.contract.pipeline.services import TEI_KEY, Services

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

Connect = Callable[..., Pipeline]

_START_DEADLINE_S = 30

SUBJECTS = {
    "ru/ohm.md": "# Закон Ома\n\nСила тока равна отношению напряжения к сопротивлению.",
    "ru/optics.md": "# Оптика\n\nСвет преломляется на границе сред, тока здесь нет.",
    "en/ohm.md": "# Ohm's law\n\nThe current equals voltage divided by resistance.",
    "en/optics.md": "# Optics\n\nLight bends where it enters glass; no current flows.",
}
DOCUMENTS = [
    Document(
        doc_id=name, title=text.splitlines()[0].removeprefix("# "), text=text, is_markdown=True
    )
    for name, text in SUBJECTS.items()
]


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A head of random numbers for vectors of 1024."""
    numbers = np.random.default_rng(5).standard_normal(1024)
    path = tmp_path_factory.mktemp("head") / "head.json"
    path.write_text(json.dumps({"weight": numbers.tolist(), "bias": 0.05}))
    return str(path)


@pytest.fixture(scope="module")
def mean_server(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An embed server like the shared one, but with mean pooling."""
    port = _free_port()
    command = ["infra.local.tei", "--role", "embed", "--pooling", "mean", "--port", str(port)]
    with (tmp_path_factory.mktemp("mean") / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--api-key", TEI_KEY],
            cwd=project_root,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def silent_server() -> Iterator[str]:
    """It takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def with_m3(connect: Connect, head: str) -> Callable[..., Pipeline]:
    """Pipelines that store and search learned weights."""

    def build(collection: str, *, embed: str | None = None, **search: object) -> Pipeline:
        settings: dict[str, object] = {
            "embed": {"sparse_head": head},
            "store": {"collection": collection, "sparse": "m3"},
            "search": {"sparse": "m3", "candidates_reranked": 0, **search},
        }
        pipeline = connect(collection, settings=settings)
        return pipeline if embed is None else _at(pipeline, embed=embed)

    return build


class TestLearnedLeg:
    """Vectors named `m3`, beside the others."""

    def test_it_is_stored_without_idf_and_found(self, with_m3: Connect) -> None:
        """Every point has one, with the token ids of its text, and the leg finds by them."""
        pipeline = with_m3("m3")
        pipeline.indexer().index(DOCUMENTS)
        sparse = pipeline.qdrant.get_collection("m3").config.params.sparse_vectors or {}
        assert {name: vector.modifier for name, vector in sparse.items()} == {
            "bm25_ru": models.Modifier.IDF,
            "bm25_en": models.Modifier.IDF,
            "m3": None,
        }
        maker = pipeline.sparse_embedder
        assert maker is not None
        points, _ = pipeline.qdrant.scroll("m3", limit=10, with_vectors=["m3"])
        assert len(points) == 4
        for point in points:
            assert isinstance(point.vector, dict)
            stored = point.vector["m3"]
            assert isinstance(stored, models.SparseVector)
            own = maker.text_vectors([model_text(passage_of(point.payload or {}))])[0].sparse
            assert own is not None
            assert stored.indices == list(own.ids)
            assert stored.values == pytest.approx(own.weights)
        result = pipeline.searcher().search("сила тока")
        assert result.problems == {}
        assert result.found[Leg.M3] > 0

    def test_a_text_finds_itself_by_its_weights(self, with_m3: Connect) -> None:
        """With the learned leg alone, each passage is the best answer to its own text."""
        alone = {"weight_dense": 0, "weight_bm25_ru": 0, "weight_bm25_en": 0}
        pipeline = with_m3("m3", **alone)
        pipeline.indexer().index(DOCUMENTS)
        for record in pipeline.qdrant.scroll("m3", limit=10)[0]:
            passage = passage_of(record.payload or {})
            result = pipeline.searcher().search(model_text(passage))
            assert list(result.found) == [Leg.M3]
            assert result.answers[0].passage == passage

    def test_pooling_makes_no_difference(self, with_m3: Connect, mean_server: str) -> None:
        """A server with mean pooling gives the same vectors, so both may serve one collection."""
        one, other = with_m3("pooling"), with_m3("pooling", embed=mean_server)
        assert (one.embedder.served.pooling, other.embedder.served.pooling) == ("cls", "mean")
        assert one.spec == other.spec
        texts = ["сила тока", "light bends where it enters glass", "x"]
        makers = (one.sparse_embedder, other.sparse_embedder)
        first, second = (maker.text_vectors(texts) for maker in makers if maker is not None)
        for a, b in zip(first, second, strict=True):
            assert a.dense == pytest.approx(b.dense, abs=1e-6)
            assert a.sparse == b.sparse
        one.indexer().index(DOCUMENTS)
        result = other.searcher().search("сила тока", with_rerank=False)
        assert result.answers == one.searcher().search("сила тока", with_rerank=False).answers

    def test_another_head_is_another_collection(
        self, with_m3: Connect, connect: Connect, tmp_path: Path
    ) -> None:
        """Weights of two heads never meet, but a search without the leg may read either."""
        pipeline = with_m3("heads")
        pipeline.indexer().index(DOCUMENTS)
        path = tmp_path / "other.json"
        path.write_text(json.dumps({"weight": [1.0] * 1024, "bias": 0}))
        settings = {
            "embed": {"sparse_head": str(path)},
            "store": {"collection": "heads", "sparse": "m3"},
        }
        with pytest.raises(IncompatibleCollectionError, match=r"store\.sparse was m3"):
            connect("heads", settings=settings).store.require()
        plain = connect("heads")
        plain.store.require()
        assert plain.searcher().search("сила тока").answers[0].passage.doc_id == "ru/ohm.md"


class TestFilters:
    """On the payload, applied to each leg."""

    @pytest.mark.parametrize("leg", list(Leg))
    def test_every_leg_stays_within(self, with_m3: Connect, leg: Leg) -> None:
        """Alone, each leg finds passages of one language and one document only."""
        weights = {f"weight_{each.value}": float(each is leg) for each in Leg}
        pipeline = with_m3("m3", **weights)
        pipeline.indexer().index(DOCUMENTS)
        query = "current тока voltage сила light"
        for wanted in (
            SearchFilter(langs=(Language.RUSSIAN,)),
            SearchFilter(fields=(("lang", "en"),)),
            SearchFilter(docs=("en/o",)),
            SearchFilter(docs=("ru/optics.md",)),
        ):
            condition = _condition(pipeline, wanted)
            docs = {a.passage.doc_id for a in pipeline.searcher(condition).search(query).answers}
            allowed = {doc_id for doc_id in SUBJECTS if _allows(wanted, doc_id)}
            assert docs <= allowed
            assert docs or leg in {Leg.BM25_RU, Leg.BM25_EN}
            if leg is Leg.DENSE:
                assert docs == allowed

    def test_what_cannot_be_asked_for(self, with_m3: Connect) -> None:
        """A field that the store has no index for, a document that is not there."""
        pipeline = with_m3("m3")
        pipeline.indexer().index(DOCUMENTS)
        with pytest.raises(UsageError, match="filtered by `title`") as caught:
            _condition(pipeline, SearchFilter(fields=(("title", "Ohm"),)))
        assert "doc_id, lang" in caught.value.why
        with pytest.raises(UsageError, match="de/ohm") as caught:
            _condition(pipeline, SearchFilter(docs=("de/ohm.md",)))
        assert "en/ohm.md" in caught.value.remedy


class TestAway:
    """Something does not answer."""

    def test_an_embed_server_that_is_away(self, connect: Connect, dead_address: str) -> None:
        """The words still find, flagged, and the section around an answer can be read."""
        connect("away").indexer().index(DOCUMENTS)
        source = open_source(_at(connect("away"), embed=dead_address))
        result = source.searcher().search("сопротивление тока")
        assert result.degraded[0] is Degraded.DENSE_UNAVAILABLE
        assert "embed server" in result.problems[Degraded.DENSE_UNAVAILABLE]
        assert result.answers[0].passage.doc_id == "ru/ohm.md"
        assert result.answers[0].score is not None
        passage = result.answers[0].passage
        assert passage.text in source.store.section_text([passage])[passage.section_id]

    def test_a_store_that_is_away(self, connect: Connect, dead_address: str) -> None:
        """There is no answer without it."""
        pipeline = _at(connect("away"), qdrant=dead_address)
        with pytest.raises(ServiceUnavailableError, match="vector store"):
            open_source(pipeline)

    def test_a_leg_that_the_collection_does_not_have(self, with_m3: Connect) -> None:
        """The store refuses the whole call; the other legs answer."""
        pipeline = with_m3("legs")
        pipeline.indexer().index(DOCUMENTS)
        spec = replace(pipeline.spec, alias="bare", index_key="x", has_m3=False)
        store = PassageStore(
            pipeline.qdrant,
            pipeline.store_calls,
            spec=spec,
            settings=pipeline.settings.store,
        )
        store.ensure()
        pipeline.__dict__["store"] = store
        result = pipeline.searcher().search("сила тока")
        assert Degraded.M3_UNAVAILABLE in result.degraded
        assert "m3" in result.problems[Degraded.M3_UNAVAILABLE]
        assert Leg.DENSE in result.found

    def test_no_time_to_rerank(self, connect: Connect, silent_server: str) -> None:
        """A reranker that never answers costs no more than the deadline."""
        connect("late").indexer().index(DOCUMENTS)
        pipeline = connect("late", rerank=silent_server)
        pipeline.store.require()
        started_s = time.monotonic()
        result = pipeline.searcher().search("сила тока", deadline_ms=600)
        assert time.monotonic() - started_s < 1.2
        assert Degraded.RERANK_UNAVAILABLE in result.degraded
        assert result.answers[0].passage.doc_id == "ru/ohm.md"

    def test_no_time_to_embed(self, connect: Connect, silent_server: str) -> None:
        """An embed server that never answers leaves half of the time to the words."""
        indexed = connect("late")
        indexed.indexer().index(DOCUMENTS)
        pipeline = _at(connect("late"), embed=silent_server)
        pipeline.__dict__["spec"] = indexed.spec
        started_s = time.monotonic()
        result = pipeline.searcher().search("сила тока", deadline_ms=800)
        assert 0.3 < time.monotonic() - started_s < 1.4
        assert Degraded.DENSE_UNAVAILABLE in result.degraded
        assert result.answers[0].passage.doc_id == "ru/ohm.md"


def _at(pipeline: Pipeline, **addresses: str) -> Pipeline:
    """The same pipeline with other addresses."""
    known = pipeline.addresses
    assert isinstance(known, Services)
    return replace(pipeline, addresses=replace(known, **addresses))


def _condition(pipeline: Pipeline, wanted: SearchFilter) -> models.Filter | None:
    store = pipeline.store
    return search_condition(pipeline.qdrant, pipeline.store_calls, store.collection, wanted)


def _allows(wanted: SearchFilter, doc_id: str) -> bool:
    langs = [*wanted.langs, *(value for _, value in wanted.fields)]
    return doc_id.startswith((*langs, *wanted.docs))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(probe: str, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + _START_DEADLINE_S
    while time.monotonic() < deadline_s and process.poll() is None:
        try:
            if requests.get(probe, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.05)
    pytest.fail(f"{probe} did not answer 200")
