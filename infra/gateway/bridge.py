"""Lets the synchronous pipeline run in worker threads while its calls run on the event loop.

The loop can cancel a call at a deadline and a thread cannot: so the thread waits, the loop calls.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

from infra.gateway.errors import AbandonedError

T = TypeVar("T")


class Bridge:
    """Between one request's worker thread and the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._current: Future[Any] | None = None
        self._is_abandoned = False

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Called in the thread: the result of a coroutine that runs on the loop.

        Raises:
            AbandonedError: the request has ended, so the thread should end as well.
        """
        with self._lock:
            if self._is_abandoned:
                coroutine.close()
                raise AbandonedError
            self._current = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return self._current.result()
        except CancelledError as error:
            raise AbandonedError from error

    def check(self) -> None:
        """Called in the thread: ends it if the request has ended.

        Raises:
            AbandonedError: the request has ended.
        """
        if self._is_abandoned:
            raise AbandonedError

    def abandon(self) -> None:
        """Called on the loop: the request has ended, whatever the thread still does."""
        with self._lock:
            self._is_abandoned = True
            if self._current is not None:
                self._current.cancel()


async def in_thread(pool: ThreadPoolExecutor, work: Callable[[Bridge], T]) -> T:
    """The result of `work` in a worker thread; cancelling this gives its calls up as well."""
    loop = asyncio.get_running_loop()
    bridge = Bridge(loop)
    running = loop.run_in_executor(pool, work, bridge)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        bridge.abandon()
        # The thread ends by itself soon; its AbandonedError is nobody's concern.
        running.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        raise
