"""One process per data folder, held by an operating-system lock that dies with the process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from infra.errors import ExitCode, OperatorError

LOCK_FILE = ".lock"


class StorageInUseError(OperatorError):
    """Another process already serves this data folder."""

    exit_code = ExitCode.ANSWER_IS_NO


def lock_folder(folder: Path) -> int:
    """Lock `folder`, which must exist; the returned descriptor holds the lock until closed.

    Raises:
        StorageInUseError: another process holds it.
    """
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StorageInUseError(
            f"data folder {folder} is in use",
            why="another local Qdrant process serves it, and the engine allows one",
            remedy="stop that process, or give this one another --storage folder",
        ) from error
    return descriptor
