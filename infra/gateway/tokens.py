"""Token counts by the model server's own tokenizer, asked only where the length decides."""

from __future__ import annotations

from collections.abc import Sequence

from infra.gateway.errors import RequestError, invalid_request
from infra.gateway.lanes import Lane
from infra.gateway.lifetime import Call
from infra.gateway.model_server import ModelServer
from infra.gateway.parts import run_parts
from infra.gateway.split import may_exceed, plan_calls
from infra.gateway.upstream_errors import not_tei

# One token as TEI names it: id, text, special, start and stop (bytes; null for special ones).
TokenRow = list[dict[str, object]]


class Tokens:
    """The tokenizer of one model server."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server

    async def lists(
        self, texts: Sequence[str], call: Call, *, add_special_tokens: bool = True
    ) -> list[TokenRow]:
        """The tokens of each text, in order. TEI never queues this and never cuts here."""
        if not texts:
            return []
        limits = await self._server.call_limits(Lane.PASSAGES, call)
        found: list[TokenRow] = [[] for _ in texts]

        async def run(part: tuple[int, ...]) -> None:
            payload = {
                "inputs": [texts[index] for index in part],
                "add_special_tokens": add_special_tokens,
            }
            rows = await self._server.post_unqueued("/tokenize", payload, call)
            if not isinstance(rows, list) or len(rows) != len(part):
                raise self._server.count(not_tei(self._server.role))
            for index, row in zip(part, rows, strict=True):
                found[index] = row

        await run_parts(plan_calls(texts, [1] * len(texts), limits), run)
        return found

    async def too_long(
        self, texts: Sequence[str], call: Call, *, beside: str | None = None
    ) -> list[int]:
        """Positions of the texts that the model cannot take whole, as pairs with `beside` if given.

        Only texts whose length makes it possible are counted, so few calls are.
        """
        most = await self.most(call)
        extra = len(beside or "")
        suspects = [
            index for index, text in enumerate(texts) if may_exceed(len(text) + extra, most)
        ]
        if not suspects:
            return []
        rows = await self.lists([texts[index] for index in suspects], call)
        beside_tokens = 0 if beside is None else len((await self.lists([beside], call))[0])
        return [
            index
            for index, row in zip(suspects, rows, strict=True)
            if len(row) + beside_tokens > most
        ]

    async def too_long_error(
        self, positions: Sequence[int], call: Call, *, param: str
    ) -> RequestError:
        """400 for texts over the model's limit, named by position."""
        named = ", ".join(map(str, positions[:10])) + (", ..." if len(positions) > 10 else "")
        return invalid_request(
            f"{len(positions)} of the texts are too long (positions {named})",
            why=f"the model takes at most {await self.most(call)} tokens, special ones included",
            remedy="Shorten them, or set `truncate` to true to have them cut",
            code="context_length_exceeded",
            param=param,
        )

    async def most(self, call: Call) -> int:
        """The longest input that the model takes, in tokens."""
        served = await self._server.served(call)
        return min(served.max_input_length, served.max_batch_tokens)
