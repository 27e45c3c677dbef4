"""Runs one ASGI application as a local service process: loopback only, quiet, ends on SIGTERM."""

from __future__ import annotations

import ipaddress
import signal
import sys
from typing import Any

import uvicorn

from infra.errors import UsageError


def serve(app: Any, *, host: str, port: int, drain_s: int = 10) -> int:
    """Serve `app` until SIGTERM or SIGINT; requests in flight get `drain_s` seconds to finish.

    Returns:
        The exit code that TEI and Qdrant have as well: 0 after a signal, 1 when it cannot listen
        (the reason is on stderr).

    Raises:
        UsageError: `host` is not a loopback address; the local target never listens elsewhere.
    """
    if not ipaddress.ip_address(host).is_loopback:
        raise UsageError(
            f"host {host} refused",
            why="the local services listen on loopback addresses only",
            remedy="use 127.0.0.1 or ::1",
        )
    # uvicorn drains and then raises the signal once more: that is a clean end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
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
    except SystemExit as ended:
        return 1 if ended.code else 0  # uvicorn has codes of its own
    return 0
