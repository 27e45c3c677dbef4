"""Calls an ASGI application without a socket, for tests of what a server answers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from infra.local.tei.model.interface import LoadedModel
from infra.local.tei.model.loading import load_model
from infra.local.tei.server.app import Message, TeiApp
from infra.local.tei.server.assembly import build_app
from infra.local.tei.server.flags import ServerSettings


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def server(role: str = "embed", model: LoadedModel | None = None, **settings: Any) -> TeiApp:
    """An application with the weight-free model of a role, or with the given model."""
    chosen = ServerSettings(role="rerank" if role == "rerank" else "embed", **settings)
    return build_app(chosen, model or load_model(chosen.role, chosen.dimensions))


def call(app: TeiApp, method: str, path: str, body: Any = None) -> Reply:
    """One call with a JSON body."""
    return asyncio.run(_call(app, method, path, body))


async def _call(app: TeiApp, method: str, path: str, body: Any) -> Reply:
    sent: list[Message] = []
    waiting = [{"type": "http.request", "body": b"" if body is None else json.dumps(body).encode()}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    await app(scope, receive, send)
    start, *parts = sent
    return Reply(
        status=start["status"],
        headers={name.decode(): value.decode() for name, value in start["headers"]},
        body=b"".join(part["body"] for part in parts),
    )
