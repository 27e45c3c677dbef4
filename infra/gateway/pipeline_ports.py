"""The model servers as the pipeline's search wants them, called from its worker thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from infra.errors import ServiceUnavailableError
from infra.gateway.bridge import Bridge
from infra.gateway.embedding import Embedding
from infra.gateway.errors import RequestError
from infra.gateway.lanes import Lane
from infra.gateway.lifetime import Call
from infra.gateway.reranking import Reranked, Reranking
from infra.pipeline.batches import batches
from infra.pipeline.embed import Vector

# Of the time that is left, what the reranker may not use: the answer is still to be written.
_KEPT_SHARE = 0.1
_KEPT_AT_LEAST_S = 0.02


class BridgedEmbedder:
    """The embed server, on the query lane of one request."""

    def __init__(self, embedding: Embedding, call: Call, bridge: Bridge) -> None:
        self._embedding = embedding
        self._call = call
        self._bridge = bridge

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        """One vector for each text; nothing is cut."""
        del tokens  # the gateway estimates lengths by itself
        embedded = self._bridge.wait_for(
            self._embedding.embed(texts, lane=Lane.QUERIES, call=self._call, truncate=False)
        )
        self._call.sizes["query_tokens"] = embedded.tokens
        return [row.tolist() for row in embedded.rows]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in the model's tokens, special tokens included."""
        rows = self._bridge.wait_for(self._embedding.tokens.lists(texts, self._call))
        return [len(row) for row in rows]

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        """One call: `embed` splits by itself."""
        return batches(texts, max_texts=max(1, len(texts)), tokens=tokens)


class BridgedReranker:
    """The rerank server, on the query lane of one request."""

    def __init__(self, reranking: Reranking, call: Call, bridge: Bridge) -> None:
        self._reranking = reranking
        self._call = call
        self._bridge = bridge

    def scores(self, query: str, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[float]:
        """A score for each text, or none soon enough.

        Raises:
            ServiceUnavailableError: no usable scores in time; the search answers without.
        """
        del tokens  # the gateway estimates lengths by itself
        try:
            reranked = self._bridge.wait_for(self._within(query, texts))
        except RequestError as error:
            raise _unavailable(error.what, error.why, error.remedy) from error
        except TimeoutError as error:
            raise _unavailable(
                "the reranker was too slow",
                "the time of this request was nearly over",
                "Ask for a longer `deadline_ms`",
            ) from error
        self._call.sizes["rerank_tokens"] = reranked.tokens
        return list(reranked.scores)

    async def _within(self, query: str, texts: Sequence[str]) -> Reranked:
        left_s = self._call.remaining_s
        async with asyncio.timeout(left_s - max(_KEPT_AT_LEAST_S, _KEPT_SHARE * left_s)):
            return await self._reranking.rerank(
                query, texts, lane=Lane.QUERIES, call=self._call, truncate=True
            )


def _unavailable(what: str, why: str, remedy: str) -> ServiceUnavailableError:
    return ServiceUnavailableError(what, why=why, remedy=remedy)
