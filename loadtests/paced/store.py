"""A vector store that answers at a set pace: what a search asks, always the same points."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loadtests.paced.collection_info import collection_info
from loadtests.paced.tei import DIMENSIONS

_LEGS = ("bm25_ru", "bm25_en")


@dataclass
class PacedStore:
    """One store. `alias` stands for `collection`, which holds `points` passages of `characters`
    each; a query takes `query_ms`, anything else `read_ms`."""

    alias: str
    collection: str
    points: int = 50
    characters: int = 900
    query_ms: float = 8.0
    read_ms: float = 2.0

    def __post_init__(self) -> None:
        self._ids = [str(uuid.UUID(int=number)) for number in range(self.points)]

    def app(self) -> Starlette:
        """The ASGI application."""
        folder = f"/collections/{self.collection}"
        return Starlette(
            routes=[
                Route("/aliases", self._aliases),
                Route(folder, self._info),
                Route(f"{folder}/points/query/batch", self._query, methods=["POST"]),
                Route(f"{folder}/points", self._retrieve, methods=["POST"]),
            ]
        )

    async def _aliases(self, _request: Request) -> Response:
        names = {"collection_name": self.collection, "alias_name": self.alias}
        return await self._answer({"aliases": [names]}, self.read_ms)

    async def _info(self, _request: Request) -> Response:
        info = collection_info(dimensions=DIMENSIONS, legs=_LEGS)
        return await self._answer(info, self.read_ms)

    async def _query(self, request: Request) -> Response:
        wanted = (await request.json())["searches"]
        found = {
            "points": [
                {"id": point_id, "version": 1, "score": 1 / (1 + rank)}
                for rank, point_id in enumerate(self._ids)
            ]
        }
        return await self._answer([found for _ in wanted], self.query_ms)

    async def _retrieve(self, request: Request) -> Response:
        ids = (await request.json())["ids"]
        records = [{"id": point_id, "payload": self._payload(point_id)} for point_id in ids]
        return await self._answer(records, self.read_ms)

    def _payload(self, point_id: str) -> dict[str, Any]:
        number = uuid.UUID(point_id).int
        text = f"passage {number} of the paced store "
        return {
            "doc_id": f"doc-{number}.md",
            "position": 0,
            "title": f"Document {number}",
            "section": [],
            "lang": "en",
            "text": (text * self.characters)[: self.characters],
            "tokens": self.characters // 4,
            "first_line": 1,
            "last_line": 1,
        }

    async def _answer(self, result: object, pace_ms: float) -> Response:
        content = orjson.dumps({"result": result, "status": "ok", "time": pace_ms / 1000})
        await asyncio.sleep(pace_ms / 1000)
        return Response(content, media_type="application/json")
