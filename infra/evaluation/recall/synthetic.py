"""Synthetic vectors for a recall measurement: clustered, seeded, the same on every machine. Pure.

How they are made: a latent space of 160 dimensions holds cluster centres drawn from a normal
distribution, one for every 40 points; a point picks a cluster with a probability that falls as
1/rank (few large, many small ones), adds normal noise as wide as the spread of the centres, is
mapped into the full space by a fixed random matrix, shifted by a common offset, and normalised.
Queries are drawn in the same way and are no points.

Why: an embedding model's vectors lie in far fewer directions than they have numbers, in groups of
uneven size, around a common mean. What comes out is hard on purpose: a query's ten nearest points
have cosines around 0.6 and many others follow closely. Measured recall says how the quantized
search does on such vectors, not on those of a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

_LATENT_DIMENSIONS = 160
_POINTS_PER_CLUSTER = 40
_OFFSET = 0.6
"""Length of the common offset, in units of the spread of one part (centre or noise)."""

# Streams of random numbers: the space, then the queries, then one for each batch of points.
_SPACE, _QUERIES, _POINTS = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class SyntheticVectors:
    """A set of `points` unit vectors of `dimensions` numbers; the seed decides every number."""

    points: int
    dimensions: int
    seed: int

    def batches(self, size: int) -> Iterator[Matrix]:
        """All points, at most `size` rows at once; the rows depend on the seed and on `size`."""
        for number, start in enumerate(range(0, self.points, size)):
            random = self._random(_POINTS, number)
            yield self._drawn(random, min(size, self.points - start))

    def queries(self, count: int) -> Matrix:
        """Vectors to search for, drawn like the points."""
        return self._drawn(self._random(_QUERIES), count)

    def _random(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *stream])

    @cached_property
    def _space(self) -> tuple[Matrix, Matrix, Matrix, npt.NDArray[np.float64]]:
        """Map, offset, centres, and the probability of each cluster."""
        random = self._random(_SPACE)
        clusters = max(1, self.points // _POINTS_PER_CLUSTER)
        scale = np.float32(1 / np.sqrt(self.dimensions))
        into = random.standard_normal((_LATENT_DIMENSIONS, self.dimensions), np.float32) * scale
        offset = random.standard_normal(self.dimensions, np.float32) * scale
        centres = random.standard_normal((clusters, _LATENT_DIMENSIONS), np.float32)
        share = 1 / np.arange(1, clusters + 1)
        length = np.float32(_OFFSET * np.sqrt(_LATENT_DIMENSIONS))
        return into, offset * length, centres, share / share.sum()

    def _drawn(self, random: np.random.Generator, count: int) -> Matrix:
        into, offset, centres, share = self._space
        chosen = random.choice(len(centres), size=count, p=share)
        noise = random.standard_normal((count, _LATENT_DIMENSIONS), np.float32)
        rows = (centres[chosen] + noise) @ into + offset
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)
