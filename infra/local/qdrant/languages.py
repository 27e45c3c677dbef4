"""Text analysis options shared by text indexes and BM25: tokenizers, stemmers, stop words."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.config_fields import Reader, closed, record
from infra.local.qdrant.errors import FormatError
from infra.local.qdrant.serde import Json, untagged, want_map, want_str, want_strings

TOKENIZERS = {
    "prefix": edge.TokenizerType.Prefix,
    "whitespace": edge.TokenizerType.Whitespace,
    "word": edge.TokenizerType.Word,
    "multilingual": edge.TokenizerType.Multilingual,
}

_STOPWORD_LANGUAGES = [
    "arabic",
    "azerbaijani",
    "basque",
    "bengali",
    "catalan",
    "chinese",
    "danish",
    "dutch",
    "english",
    "finnish",
    "french",
    "german",
    "greek",
    "hebrew",
    "hinglish",
    "hungarian",
    "indonesian",
    "italian",
    "japanese",
    "kazakh",
    "nepali",
    "norwegian",
    "portuguese",
    "romanian",
    "russian",
    "slovene",
    "spanish",
    "swedish",
    "tajik",
    "turkish",
]
_STEMMER_LANGUAGES = [
    "arabic",
    "armenian",
    "danish",
    "dutch",
    "english",
    "finnish",
    "french",
    "german",
    "greek",
    "hungarian",
    "italian",
    "norwegian",
    "portuguese",
    "romanian",
    "russian",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
]


def _stemmer(value: Any) -> Json:
    body = want_map(value)
    if body.get("type") == "none":
        return {"type": "none"}
    language = closed(*_STEMMER_LANGUAGES)(body.get("language"))
    return {"type": closed("snowball")(body.get("type")), "language": language}


_language = closed(*_STOPWORD_LANGUAGES)


def _languages(value: Any) -> list[str]:
    return sorted({_language(name) for name in want_strings(value)})


def _custom(value: Any) -> list[str]:
    return sorted(set(want_strings(value)))


_stopword_set = record({"languages": _languages, "custom": _custom})


def _stopwords(value: Any) -> Json | str:
    if isinstance(value, str):
        return _language(value)
    if isinstance(value, dict):
        return _stopword_set(value)
    raise FormatError("neither a language nor a set")


STEMMER: Reader = untagged("StemmingAlgorithm", _stemmer)
STOPWORDS: Reader = untagged("StopwordsInterface", _stopwords)
TOKENIZER: Reader = closed(*TOKENIZERS)


def engine_stemmer(stemmer: Json | None) -> edge.SnowballParams | edge.DisabledStemmer | None:
    if stemmer is None:
        return None
    if stemmer["type"] == "none":
        return edge.DisabledStemmer()
    return edge.SnowballParams(
        getattr(edge.SnowballLanguage, want_str(stemmer["language"]).title())
    )


def engine_stopwords(stopwords: Json | str | None) -> edge.Language | edge.StopwordsSet | None:
    if stopwords is None:
        return None
    if isinstance(stopwords, str):
        return _engine_language(stopwords)
    return edge.StopwordsSet(
        languages={_engine_language(name) for name in stopwords.get("languages", [])},
        custom=set(stopwords.get("custom", [])),
    )


def _engine_language(name: str) -> edge.Language:
    return getattr(edge.Language, name.title())
