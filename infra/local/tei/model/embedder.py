"""Text to a vector by hashed words, letter groups and school concepts. No weights, no training.

Good enough to retrieve lessons by topic in Russian, English and, through the glossary, across the
two. Not a language model: it knows no paraphrase and no word sense. Knows no HTTP and no limits.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from infra.local.tei.model import features
from infra.local.tei.model.features import Feature
from infra.local.tei.model.glossary import mentions
from infra.local.tei.model.interface import SPECIAL_TEXTS, ModelInput, Pieces
from infra.local.tei.model.words import Word, words
from infra.local.tei.wire.floats import Vector

DEFAULT_DIMENSIONS = 1024

_WORD_RUN = re.compile(r"[^\W_]+")
_SPECIAL_RUN = re.compile("|".join(map(re.escape, SPECIAL_TEXTS.values())))


class HashedEmbedder:
    """The embedding model of the local target."""

    def __init__(self, dimensions: int = DEFAULT_DIMENSIONS) -> None:
        self._dimensions = dimensions

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def embed(self, item: ModelInput) -> Vector:
        """The text's vector; without any token all NaN, as TEI gives."""
        if item.tokens == 0:
            return np.full(self._dimensions, np.nan, dtype=np.float32)
        return self.embed_text(item.first.kept_text())

    def embed_tokens(self, item: ModelInput) -> Vector:
        """The text's vector for `<s>` and `</s>`; for other tokens that of their word."""
        rows = [self._token_row(span, word) for span, word in _tokens_with_words(item.first)]
        if item.framed:
            whole = self.embed(item)
            rows = [whole, *rows, whole]
        elif rows:
            rows[0] = self.embed(item)
        return np.array(rows, dtype=np.float32).reshape(-1, self._dimensions)

    def embed_text(self, text: str) -> Vector:
        """The raw vector of a text as it is, not normalised."""
        plain = _SPECIAL_RUN.sub(" ", text)
        found = words(plain)
        weighted = self._word_features(found) + self._concept_features(found)
        return features.total(weighted or self._mark_features(plain), self._dimensions)

    def _word_features(self, found: Sequence[Word]) -> list[tuple[Feature, float]]:
        return [
            (features.word_feature(word, self._dimensions), word.weight * (1 + math.log(count)))
            for word, count in Counter(found).items()
        ]

    def _concept_features(self, found: Sequence[Word]) -> list[tuple[Feature, float]]:
        stems = [word.stem for word in found if not word.is_stop]
        counted = Counter(mention.concept for mention in mentions(stems))
        return [
            (features.concept_feature(concept, self._dimensions), 1 + math.log(count))
            for concept, count in counted.items()
        ]

    def _mark_features(self, text: str) -> list[tuple[Feature, float]]:
        """A text without words still gets a vector: of its signs, or of being empty."""
        marks = sorted(set("".join(text.split()))) or [""]
        return [(features.mark_feature(mark, self._dimensions), 1.0) for mark in marks]

    def _token_row(self, span: str, word: str) -> Vector:
        return self.embed_text(word or span)


def _tokens_with_words(pieces: Pieces) -> list[tuple[str, str]]:
    """For each token its own text and the whole word around it, empty for signs."""
    runs = [match.span() for match in _WORD_RUN.finditer(pieces.text)]
    found: list[tuple[str, str]] = []
    at = 0
    for start, stop in pieces.spans:
        while at < len(runs) and runs[at][1] <= start:
            at += 1
        inside = at < len(runs) and runs[at][0] <= start
        word = pieces.text[slice(*runs[at])] if inside else ""
        found.append((pieces.text[start:stop], word))
    return found
