"""Server-side BM25: options as the server reads them, the engine's vectors."""

from __future__ import annotations

import pytest

from infra.local.qdrant import bm25
from infra.local.qdrant.errors import ApiError
from infra.local.qdrant.serde import Json

TEXT = "the running dogs"


def document(text: str, options: Json | None = None) -> dict[int, float]:
    vector = bm25.embed_document(text, "Qdrant/bm25", options)
    return dict(zip(vector.indices, vector.values, strict=True))


def test_russian_forms_share_a_token() -> None:
    """With the stemmer on, two cases of a word are one token."""
    options: Json = {"language": "russian", "tokenizer": "word"}

    assert set(document("персональные", options)) == set(document("персональных", options))


@pytest.mark.parametrize("language", ["Russian", "none", "klingon"])
def test_unknown_language_switches_analysis_off(language: str) -> None:
    """As on the server: no stemming, no stop words, no error."""
    plain = document(TEXT, {"language": language})
    stemmed = document(TEXT)

    assert len(plain) == 3
    assert len(stemmed) == 2
    assert set(document("dogs", {"language": language})) <= set(plain)


def test_query_weights_are_one() -> None:
    """The document side carries term weights, the query side only says which terms."""
    query = bm25.embed_query("dogs dogs cats", "bm25", None)

    assert set(query.values) == {1.0}
    assert len(query.indices) == 2


def test_wrong_option_is_a_400_and_wrong_model_a_500() -> None:
    """The texts are the server's."""
    with pytest.raises(ApiError, match="unknown variant `foo`") as caught:
        document(TEXT, {"tokenizer": "foo"})
    assert caught.value.status == 400
    with pytest.raises(ApiError, match="InferenceService URL not configured") as caught:
        bm25.embed_document(TEXT, "BAAI/bge-m3", None)
    assert caught.value.status == 500
