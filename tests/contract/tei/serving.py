"""Runs a local TEI application in a thread of the test process, on a free loopback port."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from infra.local.tei.model.interface import LoadedModel
from infra.local.tei.server.assembly import build_app
from infra.local.tei.server.flags import read_flags
from tests.contract.tei.recorded_cases import ServerUnderTest

_DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, headers in the order in which they came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """A header's value."""
        return dict(self.headers).get(name)


class Client:
    """One kept-alive connection; opened again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_DEADLINE_S)

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """Send exactly these headers, and a content length unless they say chunked."""
        given = dict(headers or {})
        connection = self._connection
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in given.items():
            connection.putheader(name, value)
        if body is not None and "transfer-encoding" not in given:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Reply(answer.status, answer.getheaders(), answer.read())

    def post_json(self, path: str, text: str, key: str | None = None) -> Reply:
        """POST JSON text."""
        headers = {"content-type": "application/json"}
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        return self.send("POST", path, headers=headers, body=text.encode())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def running(server: ServerUnderTest, model: LoadedModel) -> Generator[int]:
    """The port of a server with the recorded flags and the given model."""
    role = "embed" if model.embedding is not None else "rerank"
    flags = ["--role", role, "--model-id", server.model, *server.flags]
    app = build_app(read_flags(flags, server.environment), model)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http="httptools",
        ws="none",
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
    )
    runner = uvicorn.Server(config)
    thread = threading.Thread(target=runner.run, name=f"tei-{server.key}")
    thread.start()
    try:
        wait_until(lambda: runner.started or not thread.is_alive())
        yield int(runner.servers[0].sockets[0].getsockname()[1])
    finally:
        runner.should_exit = True
        thread.join(timeout=_DEADLINE_S)
        assert not thread.is_alive(), "the server did not stop"


def wait_until(holds: Callable[[], bool]) -> None:
    """Poll until `holds`, for a bounded time."""
    deadline = time.monotonic() + _DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def raw_exchange(port: int, sent: bytes) -> bytes:
    """Everything the server sends on a connection that it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=_DEADLINE_S) as connection:
        connection.sendall(sent)
        received = bytearray()
        while block := connection.recv(65536):
            received += block
        return bytes(received)
