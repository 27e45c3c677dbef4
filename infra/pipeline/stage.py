"""Threads that do one kind of task side by side, within a bound. Knows nothing of the tasks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Trouble:
    """The first failure in any stage; after it no stage begins another task."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: BaseException | None = None

    @property
    def happened(self) -> bool:
        return self._first is not None

    def note(self, error: BaseException) -> None:
        """Keep `error` unless there was one before."""
        with self._lock:
            self._first = self._first or error

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self._first is not None:
            raise self._first


class Stage:
    """`threads` threads. `submit` waits while `most` tasks are unfinished, which bounds what they
    hold in memory. A stage may submit to a later one, never to itself."""

    def __init__(self, name: str, *, threads: int, most: int, trouble: Trouble) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self._slots = threading.Semaphore(most)
        self._trouble = trouble

    def submit(self, task: Callable[[], None]) -> None:
        """Have `task` done, unless something failed before it begins.

        Raises:
            Exception: the first failure of any stage.
        """
        self._slots.acquire()
        try:
            self._trouble.check()
            self._pool.submit(self._run, task)
        except BaseException:
            self._slots.release()
            raise

    def close(self) -> None:
        """Return when every task has ended or been given up."""
        self._pool.shutdown(wait=True)

    def _run(self, task: Callable[[], None]) -> None:
        try:
            if not self._trouble.happened:
                task()
        except BaseException as error:  # noqa: BLE001 (raised again where somebody waits)
            self._trouble.note(error)
        finally:
            self._slots.release()
