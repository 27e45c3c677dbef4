"""A vector store that takes what indexing writes at a set pace and keeps only how much it was."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loadtests.paced.collection_info import collection_info
from loadtests.paced.tei import DIMENSIONS

_LEGS = ("bm25_ru", "bm25_en")
_TRUE = True  # what Qdrant answers to a change that it made


class WriteStore:
    """One store, empty at first; a write of points takes `write_ms`, anything else no time."""

    def __init__(self, *, write_ms: float) -> None:
        self._write_ms = write_ms
        self._collections: set[str] = set()
        self._aliases: dict[str, str] = {}
        self._points: set[str] = set()

    def app(self) -> Starlette:
        """The ASGI application: the calls that indexing makes."""
        folder = "/collections/{name}"
        return Starlette(
            routes=[
                Route("/aliases", self._list_aliases),
                Route("/collections/aliases", self._move_alias, methods=["POST"]),
                Route(f"{folder}/exists", self._exists),
                Route(folder, self._make, methods=["PUT"]),
                Route(folder, self._info),
                Route(f"{folder}/index", _done, methods=["PUT"]),
                Route(f"{folder}/points/scroll", self._nothing, methods=["POST"]),
                Route(f"{folder}/points/count", self._count, methods=["POST"]),
                Route(f"{folder}/points", self._write, methods=["PUT"]),
            ]
        )

    async def _list_aliases(self, _request: Request) -> Response:
        pairs = [
            {"alias_name": alias, "collection_name": name} for alias, name in self._aliases.items()
        ]
        return _answer({"aliases": pairs})

    async def _move_alias(self, request: Request) -> Response:
        for action in (await request.json())["actions"]:
            made = action["create_alias"]
            self._aliases[made["alias_name"]] = made["collection_name"]
        return _answer(_TRUE)

    async def _exists(self, request: Request) -> Response:
        return _answer({"exists": request.path_params["name"] in self._collections})

    async def _make(self, request: Request) -> Response:
        self._collections.add(request.path_params["name"])
        return _answer(_TRUE)

    async def _info(self, _request: Request) -> Response:
        info = collection_info(dimensions=DIMENSIONS, legs=_LEGS)
        return _answer(info)

    async def _nothing(self, _request: Request) -> Response:
        return _answer({"points": [], "next_page_offset": None})

    async def _count(self, _request: Request) -> Response:
        return _answer({"count": len(self._points)})

    async def _write(self, request: Request) -> Response:
        body = orjson.loads(await request.body())
        self._points.update(point["id"] for point in body["points"])
        await asyncio.sleep(self._write_ms / 1000)
        return await _done(request)


async def _done(_request: Request) -> Response:
    return _answer({"operation_id": 1, "status": "completed"})


def _answer(result: Any) -> Response:
    content = orjson.dumps({"result": result, "status": "ok", "time": 0})
    return Response(content, media_type="application/json")
