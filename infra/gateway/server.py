"""Runs the application until it is told to stop, then lets what is under way finish."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Generator

import uvicorn

from infra.gateway.app import build_app
from infra.gateway.gateway import Gateway


class DrainingServer(uvicorn.Server):
    """A server that first says that it will leave, and only then closes its door.

    SIGTERM and SIGINT: /readyz answers 503 for `drain_notice_ms` while requests are still taken,
    then no new ones are, and those in flight get `drain_ms`. A second signal ends it at once.
    SIGHUP reads the keys file again.
    """

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """In place of uvicorn's own handlers, which end the process by the signal itself."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._begin_to_leave)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._gateway.keys.refresh(at_once=True))
        yield

    def _begin_to_leave(self) -> None:
        if self._gateway.is_draining:
            self.force_exit = self.should_exit = True
            return
        self._gateway.is_draining = True
        notice_s = self._gateway.config.gateway.drain_notice_ms / 1000
        asyncio.get_running_loop().call_later(notice_s, self._close_door)

    def _close_door(self) -> None:
        self.should_exit = True


def serve(gateway: Gateway, *, host: str, port: int) -> int:
    """Serve until a signal; the exit code of the process: 0 after a drain, 1 if it never began."""
    server = DrainingServer(
        uvicorn.Config(
            build_app(gateway),
            host=host,
            port=port,
            http="httptools",
            loop="asyncio",
            lifespan="on",
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=max(1, gateway.config.gateway.drain_ms // 1000),
        ),
        gateway,
    )
    try:
        server.run()
    except SystemExit:  # uvicorn's own code for a port in use; the reason is on stderr
        return 1
    return 0 if server.started else 1
