"""The process that reads files: one frame in, one frame out, until its input ends.

A library that hangs, crashes or eats memory takes this process with it and nothing else. It bounds
its own memory and processor time, so that it ends even when its parent is gone.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import sys
from typing import Any

from infra.pipeline.readers.frames import (
    document_to_json,
    frame,
    options_from_json,
    read_frame,
)
from infra.pipeline.readers.read import read_format
from infra.pipeline.readers.records import MIB, ReadLimits, UnreadableDocumentError

# The parent stops a slow file; this is for when there is no parent any more.
_SPARE_SECONDS = 5


def main() -> None:
    """Serve frames of standard input on standard output."""
    # What a library prints must not get between the frames.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        while (request := read_frame(sys.stdin.buffer)) is not None:
            message, data = request
            replies.write(frame(answer(message, data)))
            replies.flush()


def answer(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    """The documents of one file, or the reason why there are none."""
    options = options_from_json(message["options"])
    _bound(options.limits)
    try:
        documents = read_format(message["name"], data, options)
    except UnreadableDocumentError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": f"needs more than {options.limits.max_memory_bytes // MIB} MiB to read"}
    except Exception as error:  # noqa: BLE001 - a defect of a reader must not stop a run of many files
        return {"reason": f"made its reader fail ({type(error).__name__}); please report it"}
    return {"documents": [document_to_json(document) for document in documents]}


def _bound(limits: ReadLimits) -> None:
    # macOS knows the limit of memory but does not let it be set.
    with contextlib.suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limits.max_memory_bytes, most))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = usage.ru_utime + usage.ru_stime + limits.max_seconds + _SPARE_SECONDS
    with contextlib.suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), most))
