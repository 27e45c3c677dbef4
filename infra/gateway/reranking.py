"""A query and documents to scores through the rerank server: split, sorted, put back in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.gateway.errors import UpstreamError
from infra.gateway.lanes import Lane
from infra.gateway.lifetime import Call
from infra.gateway.model_server import ModelServer
from infra.gateway.parts import run_parts
from infra.gateway.split import plan_calls
from infra.gateway.tokens import Tokens
from infra.gateway.upstream_errors import not_finite, not_tei


@dataclass(frozen=True, kw_only=True, slots=True)
class Reranked:
    """Scores between 0 and 1 in the order of the documents. `tokens` counts what was computed;
    `truncated` names the documents whose pair was cut."""

    scores: tuple[float, ...]
    tokens: int
    truncated: tuple[int, ...]


class Reranking:
    """The rerank side of the gateway."""

    def __init__(self, server: ModelServer) -> None:
        self.server = server
        self.tokens = Tokens(server)

    async def rerank(
        self, query: str, documents: Sequence[str], *, lane: Lane, call: Call, truncate: bool
    ) -> Reranked:
        """One score for each document; scores of different calls compare, since no call knows of
        another's documents.

        Raises:
            RequestError: a pair has more tokens than the model takes and `truncate` is off.
            UpstreamError: the server gave no usable answer.
        """
        limits = await self.server.call_limits(lane, call)
        long = await self.tokens.too_long(documents, call, beside=query)
        if long and not truncate:
            raise await self.tokens.too_long_error(long, call, param="documents")
        estimate = self.server.estimate
        query_tokens = estimate.tokens(query)
        tokens = [min(query_tokens + estimate.tokens(text), limits.tokens) for text in documents]
        scores = [0.0] * len(documents)
        counted = 0

        async def run(part: tuple[int, ...]) -> None:
            nonlocal counted
            payload = {
                "query": query,
                "texts": [documents[index] for index in part],
                "truncate": truncate,
                "raw_scores": False,
                "return_text": False,
            }
            answer = await self.server.post(
                "/rerank", payload, lane=lane, texts=len(part), call=call
            )
            try:
                for index, score in zip(part, checked_scores(answer.json, len(part)), strict=True):
                    scores[index] = score
            except UpstreamError as problem:
                raise self.server.count(problem) from problem.__cause__
            counted += answer.tokens

        await run_parts(plan_calls(documents, tokens, limits), run)
        return Reranked(scores=tuple(scores), tokens=counted, truncated=tuple(long))


def checked_scores(answer: Any, count: int) -> list[float]:
    """The scores of one answer by index.

    Raises:
        UpstreamError: a score is missing, doubled, null or not a number.
    """
    try:
        by_index = {entry["index"]: entry["score"] for entry in answer}
        scores = [by_index[index] for index in range(count)]
    except (TypeError, KeyError) as error:
        raise not_tei("rerank") from error
    if len(answer) != count:
        raise not_tei("rerank")
    if any(score is None for score in scores):
        raise not_finite("rerank")
    try:
        return [float(score) for score in scores]
    except (TypeError, ValueError) as error:
        raise not_tei("rerank") from error
