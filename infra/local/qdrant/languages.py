"""Text analysis options shared by text indexes and BM25: tokenizers, stemmers, stop words."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.config_fields import Reader, closed, record
from infra.local.qdrant.errors import FormatError
from infra.local.qdrant.serde import Json, untagged, want_map, want_strings

TOKENIZERS = {
    "prefix": edge.TokenizerType.Prefix,
    "whitespace": edge.TokenizerType.Whitespace,
    "word": edge.TokenizerType.Word,
    "multilingual": edge.TokenizerType.Multilingual,
}


def _members(enum: type) -> dict[str, Any]:
    """The engine's languages by the names that JSON uses."""
    return {name.lower(): getattr(enum, name) for name in dir(enum) if not name.startswith("_")}


_STOPWORDS = _members(edge.Language)
_STEMMERS = _members(edge.SnowballLanguage)


def _stemmer(value: Any) -> Json:
    body = want_map(value)
    if body.get("type") == "none":
        return {"type": "none"}
    language = closed(*_STEMMERS)(body.get("language"))
    return {"type": closed("snowball")(body.get("type")), "language": language}


_language = closed(*_STOPWORDS)


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
    return edge.SnowballParams(_STEMMERS[stemmer["language"]])


def engine_stopwords(stopwords: Json | str | None) -> edge.Language | edge.StopwordsSet | None:
    if stopwords is None:
        return None
    if isinstance(stopwords, str):
        return _STOPWORDS[stopwords]
    return edge.StopwordsSet(
        languages={_STOPWORDS[name] for name in stopwords.get("languages", [])},
        custom=set(stopwords.get("custom", [])),
    )
