"""Serves ASGI applications from a thread of this process, on free loopback ports."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn

_START_S = 10
_STOP_S = 10


@contextmanager
def served(apps: Sequence[Any]) -> Generator[list[str]]:
    """The address of each application, on one loop in one thread, during the body."""
    sockets = [_bound() for _ in apps]
    servers = [
        uvicorn.Server(
            uvicorn.Config(
                app,
                http="httptools",
                loop="asyncio",
                lifespan="off",
                log_level="error",
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        for app in apps
    ]

    async def run() -> None:
        pairs = zip(servers, sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in pairs))

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    ends_s = _START_S
    wait = threading.Event()
    while not all(server.started for server in servers):
        if ends_s <= 0 or not thread.is_alive():
            raise RuntimeError("a paced server did not start")
        wait.wait(0.01)
        ends_s -= 0.01
    try:
        yield [f"http://127.0.0.1:{bound.getsockname()[1]}" for bound in sockets]
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(_STOP_S)


def _bound() -> socket.socket:
    # asyncio switches Nagle's algorithm off only for sockets that say they are TCP; with it on,
    # every answer would wait 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    return listener
