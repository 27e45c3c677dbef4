"""Runs one ASGI application as a local service process: loopback only, quiet, ends on SIGTERM."""

from __future__ import annotations

import ipaddress
from typing import Any

import uvicorn

from infra.errors import UsageError


def serve(app: Any, *, host: str, port: int, drain_s: int = 10) -> None:
    """Serve `app` until SIGTERM or SIGINT; requests in flight get `drain_s` seconds to finish.

    A busy port ends the process with exit code 1, as TEI and Qdrant do.

    Raises:
        UsageError: `host` is not a loopback address; the local target never listens elsewhere.
    """
    if not ipaddress.ip_address(host).is_loopback:
        raise UsageError(
            f"host {host} refused",
            why="the local services listen on loopback addresses only",
            remedy="use 127.0.0.1 or ::1",
        )
    uvicorn.run(
        app,
        host=host,
        port=port,
        http="httptools",
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=drain_s,
    )
