"""Rows of a text's tokens to its learned sparse weights. Pure.

The rule is that of the model's authors: the positive part of row times head plus bias, for each
token id the largest, special tokens left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from infra.pipeline.sparse.head import SparseHead
from infra.pipeline.sparse.records import SparseVector

Rows: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
"""One row of the model's numbers for each token of a text."""

BOS_ID = 0
EOS_ID = 2
# `<s>`, `<pad>`, `</s>`, `<unk>`, `<mask>` of the XLM-R vocabulary. By id: when they stand in a
# text as words, the server's tokenizer does not mark them as special (recorded from TEI 1.9.3).
SPECIAL_IDS = (BOS_ID, 1, EOS_ID, 3, 250_001)


def sparse_vector(rows: Rows, ids: Sequence[int], head: SparseHead) -> SparseVector:
    """The weights of a text; `rows` and `ids` belong to the same tokens."""
    each = np.maximum(rows @ head.weight + np.float32(head.bias), 0)
    known, places = np.unique(np.asarray(ids, dtype=np.int64), return_inverse=True)
    best = np.zeros(len(known), dtype=np.float32)
    np.maximum.at(best, places, each)
    kept = (best > 0) & ~np.isin(known, SPECIAL_IDS)
    return SparseVector(ids=tuple(known[kept].tolist()), weights=tuple(best[kept].tolist()))
