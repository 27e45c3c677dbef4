"""Hashed features: a word, or a concept, as a few signed numbers at fixed places of a vector.

Deterministic everywhere: places and signs come from BLAKE2b of the feature's name, never from
Python's own salted hash. Knows no texts and no scores.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from infra.local.tei.model.words import Word
from infra.local.tei.wire.floats import Vector

# Places of one name. Many, so that a collision costs little and a short text fills enough of the
# vector for sign bits (binary quantization) to say something.
_PLACES = 16
_PLACES_OF_A_GROUP = 4
# Share of letter groups beside the stem itself (norms): related words with different stems meet.
_LETTER_GROUPS_NORM = 0.8
# Words that begin alike are often of one root: молекула, молекулярный.
_ROOT_NORM = 0.5
_ROOT_LETTERS = 5
_CONCEPT_NORM = 1.3
# Cached words with their numbers, about 400 bytes each.
_CACHED_FEATURES = 1 << 15


@dataclass(frozen=True, slots=True)
class Feature:
    """Numbers to add at places of a vector."""

    places: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]

    def times(self, factor: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Places and scaled values."""
        return self.places, self.values * factor


@lru_cache(maxsize=_CACHED_FEATURES)
def word_feature(word: Word, dimensions: int) -> Feature:
    """The stem, the beginning of its sound key, and that key's groups of 3 and 4 letters."""
    names = [f"group {group}" for group in _letter_groups(word.sound)]
    share = _LETTER_GROUPS_NORM / math.sqrt(max(1, len(names)))
    stem = _hashed([f"stem {word.stem}"], dimensions, norm=1.0, places=_PLACES)
    beginnings = [f"root {word.sound[:_ROOT_LETTERS]}"] if word.sound else []
    root = _hashed(beginnings, dimensions, norm=_ROOT_NORM, places=_PLACES)
    groups = _hashed(names, dimensions, norm=share, places=_PLACES_OF_A_GROUP)
    parts = (stem, root, groups)
    return Feature(
        places=np.concatenate([part.places for part in parts]),
        values=np.concatenate([part.values for part in parts]),
    )


@lru_cache(maxsize=4096)
def concept_feature(concept: int, dimensions: int) -> Feature:
    """A concept of the glossary, the same for both languages."""
    return _hashed([f"concept {concept}"], dimensions, norm=_CONCEPT_NORM, places=_PLACES)


@lru_cache(maxsize=4096)
def mark_feature(mark: str, dimensions: int) -> Feature:
    """Anything that is no word: a sign, an emoji, the start of a text."""
    return _hashed([f"mark {mark}"], dimensions, norm=1.0, places=_PLACES)


def total(features: Iterable[tuple[Feature, float]], dimensions: int) -> Vector:
    """The weighted sum as a vector. The order of addition is that of `features`."""
    scaled = [feature.times(factor) for feature, factor in features]
    if not scaled:
        return np.zeros(dimensions, dtype=np.float32)
    places = np.concatenate([places for places, _ in scaled])
    values = np.concatenate([values for _, values in scaled])
    return np.bincount(places, weights=values, minlength=dimensions).astype(np.float32)


def _letter_groups(sound: str) -> list[str]:
    edged = f"<{sound}>"
    return [edged[at : at + size] for size in (3, 4) for at in range(len(edged) - size + 1)]


def _hashed(names: list[str], dimensions: int, *, norm: float, places: int) -> Feature:
    """Each name at `places` places with a length of `norm`; signs from the lowest bit."""
    digests = [hashlib.blake2b(name.encode(), digest_size=4 * places).digest() for name in names]
    numbers = np.frombuffer(b"".join(digests), dtype="<u4")
    signs = np.where(numbers & 1, 1.0, -1.0)
    return Feature(
        places=(numbers >> 1).astype(np.int64) % dimensions,
        values=signs * (norm / math.sqrt(places)),
    )
