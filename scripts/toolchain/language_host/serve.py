"""The process of the language host: arguments `FOLDER [FLAGS...] [ENGINE_ADDRESS]`.

FOLDER holds the exec script and is put there by the launcher; the engine adds the rest. The first
line of output is the port, and nothing may come before it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from threading import Event

from scripts.toolchain.language_host.program import HostFacts
from scripts.toolchain.language_host.server import LanguageHost
from scripts.toolchain.launchers import EXEC_SCRIPT
from scripts.toolchain.parent_watch import wait_for_end


def main() -> None:
    """Serve until the engine interrupts this process, or is gone."""
    folder, *rest = sys.argv[1:]
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    host = LanguageHost(
        HostFacts(
            engine_address=rest[-1] if rest else "",
            exec_script=Path(folder, EXEC_SCRIPT),
            python=sys.executable,
            # A program and its plugins see the environment that the engine gave to this host.
            env=dict(os.environ),  # noqa: TID251 - a plugin process hands its environment on
        )
    )
    host.start()
    sys.stdout.write(f"{host.port}\n")
    sys.stdout.flush()
    wait_for_end(stop)
    host.stop()
