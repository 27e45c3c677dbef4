"""Pooling, precision, length and probability: from a model's raw numbers to those that are sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from infra.local.tei.model.interface import EmbeddingModel, ModelInput
from infra.local.tei.server.flags import Pooling
from infra.local.tei.wire.floats import Vector


@dataclass(frozen=True, slots=True)
class Vectors:
    """An embedding model with the server's pooling and precision."""

    model: EmbeddingModel
    pooling: Pooling
    is_half: bool

    def pooled(self, prepared: ModelInput) -> Vector:
        """One raw vector for the whole text."""
        if self.pooling == "cls" or prepared.tokens == 0:
            return rounded(self.model.embed(prepared), is_half=self.is_half)
        rows = self.model.embed_tokens(prepared)
        return rounded(
            rows[-1] if self.pooling == "last-token" else rows.mean(axis=0), is_half=self.is_half
        )

    def rows(self, prepared: ModelInput) -> Vector:
        """One raw vector per token."""
        return rounded(self.model.embed_tokens(prepared), is_half=self.is_half)


def rounded(raw: Vector, *, is_half: bool) -> Vector:
    """To the precision the server computes in: a float16 server sends only float16 values."""
    return raw.astype(np.float16).astype(np.float32) if is_half else raw


def normalised(vector: Vector) -> Vector:
    """The vector at length 1; NaN stays NaN."""
    wide = vector.astype(np.float64)
    return (wide / np.sqrt(wide @ wide)).astype(np.float32)


def similarity(one: Vector, other: Vector) -> float:
    """Cosine of two vectors of length 1."""
    return float(one.astype(np.float64) @ other.astype(np.float64))


def probabilities(logits: Vector) -> Vector:
    """Sigmoid of a single logit, softmax of several."""
    wide = logits.astype(np.float64)
    if len(wide) == 1:
        return (1 / (1 + np.exp(-wide))).astype(np.float32)
    powers = np.exp(wide - wide.max())
    return (powers / powers.sum()).astype(np.float32)
