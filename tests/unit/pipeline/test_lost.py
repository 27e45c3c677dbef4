"""Embedding that cannot be had: what is left of it, and why not more."""

from __future__ import annotations

from typing import cast

import pytest

from infra.clock import FakeClock
from infra.errors import ServiceUnavailableError
from infra.pipeline.embed import EmbedClient
from infra.pipeline.lost import LostEmbedder, query_embedders
from infra.pipeline.retry import BRIEF
from infra.pipeline.sparse.embedder import SparseEmbedder
from infra.pipeline.tei import TeiCalls
from infra.settings import EmbedSettings
from tests.unit.pipeline.fakes import DIMENSIONS, INFO, FakeTei, vector_of

ERROR = ServiceUnavailableError("the embed server has no address", why="private", remedy="none")


def embedder(pooling: str = "cls") -> EmbedClient:
    tei = FakeTei(info={**INFO, "model_type": {"embedding": {"pooling": pooling}}})
    calls = TeiCalls(tei, role="embed", policy=BRIEF, clock=FakeClock())
    return EmbedClient(calls, EmbedSettings(dimensions=DIMENSIONS))


def out_of_reach() -> SparseEmbedder:
    raise ERROR


def test_without_learned_weights_there_is_the_dense_vector() -> None:
    """The usual case: one embedder, and none for the learned leg."""
    plain = embedder()
    assert query_embedders(plain, lambda: None) == (plain, None)


def test_with_learned_weights_one_embedder_gives_both() -> None:
    """Also the dense vector alone, which may come from token rows."""
    both = cast("SparseEmbedder", object())
    assert query_embedders(embedder(), lambda: both) == (both, both)


def test_token_rows_out_of_reach() -> None:
    """A gateway gives the dense vector of a query, but no rows: the learned leg says why."""
    dense, sparse = query_embedders(embedder(), out_of_reach)
    assert dense.embed(["a"]) == [vector_of("a")]
    assert sparse is not None
    vectors = sparse.query_vectors("a")
    assert (vectors.dense, vectors.sparse, vectors.problem) == (vector_of("a"), None, ERROR)


def test_the_mean_is_never_taken_for_the_dense_vector() -> None:
    """Without rows a server that pools by mean gives no vector that fits the index."""
    dense, sparse = query_embedders(embedder("mean"), out_of_reach)
    assert sparse is not None
    for call in (lambda: dense.embed(["a"]), lambda: sparse.query_vectors("a")):
        with pytest.raises(ServiceUnavailableError, match="no address"):
            call()


def test_a_lost_embedder_answers_nothing() -> None:
    """Whatever is asked of it, the reason is the one."""
    lost = LostEmbedder(ERROR)
    for call in (
        lambda: lost.embed(["a"]),
        lambda: lost.batches(["a"], [1]),
        lambda: lost.count_tokens(["a"]),
        lambda: lost.query_vectors("a"),
    ):
        with pytest.raises(ServiceUnavailableError, match="no address"):
            call()
