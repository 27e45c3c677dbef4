"""Tells a plugin process that the engine which started it is gone.

The engine stops its plugins itself; only a killed engine does not, and its plugins would stay.
"""

from __future__ import annotations

import os
from threading import Event

# How long a plugin outlives a killed engine, at most.
_POLL_S = 1.0


def wait_for_end(stop: Event) -> None:
    """Return when `stop` is set, or within a second after the parent process is gone."""
    parent = os.getppid()
    while not stop.wait(_POLL_S):
        if os.getppid() != parent:
            return
