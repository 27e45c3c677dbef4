"""The number of the last operation of a collection, kept beside its shard."""

from __future__ import annotations

import os
import struct
from pathlib import Path

_FORMAT = struct.Struct("<Q")


class OperationCounter:
    """Counts operations from 1, as answers show them.

    The count is written after the engine took the operation, without a sync: it survives a killed
    process. Killed between the two, the count lags by one; ids of later answers are then one too
    small, which no client depends on, and no data is touched.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        stored = os.pread(self._descriptor, _FORMAT.size, 0)
        self.last: int = _FORMAT.unpack(stored)[0] if len(stored) == _FORMAT.size else 0

    def advance(self) -> int:
        self.last += 1
        os.pwrite(self._descriptor, _FORMAT.pack(self.last), 0)
        return self.last

    def close(self) -> None:
        os.close(self._descriptor)
