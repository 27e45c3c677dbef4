"""One turn at a time for each server, among all threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from infra.errors import ServiceUnavailableError

_LOCKS: dict[str, threading.Lock] = {}
_LOCKS_LOCK = threading.Lock()


@contextmanager
def turn(address: str, *, wait_s: float) -> Generator[None]:
    """Hold the server at `address` for the body.

    Raises:
        ServiceUnavailableError: others held it for all of `wait_s` seconds.
    """
    with _LOCKS_LOCK:
        lock = _LOCKS.setdefault(address, threading.Lock())
    if not lock.acquire(timeout=min(wait_s, threading.TIMEOUT_MAX)):
        raise ServiceUnavailableError(
            f"no turn at {address} for the token rows of a text",
            why="a server with CLS pooling gives them to one text at a time, and others had it",
            remedy="repeat it, or start the server with `--pooling mean` (docs/sparse.md)",
        )
    try:
        yield
    finally:
        lock.release()
