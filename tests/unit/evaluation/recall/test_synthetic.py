"""The synthetic set is what its description says: seeded, of unit length, clustered, hard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.evaluation.recall.synthetic import Matrix, SyntheticVectors


def all_points(vectors: SyntheticVectors, size: int = 500) -> Matrix:
    return np.concatenate(list(vectors.batches(size)))


SET = SyntheticVectors(points=4000, dimensions=256, seed=3)


def test_same_seed_same_numbers() -> None:
    """Every number depends on the seed alone; another seed gives others."""
    again = SyntheticVectors(points=4000, dimensions=256, seed=3)
    other = SyntheticVectors(points=4000, dimensions=256, seed=4)
    assert np.array_equal(all_points(SET), all_points(again))
    assert np.array_equal(SET.queries(20), again.queries(20))
    assert not np.allclose(SET.queries(20), other.queries(20))


@settings(max_examples=20)
@given(points=st.integers(1, 700), dimensions=st.integers(8, 64), size=st.integers(1, 300))
def test_as_many_unit_vectors_as_asked(points: int, dimensions: int, size: int) -> None:
    """Whatever the sizes, and no batch is larger than wanted."""
    vectors = SyntheticVectors(points=points, dimensions=dimensions, seed=1)
    batches = list(vectors.batches(size))
    assert max(len(batch) for batch in batches) <= size
    rows = np.concatenate(batches)
    assert rows.shape == (points, dimensions)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_queries_are_no_points() -> None:
    """A query's nearest point is another vector."""
    nearest = (SET.queries(50) @ all_points(SET).T).max(axis=1)
    assert nearest.max() < 0.99


def test_neighbours_stand_out_from_the_crowd() -> None:
    """Clusters: ten neighbours much nearer than the average point, but with many close behind."""
    similar = np.sort(SET.queries(50) @ all_points(SET).T, axis=1)[:, ::-1]
    tenth, fiftieth, average = similar[:, 9].mean(), similar[:, 49].mean(), similar.mean()
    assert 0.5 < tenth < 0.8
    assert average < 0.3
    assert tenth - fiftieth < 0.2
