"""Server-side BM25: a `Document` of a request becomes a sparse vector.

The engine embeds; this module reads the options as the server does. One difference is bridged: the
server takes an unknown language (also `Russian` or `none`) and silently works without stemming and
stop words, while the engine refuses it.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.config_fields import record
from infra.local.qdrant.errors import FormatError, internal, wrong_input
from infra.local.qdrant.languages import (
    STEMMER,
    STOPWORDS,
    TOKENIZER,
    TOKENIZERS,
    engine_stemmer,
    engine_stopwords,
)
from infra.local.qdrant.serde import Json, want_bool, want_float, want_str, want_usize

MODELS = frozenset({"bm25", "qdrant/bm25"})
"""Names of the one model that works without an inference service, in lower case."""

_OPTIONS = record(
    {
        "k": want_float,
        "b": want_float,
        "avg_len": want_float,
        "tokenizer": TOKENIZER,
        "language": want_str,
        "lowercase": want_bool,
        "ascii_folding": want_bool,
        "stopwords": STOPWORDS,
        "stemmer": STEMMER,
        "min_token_len": want_usize,
        "max_token_len": want_usize,
    }
)


def embed_document(text: str, model: str, options: Json | None) -> edge.SparseVector:
    return _embedder(model, options).embed_document(text)


def embed_query(text: str, model: str, options: Json | None) -> edge.SparseVector:
    return _embedder(model, options).embed_query(text)


def _embedder(model: str, options: Json | None) -> edge.Bm25:
    if model.lower() not in MODELS:
        text = "InferenceService URL not configured - please provide valid address in config"
        raise internal(text)
    try:
        read = _OPTIONS(options or {})
        return _cached(json.dumps(read, sort_keys=True))
    except (FormatError, ValueError) as error:
        text = f'Invalid BM25 config: Error("{error}", line: 0, column: 0)'
        raise wrong_input(text) from error


@functools.lru_cache(maxsize=64)
def _cached(options: str) -> edge.Bm25:
    """One embedder per set of options; building one compiles its stop-word list."""
    read: dict[str, Any] = json.loads(options)
    config = {name: value for name, value in read.items() if name != "language"}
    config["tokenizer"] = TOKENIZERS[read.get("tokenizer", "word")]
    config["stemmer"] = engine_stemmer(read.get("stemmer"))
    config["stopwords"] = engine_stopwords(read.get("stopwords"))
    language = read.get("language", "english")
    try:
        return edge.Bm25(edge.Bm25Config(**config, language=language))
    except ValueError:
        config["stemmer"] = config["stemmer"] or edge.DisabledStemmer()
        config["stopwords"] = config["stopwords"] or edge.StopwordsSet(set(), set())
        return edge.Bm25(edge.Bm25Config(**config))
