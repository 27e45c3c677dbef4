"""Whether requests can be served, and what is missing. Asks the services once a second at most."""

from __future__ import annotations

import asyncio

from infra.errors import OperatorError
from infra.gateway.errors import RequestError
from infra.gateway.gateway import Gateway
from infra.gateway.lifetime import Call
from infra.gateway.model_server import ModelServer

_AGE_S = 1.0
_PROBE_S = 2.0


class Readiness:
    """The answer of `/readyz`.

    Without the embed server or the store nothing can be searched. Without the rerank server answers
    are worse but there: taking the gateway out of service would not help anybody.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lock = asyncio.Lock()
        self._known: dict[str, object] | None = None
        self._asked_s = 0.0

    async def report(self, call: Call) -> tuple[int, dict[str, object]]:
        """Status and body."""
        async with self._lock:
            now_s = self._gateway.clock.monotonic_s()
            if self._known is None or now_s - self._asked_s >= _AGE_S:
                self._known, self._asked_s = await self._ask(call), now_s
            body = dict(self._known)
        if self._gateway.is_draining:
            body["status"] = "draining"
        return (200 if body["status"] in {"ready", "degraded"} else 503), body

    async def _ask(self, call: Call) -> dict[str, object]:
        embed, rerank, (store, has_collection) = await asyncio.gather(
            self._ask_model(self._gateway.embedding.server, call),
            self._ask_model(self._gateway.reranking.server, call),
            self._ask_store(call),
        )
        found = {"embed": embed, "rerank": rerank, "qdrant": store}
        problems = {name: problem for name, problem in found.items() if problem is not None}
        if "embed" in problems or "qdrant" in problems:
            status = "not_ready"
        else:
            status = "degraded" if problems else "ready"
        return {
            "status": status,
            "missing": sorted(problems),
            "problems": problems,
            "has_collection": has_collection,
        }

    async def _ask_model(self, server: ModelServer, call: Call) -> str | None:
        """What is wrong with a model server."""
        try:
            async with asyncio.timeout(_PROBE_S):
                await server.served(call, at_once=True)
        except RequestError as error:
            return f"{error.what}: {error.why}"
        except TimeoutError:
            return f"no answer within {_PROBE_S:.0f} s"
        return None

    async def _ask_store(self, call: Call) -> tuple[str | None, bool]:
        """What is wrong with the store, and whether it has the collection."""
        try:
            async with asyncio.timeout(_PROBE_S):
                return None, await self._gateway.searching.has_collection(call)
        except OperatorError as error:
            return error.why, False
        except TimeoutError:
            return f"no answer within {_PROBE_S:.0f} s", False
