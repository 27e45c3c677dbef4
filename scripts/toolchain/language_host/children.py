"""Processes that the language host starts, so that none outlives it.

The engine ends a plugin by interrupting its whole process group. A Python program in that group
would answer with a traceback over the engine's own message, so children get groups of their own
and are ended from here, quietly: at the engine's interrupt, at a cancelled call, and when the
engine was killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock

# How long a child may take to end; the engine kills this host 5 s after it has interrupted it.
GRACE_S = 3.0


class Children:
    """Starts processes and remembers them until they have ended."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = Lock()

    def start(
        self, argv: Sequence[str], *, env: Mapping[str, str], cwd: str | None, piped: bool
    ) -> subprocess.Popen[bytes]:
        """Start a process without input; `piped` keeps its output for us, else it shares ours.

        Raises:
            OSError: the interpreter is missing or cannot be executed.
        """
        output = subprocess.PIPE if piped else None
        process = subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd or None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
        with self._lock:
            self._running.add(process)
        return process

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for a process to end; its exit code, negative for a signal."""
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        return code

    def stop(self, *processes: subprocess.Popen[bytes]) -> None:
        """Terminate processes; kill the whole group of one that has not ended after `GRACE_S`."""
        running = [process for process in processes if process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE_S
        for process in running:
            try:
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def stop_all(self) -> None:
        """Stop whatever is still running."""
        with self._lock:
            running = list(self._running)
        self.stop(*running)
