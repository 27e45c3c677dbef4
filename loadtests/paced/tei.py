"""A model server that answers at a set pace: TEI's routes and limits, vectors without a meaning."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loadtests.paced.batching import BatchQueue, Pace

DIMENSIONS = 1024
LABEL = "stand-in that answers at a set pace"
_CHARACTERS_PER_TOKEN = 4


@dataclass
class PacedTei:
    """One server. `failure` makes every call fail in one way: `nan`, `overloaded`, `silent`.

    `dropped` counts texts whose client left first, `most_in_flight` is the highest number of texts
    that were here at once.
    """

    role: str
    pace: Pace
    list_limit: int = 32
    permits: int = 512
    budget_tokens: int = 8192
    failure: str | None = None
    dropped: int = 0

    def __post_init__(self) -> None:
        self.queue = BatchQueue(self.pace, self.budget_tokens)
        self.texts_in_flight = 0
        self.most_in_flight = 0
        self._vectors = [_vector(number) for number in range(16)]

    def app(self) -> Starlette:
        """The ASGI application."""
        posts = {"/embed": self._embed, "/rerank": self._rerank, "/tokenize": self._tokenize}
        return Starlette(
            routes=[
                Route("/info", self._info),
                Route("/health", self._health),
                *(Route(path, handler, methods=["POST"]) for path, handler in posts.items()),
            ]
        )

    def info(self) -> dict[str, Any]:
        """What the server says about itself."""
        kind = {"embedding": {"pooling": "cls"}} if self.role == "embed" else {"reranker": {}}
        return {
            "model_id": f"paced/{self.role}",
            "model_sha": None,
            "model_type": kind,
            "version": "1.9.3",
            "max_client_batch_size": self.list_limit,
            "max_concurrent_requests": self.permits,
            "max_batch_tokens": self.budget_tokens,
            "max_input_length": 8192,
            "docker_label": LABEL,
        }

    async def _info(self, _request: Request) -> Response:
        return _json(orjson.dumps(self.info()))

    async def _health(self, _request: Request) -> Response:
        return Response()

    async def _embed(self, request: Request) -> Response:
        texts: list[str] = (await request.json())["inputs"]
        return await self._computed(request, texts, [_tokens(text) for text in texts])

    async def _rerank(self, request: Request) -> Response:
        body = await request.json()
        query = _tokens(body["query"])
        texts: list[str] = body["texts"]
        return await self._computed(request, texts, [query + _tokens(text) for text in texts])

    async def _tokenize(self, request: Request) -> Response:
        texts: list[str] = (await request.json())["inputs"]
        token = {"id": 5, "text": "x", "special": False, "start": 0, "stop": 1}
        return _json(orjson.dumps([[token] * _tokens(text) for text in texts]))

    async def _computed(self, request: Request, texts: list[str], tokens: list[int]) -> Response:
        if len(texts) > self.list_limit:
            message = f"batch size {len(texts)} > maximum allowed batch size {self.list_limit}"
            return _error(422, message, "Validation")
        if self.failure == "overloaded" or self.texts_in_flight + len(texts) > self.permits:
            return _error(429, "Model is overloaded", "Overloaded")
        self.texts_in_flight += len(texts)
        self.most_in_flight = max(self.most_in_flight, self.texts_in_flight)
        try:
            if not await self._while_waited_for(request, tokens):
                self.dropped += len(texts)
                return Response(status_code=499)
        finally:
            self.texts_in_flight -= len(texts)
        content = self._rows(texts) if self.role == "embed" else self._scores(texts)
        headers = {
            "x-compute-tokens": str(sum(tokens)),
            "x-compute-characters": str(sum(map(len, texts))),
        }
        return Response(content, headers=headers, media_type="application/json")

    async def _while_waited_for(self, request: Request, tokens: list[int]) -> bool:
        """Compute; False when the client leaves first, as TEI drops its texts then."""
        silent = self.failure == "silent"
        work = asyncio.Event().wait() if silent else self.queue.compute(tokens)
        working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return working.done()
        finally:
            working.cancel()
            leaving.cancel()

    def _rows(self, texts: list[str]) -> bytes:
        if self.failure == "nan":
            return orjson.dumps([[None] * DIMENSIONS for _ in texts])
        rows = (self._vectors[zlib.crc32(text.encode()) % 16] for text in texts)
        return b"[" + b",".join(rows) + b"]"

    def _scores(self, texts: list[str]) -> bytes:
        """Higher for what comes first, so that the order is known."""
        ranks: list[dict[str, Any]] = [
            {"index": index, "score": 1 / (1 + index)} for index in range(len(texts))
        ]
        return orjson.dumps(ranks)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _tokens(text: str) -> int:
    return 2 + len(text) // _CHARACTERS_PER_TOKEN


def _vector(number: int) -> bytes:
    """JSON of a dense vector of norm 1, as long as a real one."""
    signs = [(zlib.crc32(f"{number}:{place}".encode()) & 1) * 2 - 1 for place in range(DIMENSIONS)]
    return orjson.dumps([sign * 0.031249987 for sign in signs])


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")


def _error(status: int, message: str, kind: str) -> Response:
    content = orjson.dumps({"error": message, "error_type": kind})
    return Response(content, status_code=status, media_type="application/json")
