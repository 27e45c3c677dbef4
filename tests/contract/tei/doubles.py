"""The tiny models that the recorded answers came from, as test doubles behind the model interface.

Same limits, prompts and labels as recorded; the numbers are those of the weight-free model.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from infra.local.tei.model.embedder import HashedEmbedder
from infra.local.tei.model.interface import LoadedModel, ModelInput
from infra.local.tei.model.reranker import WordOverlapScorer
from infra.local.tei.model.tokenizer import PieceTokenizer
from infra.local.tei.wire.floats import Vector

DIMENSIONS = 64


class NanEmbedder:
    """A model that has gone wrong: every number is NaN."""

    dimensions = DIMENSIONS

    def embed(self, item: ModelInput) -> Vector:
        return np.full(DIMENSIONS, np.nan, dtype=np.float32)

    def embed_tokens(self, item: ModelInput) -> Vector:
        return np.full((item.tokens, DIMENSIONS), np.nan, dtype=np.float32)


class FixedScorer:
    """The same logits for every input."""

    def __init__(self, labels: Sequence[str], logits: Sequence[float]) -> None:
        self.labels = labels
        self._logits = np.array(logits, dtype=np.float32)

    def logits(self, item: ModelInput) -> Vector:
        return self._logits


class GatedEmbedder:
    """Holds every text until the gate opens; `started` tells that one has reached the model."""

    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.started = threading.Event()
        self._inner = HashedEmbedder(DIMENSIONS)

    def embed(self, item: ModelInput) -> Vector:
        self.started.set()
        assert self.gate.wait(timeout=20), "the test never opened the gate"
        return self._inner.embed(item)

    def embed_tokens(self, item: ModelInput) -> Vector:
        return self._inner.embed_tokens(item)


def double(name: str) -> LoadedModel:
    """The double of a recorded model."""
    embed = LoadedModel(
        label="test double",
        tokenizer=PieceTokenizer(),
        max_input_tokens=8192,
        embedding=HashedEmbedder(DIMENSIONS),
        max_batch_requests=4,
    )
    rerank = replace(embed, embedding=None, scoring=WordOverlapScorer())
    labels = ("neg", "neu", "pos")
    models = {
        "tiny-embed": embed,
        "wide-embed": embed,
        "tiny-embed-64": replace(embed, max_input_tokens=64),
        "tiny-embed-prompts": replace(embed, prompts={"query": "query: ", "passage": "passage: "}),
        "nan-embed": replace(embed, embedding=NanEmbedder()),
        "tiny-rerank": rerank,
        "tiny-rerank-64": replace(rerank, max_input_tokens=64),
        "nan-rerank": replace(rerank, scoring=FixedScorer(("LABEL_0",), (float("nan"),))),
        "tiny-classifier": replace(rerank, scoring=FixedScorer(labels, (-1.3, -0.7, 1.0))),
    }
    return models[name]
