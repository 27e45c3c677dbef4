"""The real transport against a small HTTP server on loopback.

It listens because only a real connection shows what is sent and how a lost one is told.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from infra.pipeline.retry import TryAgainError
from infra.pipeline.transport import HttpTransport, Reply


class Server(ThreadingHTTPServer):
    """Keeps the requests that came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Answers by path: `/moved` redirects, `/broken` promises more than it sends."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tests stay quiet."""

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        assert isinstance(self.server, Server)
        self.server.seen.append((self.command, self.path, headers, body))
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("location", "/elsewhere")
        else:
            self.send_response(429 if self.path == "/full" else 200)
        self.send_header("content-length", "100" if self.path == "/broken" else "2")
        self.end_headers()
        self.wfile.write(b"ok")
        self.close_connection = self.path == "/broken"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join(timeout=5)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


def test_a_post_carries_key_and_plain_utf8(server: Server, session: requests.Session) -> None:
    """JSON without escapes, the key as TEI wants it."""
    transport = HttpTransport(server.address + "/", api_key="k", session=session)
    assert transport.post("/embed", {"inputs": ["ёж"]}) == Reply(200, b"ok")
    method, path, headers, body = server.seen[0]
    assert (method, path) == ("POST", "/embed")
    assert headers["authorization"] == "Bearer k"
    assert headers["content-type"] == "application/json"
    assert "ёж".encode() in body
    assert json.loads(body) == {"inputs": ["ёж"]}


def test_without_a_key_no_header_is_sent(
    server: Server, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one from the user's environment, and no proxy from there."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert HttpTransport(server.address, api_key=None, session=session).get("/info").status == 200
    assert "authorization" not in server.seen[0][2]


@pytest.mark.parametrize(("path", "status"), [("/full", 429), ("/moved", 307)])
def test_every_status_is_a_reply(
    server: Server, session: requests.Session, path: str, status: int
) -> None:
    """The caller judges; a redirect is not followed, since the key would go with it."""
    transport = HttpTransport(server.address, api_key="k", session=session)
    assert transport.get(path).status == status
    assert len(server.seen) == 1


def test_nobody_listens(session: requests.Session, free_port: int) -> None:
    """A refused connection may pass, and says so in two words."""
    transport = HttpTransport(f"http://127.0.0.1:{free_port}", api_key=None, session=session)
    with pytest.raises(TryAgainError, match=r"^Connection refused$"):
        transport.get("/info")


def test_a_server_that_goes_away_in_the_middle(server: Server, session: requests.Session) -> None:
    """Half an answer is no answer."""
    transport = HttpTransport(server.address, api_key=None, session=session)
    with pytest.raises(TryAgainError):
        transport.get("/broken")
