"""The two models of the local target, ready to serve."""

from __future__ import annotations

from typing import Literal

from infra.local.tei.model.embedder import HashedEmbedder
from infra.local.tei.model.interface import LoadedModel
from infra.local.tei.model.reranker import WordOverlapScorer, score
from infra.local.tei.model.tokenizer import PieceTokenizer

# As bge-m3 and bge-reranker-v2-m3: 8194 positions, of which two are never used.
MAX_INPUT_TOKENS = 8192
EMBED_LABEL = "local stand-in without weights: hashed words, letter groups and a ru-en glossary"
_WARM_UP = "warm-up, прогрев"
RERANK_LABEL = "local stand-in without weights: word overlap and a ru-en glossary"


def load_model(role: Literal["embed", "rerank"], dimensions: int) -> LoadedModel:
    """The model of a role; `dimensions` matters to `embed` only."""
    tokenizer = PieceTokenizer()
    # The word lists are read now, so that no call pays for it: TEI warms up before it listens too.
    tokenizer.encode(_WARM_UP)
    if role == "embed":
        embedder = HashedEmbedder(dimensions)
        embedder.embed_text(_WARM_UP)
        return LoadedModel(
            label=EMBED_LABEL,
            tokenizer=tokenizer,
            max_input_tokens=MAX_INPUT_TOKENS,
            embedding=embedder,
        )
    score(_WARM_UP, _WARM_UP)
    return LoadedModel(
        label=RERANK_LABEL,
        tokenizer=tokenizer,
        max_input_tokens=MAX_INPUT_TOKENS,
        scoring=WordOverlapScorer(),
    )
