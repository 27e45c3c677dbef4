"""Tells whether the rows that came back are those of the text that was sent. Pure.

A server with CLS pooling gives rows of other tokens and other texts, with status 200, when texts of
unequal length share a batch (recorded from TEI 1.9.3: 19 of 20 lists, 87 of 144 single texts at
once). The rows of a text are cut out of one padded block at the sum of the lengths before it. So
either the cut begins where the text begins, and all its rows are right, or its first row is
another's. The first row is the text's own vector, which `/embed` gives too: comparing the two finds
every wrong cut.

With mean pooling `/embed` gives the mean of the rows, so that is what is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from infra.pipeline.sparse.weights import Rows

Pooling: TypeAlias = Literal["cls", "mean"]

# Distance of two vectors of length 1. Recorded from TEI 1.9.3 in float32: 4.3e-8 in any number for
# a text alone, 3.2e-7 for a list, which is a distance of at most 1e-5 at 1024 numbers.
_FLOAT32_TOLERANCE = 1e-4
# In float16 on a CPU both were 0. A GPU's kernels round by the shape of the batch, and the mean is
# summed in halves there; neither was measured. This leaves them a cosine of 0.9998.
_HALF_TOLERANCE = 2e-2


def tolerance(dtype: str) -> float:
    """The largest distance that rounding explains, for a server that computes in `dtype`."""
    return _FLOAT32_TOLERANCE if dtype == "float32" else _HALF_TOLERANCE


def distance(rows: Rows, embedded: Sequence[float], pooling: Pooling) -> float:
    """How far the rows' vector is from the one that `/embed` gave for the same text; infinite for
    rows that are no vector."""
    wide = rows.astype(np.float64)
    own = wide[0] if pooling == "cls" else wide.mean(axis=0)
    norm = float(np.linalg.norm(own))
    if not np.isfinite(norm) or norm <= 0:
        return float("inf")
    return float(np.linalg.norm(own / norm - np.asarray(embedded, dtype=np.float64)))
