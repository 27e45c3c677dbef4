"""How well a passage answers a query, from their words alone: one logit, no weights.

Counts which part of the query's weight the passage covers (same stem, same concept, similar
letters), whether the words come together and in order, and how close the two vectors are. Knows no
HTTP and no other passage: each pair is scored on its own, as a cross-encoder does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from infra.local.tei.model.embedder import HashedEmbedder
from infra.local.tei.model.glossary import mentions
from infra.local.tei.model.interface import ModelInput
from infra.local.tei.model.words import Word, words
from infra.local.tei.wire.floats import Vector

# The logit of a pair that shares nothing, and what full agreement adds to it. Chosen so that
# probabilities spread: nothing 0.004, half of the query's weight about 0.3, all of it above 0.97.
_NOTHING = -5.5
_COVERAGE = 8.0
_CLOSENESS = 3.0
_TOGETHER = 1.5
# What a match is worth that is not the same stem.
_BY_CONCEPT = 0.85
_BY_LETTERS = 0.7
_ALIKE_FROM = 0.5
# A repeated word counts a little more than one mention, up to this many.
_MENTIONS_THAT_COUNT = 3
_NEAR_WORDS = 4
_VECTOR_DIMENSIONS = 512


@dataclass(frozen=True, slots=True)
class _Read:
    """One side of a pair, read once."""

    content: tuple[Word, ...]
    counts: Mapping[str, int]
    concepts_at: Mapping[int, frozenset[int]]
    concepts: frozenset[int]
    vector: Vector


class WordOverlapScorer:
    """The reranker of the local target."""

    @property
    def labels(self) -> Sequence[str]:
        return ("LABEL_0",)

    def logits(self, item: ModelInput) -> Vector:
        """One logit: above 0 when more speaks for the passage than against it."""
        query = item.first.kept_text()
        passage = item.second.kept_text() if item.second is not None else ""
        return np.array([score(query, passage)], dtype=np.float32)


def score(query: str, passage: str) -> float:
    """The logit of one pair of texts."""
    asked, given = _read(query), _read(passage)
    if not asked.content or not given.content:
        return _NOTHING
    worth = [_worth(asked, position, given) for position in range(len(asked.content))]
    weight = sum(word.weight for word in asked.content)
    covered = sum(word.weight * value for word, value in zip(asked.content, worth, strict=True))
    closeness = max(0.0, float(np.dot(asked.vector, given.vector)))
    return (
        _NOTHING
        + _COVERAGE * covered / weight
        + _CLOSENESS * closeness
        + _TOGETHER * _togetherness(asked, given)
    )


def _worth(asked: _Read, position: int, given: _Read) -> float:
    """How far the passage covers one word of the query: 0 to 1."""
    word = asked.content[position]
    count = min(given.counts.get(word.stem, 0), _MENTIONS_THAT_COUNT)
    if count:
        return 0.9 + 0.1 * (count - 1) / (_MENTIONS_THAT_COUNT - 1)
    if asked.concepts_at.get(position, frozenset()) & given.concepts:
        return _BY_CONCEPT
    alike = max(_alike(word.sound, other) for other in {w.sound for w in given.content})
    return _BY_LETTERS * alike if alike >= _ALIKE_FROM else 0.0


def _togetherness(asked: _Read, given: _Read) -> float:
    """Share of the query's neighbouring words that stand near and in order in the passage."""
    pairs = list(zip(asked.content, asked.content[1:], strict=False))
    if not pairs:
        return 0.0
    places: dict[str, list[int]] = {}
    for position, word in enumerate(given.content):
        places.setdefault(word.stem, []).append(position)
    near = sum(
        any(
            0 < later - earlier <= _NEAR_WORDS
            for earlier in places.get(first.stem, ())
            for later in places.get(second.stem, ())
        )
        for first, second in pairs
    )
    return near / len(pairs)


@lru_cache(maxsize=1 << 16)
def _alike(one: str, other: str) -> float:
    """Dice overlap of letter triples: 1 for the same sound key."""
    mine, theirs = _triples(one), _triples(other)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


@lru_cache(maxsize=1 << 15)
def _triples(sound: str) -> frozenset[str]:
    edged = f"<{sound}>"
    return frozenset(edged[at : at + 3] for at in range(max(1, len(edged) - 2)))


@lru_cache(maxsize=256)
def _read(text: str) -> _Read:
    found = words(text)
    # A query of stop words alone is still scored by them.
    content = tuple(word for word in found if not word.is_stop) or tuple(found)
    concepts_at: dict[int, frozenset[int]] = {}
    for mention in mentions([word.stem for word in content]):
        for position in range(mention.first, mention.first + mention.count):
            before = concepts_at.get(position, frozenset[int]())
            concepts_at[position] = before | {mention.concept}
    return _Read(
        content=content,
        counts=Counter(word.stem for word in content),
        concepts_at=concepts_at,
        concepts=frozenset[int]().union(*concepts_at.values()),
        vector=_unit(_EMBEDDER.embed_text(text)),
    )


def _unit(vector: Vector) -> Vector:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


_EMBEDDER = HashedEmbedder(_VECTOR_DIMENSIONS)
