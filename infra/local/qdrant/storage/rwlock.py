"""A lock for many users at once or one owner alone."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager


class SharedLock:
    """`shared` may be held by many threads, `exclusive` by one while nobody shares.

    A waiting owner lets no new user in, so a stream of users cannot starve it. Not reentrant.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._users = 0
        self._owned = False

    @contextmanager
    def shared(self) -> Generator[None]:
        with self._condition:
            self._condition.wait_for(lambda: not self._owned)
            self._users += 1
        try:
            yield
        finally:
            with self._condition:
                self._users -= 1
                self._condition.notify_all()

    @contextmanager
    def exclusive(self) -> Generator[None]:
        with self._condition:
            self._condition.wait_for(lambda: not self._owned)
            self._owned = True
            self._condition.wait_for(lambda: self._users == 0)
        try:
            yield
        finally:
            with self._condition:
                self._owned = False
                self._condition.notify_all()
