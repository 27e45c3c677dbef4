"""Stands in for embedding that cannot be had, so that a search goes on without it and says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from infra.errors import ServiceUnavailableError
from infra.pipeline.embed import Vector
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
