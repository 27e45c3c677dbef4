"""Texts to vectors through the embed server: split, sorted, in a lane, put back in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infra.gateway.errors import UpstreamError
from infra.gateway.lanes import Lane
from infra.gateway.lifetime import Call
from infra.gateway.model_server import ModelServer
from infra.gateway.parts import run_parts
from infra.gateway.split import plan_calls
from infra.gateway.tokens import Tokens
from infra.gateway.vectors import Matrix, checked_matrix, cut_matrix


@dataclass(frozen=True, kw_only=True, slots=True)
class Embedded:
    """Rows in the order of the texts. `tokens` counts what the server computed; `truncated` names
    the texts that were cut."""

    rows: Matrix
    tokens: int
    truncated: tuple[int, ...]


class Embedding:
    """The embed side of the gateway; `dimensions` is the length of the model's own vectors."""

    def __init__(self, server: ModelServer, *, dimensions: int) -> None:
        self.server = server
        self.tokens = Tokens(server)
        self.dimensions = dimensions

    async def embed(
        self,
        texts: Sequence[str],
        *,
        lane: Lane,
        call: Call,
        truncate: bool,
        dimensions: int | None = None,
    ) -> Embedded:
        """One vector for each text; `dimensions` cuts it to its first numbers.

        Raises:
            RequestError: a text has more tokens than the model takes and `truncate` is off, or
                nothing is left of a vector after the cut.
            UpstreamError: the server gave no usable answer.
        """
        limits = await self.server.call_limits(lane, call)
        long = await self.tokens.too_long(texts, call)
        if long and not truncate:
            raise await self.tokens.too_long_error(long, call, param="input")
        estimate = self.server.estimate
        tokens = [min(estimate.tokens(text), limits.tokens) for text in texts]
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        counted = 0

        async def run(part: tuple[int, ...]) -> None:
            nonlocal counted
            payload = {"inputs": [texts[index] for index in part], "truncate": truncate}
            answer = await self.server.post(
                "/embed", payload, lane=lane, texts=len(part), call=call
            )
            try:
                rows[list(part)] = checked_matrix(
                    answer.json, count=len(part), dimensions=self.dimensions
                )
            except UpstreamError as problem:
                raise self.server.count(problem) from problem.__cause__
            counted += answer.tokens

        await run_parts(plan_calls(texts, tokens, limits), run)
        # Cut here and not by the server, so that whole vectors are checked.
        rows = rows if dimensions is None else cut_matrix(rows, dimensions)
        return Embedded(rows=rows, tokens=counted, truncated=tuple(long))
