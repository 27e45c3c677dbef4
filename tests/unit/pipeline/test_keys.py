"""Index key, point ids, payloads and BM25 options: what makes stored things comparable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.pipeline.bm25 import bm25_document
from infra.pipeline.index_key import (
    differences,
    index_key,
    index_parts,
    query_differences,
)
from infra.pipeline.legs import LEXICAL_LEGS, Leg, leg_weights
from infra.pipeline.points import passage_of, payload_of, point_id
from infra.pipeline.served import ServedModel
from infra.settings import (
    Bm25Settings,
    EmbedSettings,
    IndexSettings,
    PassageSettings,
    SearchSettings,
    StackSettings,
    StoreSettings,
    Target,
)
from tests.unit.pipeline.fakes import INFO, passage

_SETTINGS = StackSettings(target=Target.LOCAL)
_SERVED = ServedModel.model_validate(INFO)


class TestIndexKey:
    """The key changes with everything that makes vectors incomparable, and with nothing else."""

    @pytest.mark.parametrize(
        "changed",
        [
            {"embed": EmbedSettings(revision="0" * 40)},
            {"embed": EmbedSettings(model_id="other")},
            {"embed": EmbedSettings(dimensions=512)},
            {"passages": PassageSettings(max_tokens=128)},
            {"passages": PassageSettings(overlap_tokens=0)},
            {"passages": PassageSettings(with_headings=False)},
            {"store": StoreSettings(bm25=Bm25Settings(avg_len_words=99))},
        ],
    )
    def test_settings_that_count(self, changed: dict[str, object]) -> None:
        """Model, passages and BM25."""
        other = _SETTINGS.model_copy(update=changed)
        assert index_key(other, _SERVED) != index_key(_SETTINGS, _SERVED)

    @pytest.mark.parametrize(
        "changed",
        [
            {"docker_label": "a stand-in"},
            {"version": "1.10.0"},
            {"model_type": {"embedding": {"pooling": "mean"}}},
        ],
    )
    def test_served_facts_that_count(self, changed: dict[str, object]) -> None:
        """What the server really runs."""
        other = ServedModel.model_validate({**INFO, **changed})
        assert index_key(_SETTINGS, other) != index_key(_SETTINGS, _SERVED)

    @pytest.mark.parametrize(
        ("settings", "served"),
        [
            ({"search": SearchSettings(top_k=1)}, {}),
            ({"store": StoreSettings(collection="other", oversampling=1.0)}, {}),
            ({"embed": EmbedSettings(max_batch_tokens=64)}, {}),
            ({"passages": PassageSettings(section_max_tokens=999)}, {}),
            ({"index": IndexSettings(embed_calls_in_flight=1)}, {}),
            ({}, {"model_id": "/models/bge-m3", "model_sha": "1" * 40}),
            ({}, {"version": "1.9.4"}),
            ({}, {"max_client_batch_size": 64}),
        ],
    )
    def test_what_does_not_count(
        self, settings: dict[str, object], served: dict[str, object]
    ) -> None:
        """How to search and index, limits, patch releases, and where the server found its model."""
        other = ServedModel.model_validate({**INFO, **served})
        changed = _SETTINGS.model_copy(update=settings)
        assert index_key(changed, other) == index_key(_SETTINGS, _SERVED)

    def test_it_is_the_same_on_every_machine(self) -> None:
        """A recorded key: if this changes, every stored collection has to be made again."""
        assert index_key(_SETTINGS, _SERVED) == "87a9ae6dcd47"


class TestDifferences:
    """What a refusal tells of two index keys."""

    def test_what_changed_by_the_name_of_its_setting(self) -> None:
        """Old and new value; what is the same is left out, nothing and false have a name."""
        old = index_parts(_SETTINGS, _SERVED)
        changed = {
            "passages": PassageSettings(max_tokens=64, overlap_tokens=0, with_headings=False)
        }
        new = index_parts(_SETTINGS.model_copy(update=changed), _SERVED)
        assert differences({**old, "gone": 1}, {**new, "prompt": "query: "}) == [
            "prompt was none, is now query: ",
            "passages.max_tokens was 256, is now 64",
            "passages.overlap_tokens was 32, is now 0",
            "passages.with_headings was true, is now false",
            "gone was 1, is now none",
        ]

    @pytest.mark.parametrize(
        ("changed", "is_comparable"),
        [
            ({"passages": PassageSettings(max_tokens=64)}, True),
            ({"store": StoreSettings(bm25=Bm25Settings(b=0.1))}, True),
            ({"embed": EmbedSettings(revision="0" * 40)}, False),
            ({"embed": EmbedSettings(dimensions=512)}, False),
        ],
    )
    def test_what_a_query_must_share(self, changed: dict[str, object], is_comparable: bool) -> None:
        """The model, and nothing of how passages were cut and weighed."""
        new = index_parts(_SETTINGS.model_copy(update=changed), _SERVED)
        assert (query_differences(index_parts(_SETTINGS, _SERVED), new) == []) == is_comparable

    def test_learned_sparse_weights_count_for_who_wants_them(self) -> None:
        """A collection that has them serves a query that does not ask for them; not the reverse."""
        without = index_parts(_SETTINGS, _SERVED)
        given = {**without, "store.sparse": "m3 abc"}
        assert query_differences(given, without) == []
        assert query_differences(without, given) == ["store.sparse was none, is now m3 abc"]


class TestPoints:
    """Ids are names of passages; payloads carry all of a passage."""

    def test_a_recorded_id(self) -> None:
        """If this changes, repeated indexing stores everything twice."""
        assert point_id(passage("text")) == "d2706872-0802-5715-b20e-6baf2d87af30"

    @pytest.mark.parametrize(
        "other",
        [
            passage("text", doc_id="e.md"),
            passage("text."),
            replace(passage("text"), lead="Title"),
            replace(passage("text"), twin=1),
        ],
    )
    def test_what_makes_the_id(self, other: object) -> None:
        """Document, text, what the models see above it, and how often it was there before."""
        assert point_id(other) != point_id(passage("text"))  # pyright: ignore[reportArgumentType]

    def test_title_position_and_lines_do_not(self) -> None:
        """What is inserted above changes a payload, no passage is embedded again for it."""
        moved = passage("text", title="Other", position=7)
        assert point_id(moved) == point_id(passage("text"))

    def test_a_payload_gives_the_passage_back(self) -> None:
        """What was stored is what is shown, `ё` included."""
        stored = passage("Ёлка\nи ель")
        assert passage_of(payload_of(stored)) == stored
        assert payload_of(stored)["text"] == "Ёлка\nи ель"
        assert stored.source == "d.md:1-2"


class TestBm25:
    """The server takes a wrong language name without a word, so ours are checked here."""

    @pytest.mark.parametrize(
        ("leg", "language"), [(Leg.BM25_RU, "russian"), (Leg.BM25_EN, "english")]
    )
    def test_options(self, leg: Leg, language: str) -> None:
        """Names in lower case, stop words of both languages, numbers from the settings."""
        document = bm25_document(leg, "текст", Bm25Settings(k=1.5, b=0.5, avg_len_words=80))
        assert document.model_dump(mode="json") == {
            "text": "текст",
            "model": "qdrant/bm25",
            "options": {
                "k": 1.5,
                "b": 0.5,
                "avg_len": 80.0,
                "tokenizer": "word",
                "language": language,
                "lowercase": True,
                "stopwords": {"languages": ["russian", "english"]},
            },
        }

    def test_each_lexical_leg_knows_its_language(self) -> None:
        """The dense leg serves both."""
        assert [leg.language for leg in LEXICAL_LEGS] == ["ru", "en"]
        assert Leg.DENSE.language is None


def test_a_weight_of_zero_leaves_the_leg_out() -> None:
    """Only legs with weight run."""
    weights = leg_weights(SearchSettings(weight_bm25_en=0))
    assert weights == {Leg.DENSE: 1.0, Leg.BM25_RU: 0.6}
