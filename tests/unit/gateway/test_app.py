"""The application in this process: routing, the last line of defence, logs, the open door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.clock import FakeClock
from infra.gateway.app import build_app
from infra.gateway.config import GatewayConfig, UpstreamAddresses, UpstreamKeys
from infra.gateway.errors import error_body, invalid_request
from infra.gateway.gateway import Gateway, build_gateway
from infra.gateway.keys import KeyRing, hash_key
from infra.gateway.metrics import Metrics
from infra.gateway.openapi import openapi_document
from infra.gateway.routes import ROUTES
from infra.settings import GatewaySettings, Target

EMBED = {"model": "bge-m3", "input": "text"}


class App:
    """A gateway in front of nothing, called without a network."""

    def __init__(self, folder: Path, settings: GatewaySettings) -> None:
        keys_file = folder / "keys.json"
        entry = {"name": "app", "sha256": hash_key("key"), "scopes": ["embed", "search", "index"]}
        keys_file.write_text(json.dumps({"keys": [entry]}), encoding="utf-8")
        clock = FakeClock()
        nowhere = "http://127.0.0.1:9"
        self.log: list[dict[str, object]] = []
        self.gateway: Gateway = build_gateway(
            GatewayConfig(
                target=Target.LOCAL,
                addresses=UpstreamAddresses(embed=nowhere, rerank=nowhere, qdrant=nowhere),
                gateway=settings,
            ),
            keys=KeyRing(keys_file, clock=clock),
            upstream_keys=UpstreamKeys(tei=None, qdrant=None),
            metrics=Metrics(),
            clock=clock,
        )
        self.asgi = build_app(self.gateway, self.log.append)

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            headers = {"authorization": "Bearer key"} | options.pop("headers", {})
            return await client.request(method, path, headers=headers, **options)

    def run(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def main() -> httpx.Response:
            try:
                return await self.ask(method, path, **options)
            finally:
                await self.gateway.close()

        return asyncio.run(main())


@pytest.fixture
def make_app(tmp_path: Path) -> Callable[..., App]:
    """Applications with the settings that a test names."""

    def make(**settings: Any) -> App:
        return App(tmp_path, GatewaySettings(**settings))

    return make


def test_a_bug_is_500_with_an_id_and_a_log_line(
    make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller gets no traceback; the log names the place in the code and no value."""
    app = make_app()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("секретное слово")

    monkeypatch.setattr(app.gateway.embedding, "embed", broken)
    answer = app.run("POST", "/v1/embeddings", json=EMBED, headers={"x-request-id": "abc"})
    assert answer.status_code == 500
    assert answer.json()["error"]["request_id"] == "abc"
    assert "RuntimeError" not in answer.text
    events = {str(entry["event"]): entry for entry in app.log}
    assert events["bug"]["exception"] == "RuntimeError"
    assert "test_app.py" in str(events["bug"]["at"])
    assert events["request"]["status"] == 500
    assert "секретное" not in str(app.log)


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/nothing", {}, 404, "not_found"),
        ("POST", "/v1/search/", {"json": {"query": "x"}}, 404, "not_found"),
        ("GET", "/v1/search", {}, 405, "method_not_allowed"),
        ("POST", "/v1/search", {"content": "x"}, 415, "not_json"),
        ("POST", "/v1/search", {"json": {"query": "x", "top_k": 51}}, 400, "invalid_request"),
        (
            "POST",
            "/v1/search",
            {"json": {"query": "x", "deadline_ms": 599_999}},
            400,
            "invalid_request",
        ),
        (
            "POST",
            "/v1/embeddings",
            {"json": EMBED | {"model": "x"}},
            404,
            "model_not_found",
        ),
        (
            "POST",
            "/v1/embeddings",
            {"json": {**EMBED, "dimensions": 2000}},
            400,
            "invalid_request",
        ),
        ("POST", "/v1/embeddings", {"json": EMBED, "headers": {"authorization": "x"}}, 401, None),
    ],
)
def test_what_is_refused_before_any_work(  # noqa: PLR0917 (a table of cases)
    make_app: Callable[..., App],
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
    code: str | None,
) -> None:
    """One error shape for all, with the id that the log line carries."""
    app = make_app()
    answer = app.run(method, path, **options)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {
        "message",
        "type",
        "param",
        "code",
        "what",
        "why",
        "remedy",
        "request_id",
    }
    assert code in {None, error["code"]}
    assert app.log[-1]["request_id"] == error["request_id"] == answer.headers["x-request-id"]
    assert app.log[-1]["error"] == error["code"]
    if status == 405:
        assert answer.headers["allow"] == "POST"


def test_more_open_requests_than_allowed_are_refused_unread(
    make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door is shut before keys and bodies are looked at; probes still get in."""
    app = make_app(max_open_requests=2)
    here = asyncio.Event()

    async def slow(*_: object, **__: object) -> None:
        here.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(app.gateway.embedding, "embed", slow)

    async def main() -> None:
        under_way = [
            asyncio.create_task(app.ask("POST", "/v1/embeddings", json=EMBED)) for _ in range(2)
        ]
        await here.wait()
        refused = await app.ask("POST", "/v1/embeddings", content=b"not even json")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert (await app.ask("GET", "/healthz")).status_code == 200
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        assert app.gateway.open_requests == 0
        assert app.gateway.admissions["queries"].running == 0  # type: ignore[index] (a StrEnum)
        await app.gateway.close()

    asyncio.run(main())


def test_an_answer_that_is_too_late_is_504(
    make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is cancelled at the deadline of the request."""
    app = make_app()
    cancelled: list[bool] = []

    async def slow(*_: object, **__: object) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    monkeypatch.setattr(app.gateway.embedding, "embed", slow)
    answer = app.run("POST", "/v1/embeddings", json={**EMBED, "deadline_ms": 60})
    assert answer.status_code == 504
    assert cancelled == [True]


def test_a_draining_gateway_says_so(make_app: Callable[..., App]) -> None:
    """/readyz turns 503 while /healthz stays 200, and connections are not kept."""
    app = make_app()
    app.gateway.is_draining = True

    async def main() -> list[httpx.Response]:
        try:
            return [await app.ask("GET", path) for path in ("/readyz", "/healthz")]
        finally:
            await app.gateway.close()

    ready, alive = asyncio.run(main())
    assert (ready.status_code, ready.json()["status"]) == (503, "draining")
    assert set(ready.json()["missing"]) == {"embed", "rerank", "qdrant"}
    assert alive.status_code == 200
    assert alive.headers["connection"] == "close"


def test_the_log_holds_the_query_only_on_request(
    make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`log_text` is the one way to get a query into the log."""

    async def fail(*_: object, **__: object) -> None:
        raise invalid_request("nothing", why="a test", remedy="none")

    for wanted in (False, True):
        app = make_app(log_text=wanted)
        monkeypatch.setattr(app.gateway.searching, "search", fail)
        app.run("POST", "/v1/search", json={"query": "особое слово"})
        assert ("особое" in str(app.log)) == wanted


def test_the_page_describes_every_route() -> None:
    """Paths, methods and error statuses of the table, and references that lead somewhere."""
    document = openapi_document()
    described = {
        (path, method.upper()) for path, methods in document["paths"].items() for method in methods
    }
    assert described == {(route.path, route.method) for route in ROUTES}
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])


def test_error_answers_have_the_fields_that_openai_clients_read() -> None:
    """message, type, param and code, whatever the error."""
    body: Any = error_body(invalid_request("a", why="b", remedy="c", param="p"), "id")
    assert body["error"]["message"] == "a: b. c"
    assert body["error"]["type"] == "invalid_request_error"
    assert body["error"]["param"] == "p"
