"""The model servers as the pipeline's search wants them, called from its worker thread.

The search sets how long each stage may take (`TimeLimit`); the calls on the loop keep to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from infra.errors import ServiceUnavailableError
from infra.gateway.bridge import Bridge
from infra.gateway.embedding import Embedding
from infra.gateway.errors import UpstreamError
from infra.gateway.lanes import Lane
from infra.gateway.lifetime import Call
from infra.gateway.model_server import ModelServer
from infra.gateway.reranking import Reranking
from infra.pipeline.batches import batches
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.embed import Vector
from infra.pipeline.retry import TryAgainError
from infra.pipeline.transport import Reply

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One request in its worker thread: what is known of it, the way to the loop, its time."""

    call: Call
    bridge: Bridge
    limit: TimeLimit

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine on the loop, within the time of the stage under way.

        Raises:
            ServiceUnavailableError: it is not ready in time, or a service failed.
            RequestError: the request itself is at fault.
        """
        try:
            return self.bridge.wait_for(_within(coroutine, self.limit.left_s()))
        except UpstreamError as error:
            raise ServiceUnavailableError(error.what, why=error.why, remedy=error.remedy) from error
        except TimeoutError as error:
            raise ServiceUnavailableError(
                "a model server was too slow",
                why="the time that this stage of the query may take is over",
                remedy="ask for a longer `deadline_ms`",
            ) from error


class BridgedEmbedder:
    """The embed server, on the query lane of one request."""

    def __init__(self, embedding: Embedding, worker: Worker) -> None:
        self._embedding = embedding
        self._worker = worker

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        """One vector for each text; nothing is cut."""
        del tokens  # the gateway estimates lengths by itself
        call = self._worker.call
        embedded = self._worker.wait_for(
            self._embedding.embed(texts, lane=Lane.QUERIES, call=call, truncate=False)
        )
        call.sizes["query_tokens"] = embedded.tokens
        return [row.tolist() for row in embedded.rows]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in the model's tokens, special tokens included."""
        rows = self._worker.wait_for(self._embedding.tokens.lists(texts, self._worker.call))
        return [len(row) for row in rows]

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        """One call: `embed` splits by itself."""
        return batches(texts, max_texts=max(1, len(texts)), tokens=tokens)


class BridgedReranker:
    """The rerank server, on the query lane of one request."""

    def __init__(self, reranking: Reranking, worker: Worker) -> None:
        self._reranking = reranking
        self._worker = worker

    def scores(self, query: str, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[float]:
        """A score for each text; a pair that is too long is cut.

        Raises:
            ServiceUnavailableError: no usable scores in time; the search answers without.
        """
        del tokens  # the gateway estimates lengths by itself
        call = self._worker.call
        reranked = self._worker.wait_for(
            self._reranking.rerank(query, texts, lane=Lane.QUERIES, call=call, truncate=True)
        )
        call.sizes["rerank_tokens"] = reranked.tokens
        return list(reranked.scores)


class LaneTransport:
    """A model server under the pipeline's own clients: their calls take turns in the query lane."""

    def __init__(self, server: ModelServer, worker: Worker) -> None:
        self._server = server
        self._worker = worker

    @property
    def address(self) -> str:
        """A name in its place: messages are for callers, who do not know our addresses."""
        return self._server.role

    def get(self, path: str) -> Reply:
        """What the server says about itself, the only thing that is got."""
        del path
        try:
            served = self._worker.wait_for(self._server.served(self._worker.call))
        except ServiceUnavailableError as error:
            raise TryAgainError(error.why) from error
        return Reply(200, served.model_dump_json().encode())

    def post(self, path: str, payload: object) -> Reply:
        """One call; it is a call of as many texts as its `inputs` has."""
        inputs = payload.get("inputs") if isinstance(payload, dict) else None
        texts = len(inputs) if isinstance(inputs, list) else 1
        sending = self._server.post_raw(
            path, payload, lane=Lane.QUERIES, texts=texts, call=self._worker.call
        )
        try:
            reply = self._worker.wait_for(sending)
        except ServiceUnavailableError as error:
            raise TryAgainError(error.why) from error
        return Reply(reply.status_code, reply.content)


async def _within(coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
    try:
        async with asyncio.timeout(min(seconds, 3600.0)):
            return await coroutine
    finally:
        coroutine.close()
