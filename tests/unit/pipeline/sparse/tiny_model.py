"""A small model of known weights, and the way in which TEI's router cuts its token rows.

The model is no transformer, but as one it makes each row depend on the token, its place and the
whole text. The cutting is that of TEI 1.9.3: the rows of a batch are padded to the longest text,
and with CLS pooling the padding is not taken out before rows are cut off at the sum of the lengths.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

DIMENSIONS = 24
BOS, PAD, EOS = 0, 1, 2

Matrix = np.ndarray[Any, np.dtype[np.float32]]

_RANDOM = np.random.default_rng(20)
_TOKENS = _RANDOM.standard_normal((997, DIMENSIONS)).astype(np.float32)
_PLACES = _RANDOM.standard_normal((512, DIMENSIONS)).astype(np.float32) * 0.2
_MIX = _RANDOM.standard_normal((DIMENSIONS, DIMENSIONS)).astype(np.float32) / 5

WEIGHT = _RANDOM.standard_normal(DIMENSIONS).astype(np.float32)
BIAS = 0.1


def ids_of(text: str) -> list[int]:
    """One token for each word, the same word always the same id, between `<s>` and `</s>`."""
    return [BOS, *(_word_id(word) for word in text.split()), EOS]


def _word_id(word: str) -> int:
    special = {"<s>": BOS, "<pad>": PAD, "</s>": EOS, "<unk>": 3, "<mask>": 250_001}
    return special.get(word, 10 + zlib.crc32(word.encode()) % 900)


def rows_of(text: str) -> Matrix:
    """The rows of one text, as the model gives them for it alone."""
    return _forward([ids_of(text)])[0]


def embedded(text: str, pooling: Literal["cls", "mean"] = "cls") -> list[float]:
    """What `/embed` gives."""
    rows = rows_of(text).astype(np.float64)
    own = rows[0] if pooling == "cls" else rows.mean(axis=0)
    return (own / np.linalg.norm(own)).tolist()


def embed_all(batch: Sequence[str], *, pooling: Literal["cls", "mean"]) -> list[Matrix]:
    """What the router answers for texts that share a batch; right only where padding is removed."""
    lists = [ids_of(text) for text in batch]
    lengths = [len(ids) for ids in lists]
    padded = _forward(lists)
    if pooling == "mean":
        return [rows[:length] for rows, length in zip(padded, lengths, strict=True)]
    flat = padded.reshape(-1, DIMENSIONS)
    starts = np.cumsum([0, *lengths])
    return [flat[start : start + n] for start, n in zip(starts, lengths, strict=False)]


def _forward(lists: Sequence[Sequence[int]]) -> Matrix:
    """Rows of a padded batch; those of padding are numbers like any other."""
    longest = max(map(len, lists))
    padded = []
    for ids in lists:
        own = _TOKENS[np.array(ids) % 997]
        places = np.array([*ids, *[PAD] * (longest - len(ids))]) % 997
        padded.append(np.tanh(_TOKENS[places] + _PLACES[:longest] + own.mean(axis=0) @ _MIX))
    return np.array(padded, dtype=np.float32)
