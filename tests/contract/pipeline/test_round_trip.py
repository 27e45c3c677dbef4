"""The pipeline against the local services over real HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from qdrant_client import models

from infra.errors import (
    IncompatibleCollectionError,
    NotIndexedError,
    ServiceRefusedError,
)
from infra.pipeline.answers import Degraded
from infra.pipeline.assemble import Pipeline
from infra.pipeline.index import IndexReport
from infra.pipeline.legs import Leg
from infra.pipeline.records import Document
from infra.pipeline.smoke import run_smoke
from tests.contract.pipeline.services import STORE_KEY, TEI_KEY

pytestmark = pytest.mark.contract

Connect = Callable[..., Pipeline]


def document(name: str, text: str) -> Document:
    title = text.partition("\n")[0].removeprefix("# ")
    return Document(doc_id=name, title=title, text=text, is_markdown=True)


DOCUMENTS = (
    document(
        "ru/forest.md",
        "# Лес\n\nВ лесу растут ёлки и берёзы.\n\n## Звери\n\nЛисицы охотятся ночью.",
    ),
    document(
        "ru/law.md",
        "# Договор\n\nСтороны подписали договоры аренды.\n\n## Срок\n\nСрок равен году.",
    ),
    document(
        "en/cells.md",
        "# Cells\n\nMitochondria release energy.\n\n## Walls\n\nPlant cells have walls.",
    ),
    document(
        "en/rivers.md",
        "# Rivers\n\nRivers flow to the sea.\n\n## Floods\n\nHeavy rain causes floods.",
    ),
)


def index(pipeline: Pipeline, *documents: Document) -> IndexReport:
    return pipeline.indexer().index(documents)


def counts(report: IndexReport) -> tuple[int, int, int, int]:
    return report.new, report.moved, report.unchanged, report.removed


def everything(pipeline: Pipeline) -> list[models.Record]:
    points, _ = pipeline.qdrant.scroll(pipeline.spec.alias, limit=1000, with_vectors=[Leg.DENSE])
    return points


class TestIndexing:
    """What stands in the store afterwards."""

    def test_repeating_changes_nothing(self, connect: Connect) -> None:
        """The second run embeds nothing and leaves every point as it was."""
        pipeline = connect("repeat")
        assert counts(index(pipeline, *DOCUMENTS)) == (8, 0, 0, 0)
        before = everything(pipeline)
        assert len(before) == 8
        again = index(pipeline, *DOCUMENTS)
        assert counts(again) == (0, 0, 8, 0)
        assert again.tokens_embedded == 0
        assert everything(pipeline) == before

    def test_a_changed_document_replaces_its_passages_only(self, connect: Connect) -> None:
        """One passage new, one gone, one moved down; the other documents stay."""
        pipeline = connect("change")
        index(pipeline, *DOCUMENTS)
        changed = document(
            "ru/law.md", "# Договор\n\nСуд расторг договоры.\n\n\n\n## Срок\n\nСрок равен году."
        )
        assert counts(index(pipeline, changed)) == (1, 1, 0, 1)
        texts = {str((point.payload or {})["text"]) for point in everything(pipeline)}
        assert len(texts) == 8
        assert not any("аренды" in text for text in texts)
        moved = pipeline.searcher().search("срок равен году").answers[0]
        assert moved.passage.source == "ru/law.md:7-9"

    def test_the_collection_is_as_designed(self, connect: Connect) -> None:
        """Quantized dense vectors, two sparse ones with IDF, indexed payload fields, an alias."""
        pipeline = connect("design")
        index(pipeline, DOCUMENTS[0])
        info = pipeline.qdrant.get_collection("design")
        params = info.config.params
        assert isinstance(params.vectors, dict)
        dense = params.vectors["dense"]
        assert (dense.size, dense.distance) == (1024, models.Distance.COSINE)
        quantization = dense.quantization_config
        assert isinstance(quantization, models.BinaryQuantization)
        assert quantization.binary.always_ram
        assert quantization.binary.encoding is models.BinaryQuantizationEncoding.ONE_BIT
        query_encoding = quantization.binary.query_encoding
        assert query_encoding is models.BinaryQuantizationQueryEncoding.SCALAR8BITS
        sparse = params.sparse_vectors or {}
        assert {name: vector.modifier for name, vector in sparse.items()} == {
            "bm25_ru": models.Modifier.IDF,
            "bm25_en": models.Modifier.IDF,
        }
        assert set(info.payload_schema) == {"doc_id", "lang", "root"}
        made_by = (info.config.metadata or {})["retrieval-stack"]
        assert made_by["passages.max_tokens"] == 256
        assert info.points_count == 2


class TestSearching:
    """Both languages, through every leg."""

    @pytest.mark.parametrize(
        ("query", "doc_id"),
        [
            ("договор аренды", "ru/law.md"),
            ("елка и береза", "ru/forest.md"),
            ("лисица на охоте", "ru/forest.md"),
            ("energy of a mitochondrion", "en/cells.md"),
            ("a flood after rain", "en/rivers.md"),
        ],
    )
    def test_the_right_passage_comes_first(self, connect: Connect, query: str, doc_id: str) -> None:
        """Inflected words, `ё` and both languages; scores descend and every stage has a time."""
        pipeline = connect("search")
        index(pipeline, *DOCUMENTS)
        result = pipeline.searcher().search(query)
        assert result.answers[0].passage.doc_id == doc_id
        scores = [answer.score for answer in result.answers]
        assert scores == sorted(scores, key=lambda score: -(score or 0))
        assert all(value > 0 for value in result.stage_ms.values())

    def test_more_candidates_than_one_rerank_call_takes(self, connect: Connect) -> None:
        """Twelve candidates go to a server that takes eight."""
        pipeline = connect("many")
        notes = [document(f"n{n}.md", f"Заметка {n} о силе тока.") for n in range(12)]
        index(pipeline, *notes)
        result = pipeline.searcher().search("сила тока", top_k=12)
        assert len(result.answers) == 12
        assert all(answer.score is not None for answer in result.answers)

    def test_the_same_query_gives_the_same_answers(self, connect: Connect) -> None:
        """Ties included: the notes differ in one number only."""
        pipeline = connect("many")
        notes = [document(f"n{n}.md", f"Заметка {n} о силе тока.") for n in range(12)]
        index(pipeline, *notes)
        searcher = pipeline.searcher()
        orders = {
            tuple(answer.passage.doc_id for answer in searcher.search("заметка о токе").answers)
            for _ in range(5)
        }
        assert len(orders) == 1

    def test_a_reranker_that_is_away_is_flagged(self, connect: Connect, dead_address: str) -> None:
        """The fused order is still an answer."""
        index(connect("degraded"), *DOCUMENTS)
        result = connect("degraded", rerank=dead_address).searcher().search("договор аренды")
        assert Degraded.RERANK_UNAVAILABLE in result.degraded
        assert result.answers[0].passage.doc_id == "ru/law.md"
        assert result.answers[0].score is None


class TestRefused:
    """What does not fit is refused by name, and nothing is changed."""

    def test_nothing_indexed_yet(self, connect: Connect) -> None:
        """The command that helps is named."""
        with pytest.raises(NotIndexedError, match="retrieval index PATH"):
            connect("nothing").store.require()

    def test_a_collection_of_another_dimension(self, connect: Connect) -> None:
        """Vectors of two lengths never meet."""
        pipeline = connect("dims")
        vectors = {"dense": models.VectorParams(size=4, distance=models.Distance.COSINE)}
        sparse = {name: models.SparseVectorParams() for name in ("bm25_ru", "bm25_en")}
        pipeline.qdrant.create_collection("dims-old", vectors, sparse)
        create = models.CreateAlias(collection_name="dims-old", alias_name="dims")
        pipeline.qdrant.update_collection_aliases(
            [models.CreateAliasOperation(create_alias=create)]
        )
        with pytest.raises(IncompatibleCollectionError, match="vectors of 4 numbers"):
            index(pipeline, *DOCUMENTS)
        assert not pipeline.qdrant.collection_exists(pipeline.spec.name)
        assert pipeline.qdrant.count("dims").count == 0

    def test_a_half_made_collection_of_another_dimension(self, connect: Connect) -> None:
        """The same under the very name that the index key gives."""
        pipeline = connect("half")
        vectors = {"dense": models.VectorParams(size=8, distance=models.Distance.COSINE)}
        sparse = {name: models.SparseVectorParams() for name in ("bm25_ru", "bm25_en")}
        pipeline.qdrant.create_collection(pipeline.spec.name, vectors, sparse)
        with pytest.raises(IncompatibleCollectionError, match="vectors of 8 numbers"):
            index(pipeline, *DOCUMENTS)

    def test_another_index_key(self, connect: Connect) -> None:
        """Passages of other lengths are never put beside the old ones; searching them is fine."""
        first = connect("keys")
        index(first, *DOCUMENTS)
        other = connect("keys", settings={"passages": {"max_tokens": 128}})
        with pytest.raises(IncompatibleCollectionError, match=first.spec.name) as caught:
            index(other, *DOCUMENTS)
        assert "passages.max_tokens was 256, is now 128" in caught.value.why
        assert "retrieval index --rebuild" in caught.value.remedy
        assert not other.qdrant.collection_exists(other.spec.name)
        other.store.require()
        assert other.searcher().search("договор аренды").answers[0].passage.doc_id == "ru/law.md"

    def test_another_model(self, connect: Connect) -> None:
        """Its queries cannot be compared with the passages, so nothing is searched."""
        first = connect("models")
        index(first, *DOCUMENTS)
        other = connect("models", settings={"embed": {"revision": "0" * 40}})
        for use in (lambda: index(other, *DOCUMENTS), other.store.require):
            with pytest.raises(IncompatibleCollectionError, match=first.spec.name) as caught:
                use()
            assert "embed.revision was" in caught.value.why

    def test_a_collection_that_has_the_name_of_the_alias(self, connect: Connect) -> None:
        """Somebody else's collection is not touched."""
        pipeline = connect("taken")
        pipeline.qdrant.create_collection(
            "taken", models.VectorParams(size=4, distance=models.Distance.DOT)
        )
        with pytest.raises(IncompatibleCollectionError, match="`taken` is a collection"):
            index(pipeline, *DOCUMENTS)

    def test_another_kind_of_collection_behind_the_alias(self, connect: Connect) -> None:
        """The vectors that are missing are named."""
        pipeline = connect("kind")
        pipeline.qdrant.create_collection(
            "kind-old", models.VectorParams(size=1024, distance=models.Distance.COSINE)
        )
        create = models.CreateAlias(collection_name="kind-old", alias_name="kind")
        pipeline.qdrant.update_collection_aliases(
            [models.CreateAliasOperation(create_alias=create)]
        )
        with pytest.raises(IncompatibleCollectionError, match="dense, bm25_ru, bm25_en"):
            index(pipeline, *DOCUMENTS)

    @pytest.mark.parametrize(
        ("secrets", "name"),
        [
            ({"tei_api_key": TEI_KEY, "qdrant_api_key": "wrong"}, "qdrant_api_key"),
            ({"tei_api_key": TEI_KEY}, "qdrant_api_key"),
            ({"tei_api_key": "wrong", "qdrant_api_key": STORE_KEY}, "tei_api_key"),
        ],
    )
    def test_wrong_and_missing_keys(
        self, connect: Connect, secrets: dict[str, str], name: str
    ) -> None:
        """Refused at once, naming the secret, and the key itself is not in the message."""
        with pytest.raises(ServiceRefusedError, match=name) as caught:
            index(connect("locked", secrets=secrets), *DOCUMENTS)
        assert "wrong" not in str(caught.value)


class TestSmoke:
    """The checks on a deployment that is well, and on one that is not."""

    def test_the_local_services_pass(self, connect: Connect) -> None:
        """Every check passes and nothing is left in the store."""
        pipeline = connect(
            "smoke",
            settings={
                "rerank": {"max_client_batch_size": 8},
                "embed": {"max_client_batch_size": 8},
            },
        )
        seen: list[str] = []
        results = run_smoke(pipeline, run_id="t1", seen=lambda result: seen.append(result.name))
        assert [result for result in results if not result.passed] == []
        assert seen == [result.name for result in results]
        assert len(results) > 20
        names = {item.name for item in pipeline.qdrant.get_collections().collections}
        assert not [name for name in names if name.startswith("retrieval-smoke-")]

    def test_a_server_with_lower_limits_than_the_settings_fails(self, connect: Connect) -> None:
        """The check that fails is the one about limits, for both servers."""
        results = run_smoke(connect("smoke"), run_id="t2", seen=lambda _: None)
        failed = {result.name: result.measured for result in results if not result.passed}
        assert set(failed) == {"embed: limits", "rerank: limits"}
        assert failed["embed: limits"].startswith("8 texts")

    def test_a_reranker_that_is_away_fails_its_checks(
        self, connect: Connect, dead_address: str
    ) -> None:
        """Other checks run on, and the collection is removed all the same."""
        pipeline = connect("smoke", rerank=dead_address)
        results = {
            result.name: result for result in run_smoke(pipeline, run_id="t3", seen=lambda _: None)
        }
        assert not results["rerank: order in Russian"].passed
        assert "did not answer" in results["rerank: order in Russian"].measured
        assert results["bm25_ru: Russian lemma"].passed
        assert results["index: own collection removed"].passed
