"""The Python client against a gateway of canned answers: what it repeats, what it raises."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.client import (
    BothVectors,
    GatewayBusyError,
    GatewayError,
    GatewayRefusedError,
    GatewayUnavailableError,
    RetrievalClient,
)
from infra.clock import FakeClock
from loadtests.paced.threads import served

FOUND: dict[str, Any] = {"request_id": "r", "answers": [], "degraded": [], "stage_ms": {}}


class Canned:
    """Answers in turn, the last one for ever; `bodies` is what came in."""

    def __init__(self) -> None:
        self.replies: list[tuple[int, dict[str, str], Any]] = []
        self.bodies: list[Any] = []
        self.address = ""

    def app(self) -> Starlette:
        async def answer(request: Request) -> Response:
            self.bodies.append(await request.json())
            status, headers, body = (
                self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            )
            return JSONResponse(body, status_code=status, headers=headers)

        async def models(_request: Request) -> Response:
            return JSONResponse({"data": [{"role": "embed", "id": "m"}]})

        return Starlette(
            routes=[
                Route("/v1/search", answer, methods=["POST"]),
                Route("/v1/embeddings", answer, methods=["POST"]),
                Route("/v1/models", models),
            ]
        )


@pytest.fixture
def canned() -> Iterator[Canned]:
    """A server on a free port, for one test."""
    server = Canned()
    with served([server.app()]) as addresses:
        server.address = addresses[0]
        yield server


def error(code: str) -> dict[str, Any]:
    return {"error": {"message": f"it says {code}", "code": code, "request_id": "abc"}}


def search(canned: Canned, clock: FakeClock, timeout_s: float = 30.0) -> Any:
    return RetrievalClient(canned.address, "key", timeout_s=timeout_s, clock=clock).search("q")


def test_busy_and_away_are_repeated_after_the_time_they_name(canned: Canned) -> None:
    """429 and 503 with Retry-After, then success: one result, the waits as asked for."""
    canned.replies = [
        (429, {"retry-after": "2"}, error("overloaded")),
        (503, {"retry-after": "3"}, error("embed_unavailable")),
        (200, {}, FOUND),
    ]
    clock = FakeClock()
    assert search(canned, clock).request_id == "r"
    assert clock.sleeps_s == [2, 3]
    assert [body["deadline_ms"] for body in canned.bodies] == [30_000, 28_000, 25_000]


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (400, {}, GatewayRefusedError),
        (401, {}, GatewayRefusedError),
        (429, {}, GatewayBusyError),
        (500, {"retry-after": "1"}, GatewayUnavailableError),
        (502, {}, GatewayUnavailableError),
        (503, {}, GatewayUnavailableError),
        (504, {}, GatewayUnavailableError),
    ],
)
def test_the_rest_is_raised_at_once(
    canned: Canned, status: int, headers: dict[str, str], kind: type[GatewayError]
) -> None:
    """One call, one typed error with status, code and id."""
    canned.replies = [(status, headers, error("some_code"))]
    with pytest.raises(kind) as raised:
        search(canned, FakeClock())
    assert (raised.value.status, raised.value.code) == (status, "some_code")
    assert raised.value.request_id == "abc"
    assert len(canned.bodies) == 1


def test_a_wait_past_the_timeout_is_not_begun(canned: Canned) -> None:
    """A Retry-After longer than what is left ends the call."""
    canned.replies = [(429, {"retry-after": "60"}, error("overloaded"))]
    clock = FakeClock()
    with pytest.raises(GatewayBusyError):
        search(canned, clock, timeout_s=10)
    assert clock.sleeps_s == []


def test_an_answer_that_is_no_json_is_still_a_typed_error(canned: Canned) -> None:
    """A proxy's page in place of an answer keeps its status."""
    canned.replies = [(502, {}, "<html>")]
    with pytest.raises(GatewayUnavailableError) as raised:
        search(canned, FakeClock())
    assert raised.value.status == 502


def test_both_vectors_of_a_text(canned: Canned) -> None:
    """They are asked for by one field and come as a record of both; else it is not sent."""
    packed = base64.b64encode(struct.pack("<2f", 0.0, 1.0)).decode()
    entry = {"embedding": packed, "sparse_embedding": {"indices": [3, 7], "values": [0.5, 0.25]}}
    canned.replies = [(200, {}, {"data": [entry]})]
    client = RetrievalClient(canned.address, "key", clock=FakeClock())
    assert client.embed(["a"], sparse=True) == [
        BothVectors(dense=(0.0, 1.0), indices=(3, 7), values=(0.5, 0.25))
    ]
    assert client.embed(["a"]) == [(0.0, 1.0)]
    assert [body.get("sparse") for body in canned.bodies] == [True, None]
