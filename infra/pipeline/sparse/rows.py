"""The wire side of the learned weights: token ids and token rows of a server. Knows no head.

Rows come as text, about 11 kB for each token of 1024 numbers, so they are parsed by the quickest
reader at hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter

from infra.pipeline.batches import batches
from infra.pipeline.embed import EmbedClient, Vector
from infra.pipeline.served import ServedModel
from infra.pipeline.sparse.weights import Rows
from infra.pipeline.tei import TeiCalls


class _Token(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: int


_TOKENS = TypeAdapter(list[list[_Token]])


class TokenRows:
    """What the learned weights need of an embed server."""

    def __init__(self, embedder: EmbedClient, calls: TeiCalls, dimensions: int) -> None:
        self._embedder = embedder
        self._calls = calls
        self._dimensions = dimensions

    @property
    def address(self) -> str:
        """Which server it is."""
        return self._calls.address

    @property
    def served(self) -> ServedModel:
        """What the server runs."""
        return self._embedder.served

    @property
    def list_limit(self) -> int:
        """Most texts in one call."""
        return self._embedder.list_limit

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        """As `EmbedClient.embed`: one checked vector for each text, pooled by the server."""
        return self._embedder.embed(texts, tokens)

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        """As `EmbedClient.batches`."""
        return self._embedder.batches(texts, tokens)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As `EmbedClient.count_tokens`."""
        return self._embedder.count_tokens(texts)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, special tokens included."""
        found: list[list[int]] = []
        for part in batches(texts, max_texts=self.list_limit):
            payload = {"inputs": [texts[index] for index in part], "add_special_tokens": True}
            lists = self._calls.post("/tokenize", payload, _TOKENS)
            if len(lists) != len(part):
                raise self._calls.not_tei(f"{len(lists)} lists of tokens for {len(part)} texts")
            found.extend([token.id for token in tokens] for tokens in lists)
        return found

    def rows(self, texts: Sequence[str]) -> list[Rows]:
        """The rows of each text, in one call. Whether they are its own, the caller has to check.

        Raises:
            ServiceUnavailableError: no answer, or rows of other sizes than the model's.
        """
        body = self._calls.post_raw("/embed_all", {"inputs": list(texts), "truncate": False})
        try:
            answer = orjson.loads(body)
            found = [np.array(rows, dtype=np.float32) for rows in answer]
        except (ValueError, TypeError) as error:
            raise self._calls.not_tei("its token rows are not lists of numbers") from error
        if len(found) != len(texts):
            raise self._calls.not_tei(f"rows of {len(found)} texts came back for {len(texts)}")
        for rows in found:
            if rows.ndim != 2 or rows.shape[1] != self._dimensions:
                raise self._calls.not_tei(
                    f"token rows of shape {rows.shape}; `embed.dimensions` is {self._dimensions}"
                )
        return found
