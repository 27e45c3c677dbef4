"""The dynamic provider's process beside a built CLI: the SDK's own server, and no orphan.

`python -m pulumi.dynamic` serves until it is interrupted, so a killed engine would leave it
behind. Here a watcher interrupts it then: calls in flight still finish.
"""

from __future__ import annotations

import os
import runpy
import signal
from threading import Event, Thread

from scripts.toolchain.parent_watch import wait_for_end


def main() -> None:
    """Serve the dynamic provider until the engine interrupts this process, or is gone."""
    Thread(target=_interrupt_when_orphaned, daemon=True).start()
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


def _interrupt_when_orphaned() -> None:
    wait_for_end(Event())
    os.kill(os.getpid(), signal.SIGINT)
