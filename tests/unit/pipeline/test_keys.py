"""Index key, point ids, payloads and BM25 options: what makes stored things comparable."""

from __future__ import annotations

import pytest

from infra.pipeline.bm25 import bm25_document
from infra.pipeline.index_key import index_key
from infra.pipeline.legs import LEXICAL_LEGS, Leg, leg_weights
from infra.pipeline.points import passage_of, payload_of, point_id
from infra.pipeline.served import ServedModel
from infra.settings import (
    Bm25Settings,
    EmbedSettings,
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
            {"model_id": "other"},
            {"model_sha": "1" * 40},
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
            ({}, {"version": "1.9.4"}),
            ({}, {"max_client_batch_size": 64}),
        ],
    )
    def test_what_does_not_count(
        self, settings: dict[str, object], served: dict[str, object]
    ) -> None:
        """How to search, limits, and patch releases."""
        other = ServedModel.model_validate({**INFO, **served})
        changed = _SETTINGS.model_copy(update=settings)
        assert index_key(changed, other) == index_key(_SETTINGS, _SERVED)

    def test_it_is_the_same_on_every_machine(self) -> None:
        """A recorded key: if this changes, every stored collection has to be made again."""
        assert index_key(_SETTINGS, _SERVED) == "294e08d61ad6"


class TestPoints:
    """Ids are names of passages; payloads carry all of a passage."""

    def test_a_recorded_id(self) -> None:
        """If this changes, repeated indexing stores everything twice."""
        assert point_id(passage("text")) == "d2706872-0802-5715-b20e-6baf2d87af30"

    @pytest.mark.parametrize(
        "other",
        [
            passage("text", position=1),
            passage("text", doc_id="e.md"),
            passage("text."),
        ],
    )
    def test_document_position_and_text_make_the_id(self, other: object) -> None:
        """Each of them alone makes another point."""
        assert point_id(other) != point_id(passage("text"))  # pyright: ignore[reportArgumentType]

    def test_title_and_lines_do_not(self) -> None:
        """A changed title is a payload to refresh, not a passage to embed again."""
        assert point_id(passage("text", title="Other")) == point_id(passage("text"))

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
