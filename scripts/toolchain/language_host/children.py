"""Processes that the language host starts, so that none outlives it.

The engine puts a plugin into a process group of its own and interrupts that whole group at the
end; this module covers the other ways to end: a cancelled call, and an engine that was killed.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from threading import Lock

# Seconds that a program gets after an interrupt; upstream's host waits as long.
GRACE_S = 5.0


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

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Interrupt a process and kill it when it has not ended after `GRACE_S` seconds."""
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self) -> None:
        """Stop whatever is still running."""
        with self._lock:
            running = list(self._running)
        for process in running:
            self.stop(process)
