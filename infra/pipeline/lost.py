"""Stands in for embedding that cannot be had, so that a search goes on without it and says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from infra.errors import ServiceUnavailableError
from infra.pipeline.embed import EmbedClient, Vector
from infra.pipeline.ports import Embedder, QueryEmbedder
from infra.pipeline.sparse.embedder import SparseEmbedder
from infra.pipeline.sparse.records import QueryVectors


class LostEmbedder:
    """Fails every time with the one reason."""

    def __init__(self, error: ServiceUnavailableError) -> None:
        self._error = error

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        del texts, tokens
        self._fail()

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        del texts, tokens
        self._fail()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        del texts
        self._fail()

    def query_vectors(self, text: str) -> QueryVectors:
        del text
        self._fail()

    def _fail(self) -> NoReturn:
        raise self._error


class DenseOnly:
    """Gives a query its dense vector, and the reason why there are no learned weights."""

    def __init__(self, embedder: Embedder, error: ServiceUnavailableError) -> None:
        self._embedder = embedder
        self._error = error

    def query_vectors(self, text: str) -> QueryVectors:
        return QueryVectors(dense=self._embedder.embed([text])[0], sparse=None, problem=self._error)


def query_embedders(
    embedder: EmbedClient, sparse: Callable[[], SparseEmbedder | None]
) -> tuple[Embedder, QueryEmbedder | None]:
    """What gives queries their vectors: alone, and together with learned weights where stored.

    `sparse` makes the latter; where it cannot, because the server itself is out of reach, only the
    dense vectors are left, and not even those if the server pools by mean.
    """
    try:
        both = sparse()
    except ServiceUnavailableError as error:
        if embedder.served.pooling == "cls":
            return embedder, DenseOnly(embedder, error)
        return LostEmbedder(error), LostEmbedder(error)
    return (embedder, None) if both is None else (both, both)
