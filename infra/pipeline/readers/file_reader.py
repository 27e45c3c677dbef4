"""Reads files of strangers: what a library may trip over is read in a process that can be stopped.

Not a sandbox: the process may do what its user may. It bounds time and memory, and a crash ends it
alone.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.clock import Clock, SystemClock
from infra.pipeline.readers.formats import format_of
from infra.pipeline.readers.frames import (
    HEAD,
    document_from_json,
    frame,
    options_to_json,
    read_frame,
)
from infra.pipeline.readers.records import ReadDocument, ReadOptions, UnreadableDocumentError
from infra.pipeline.readers.simple import SIMPLE_FORMATS, check_size, read_simple

_CODE_ROOT = Path(__file__).resolve().parents[3]
# Isolated, so that neither the working folder nor the environment decides which code runs.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from infra.pipeline.readers.child import main; main()"
)
_PIPE_BYTES = 256 * 1024
_GOODBYE_SECONDS = 5.0


class FileReader:
    """Reads one file after another; close it, or use it in a `with` statement.

    The process starts with the first file that needs it, and anew after one that was stopped. A
    reader serves one thread.
    """

    def __init__(self, options: ReadOptions | None = None, *, clock: Clock | None = None) -> None:
        self._options = options or ReadOptions()
        self._clock = clock or SystemClock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, name: str, data: bytes) -> list[ReadDocument]:
        """The documents in a file: many in a JSONL file, else one.

        Raises:
            UnreadableDocumentError: the file cannot be read, with the one reason.
        """
        check_size(data, self._options.limits)
        found = format_of(name, data)
        if found in SIMPLE_FORMATS:
            return read_simple(name, data, found, self._options)
        message = {"name": name, "options": options_to_json(self._options)}
        reply = self._exchange(frame(message, data))
        if "reason" in reply:
            raise UnreadableDocumentError(reply["reason"])
        return [document_from_json(document) for document in reply["documents"]]

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_GOODBYE_SECONDS)  # it ends when its input does
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _exchange(self, request: bytes) -> dict[str, Any]:
        process = self._running()
        try:
            reply = _talk(process, request, self._clock, self._options.limits.max_seconds)
        except TimeoutError as error:
            self._stop()
            reason = f"takes longer than {self._options.limits.max_seconds:g} s to read"
            raise UnreadableDocumentError(reason) from error
        except OSError as error:
            self._stop()
            raise UnreadableDocumentError("crashed the library that reads it") from error
        except BaseException:
            self._stop()  # interrupted half-way: the next reply would be this one's
            raise
        received = read_frame(BytesIO(reply))
        if received is None:
            self._stop()
            raise UnreadableDocumentError("crashed the library that reads it")
        return received[0]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, str(_CODE_ROOT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    os.set_blocking(pipe.fileno(), False)
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
        self.close()


def _talk(
    process: subprocess.Popen[bytes], request: bytes, clock: Clock, seconds: float
) -> bytearray:
    """Send the request and gather the reply; what comes back is short when the process died.

    Raises:
        TimeoutError: it took longer than `seconds`.
        OSError: the process ended before it took the request.
    """
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    deadline = clock.monotonic_s() + seconds
    left = memoryview(request)
    reply = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        while not _is_whole(reply):
            remaining = deadline - clock.monotonic_s()
            if remaining <= 0:
                raise TimeoutError
            for key, events in selector.select(remaining):
                if events & selectors.EVENT_WRITE:
                    left = left[os.write(key.fd, left[:_PIPE_BYTES]) :]
                    if not left:
                        selector.unregister(process.stdin)
                else:
                    piece = os.read(key.fd, _PIPE_BYTES)
                    if not piece:
                        return bytearray()
                    reply += piece
    return reply


def _is_whole(reply: bytearray) -> bool:
    if len(reply) < HEAD.size:
        return False
    return len(reply) >= HEAD.size + sum(HEAD.unpack_from(reply))
