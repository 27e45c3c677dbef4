"""Child process: optimises one copy of a shard and exits; run as a file, imports only the engine.

It is a process of its own because the engine holds the interpreter lock while it optimises, which
would stop the server from answering. It dies with its parent where the system can arrange that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

import qdrant_edge

_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h: the signal to get when the parent dies."""


def main(folder: str, parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return  # the parent died before the line above
    shard = qdrant_edge.EdgeShard.load(folder)
    shard.optimize()
    shard.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
