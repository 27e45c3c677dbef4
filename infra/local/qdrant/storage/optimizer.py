"""Background optimisation: builds HNSW indexes and quantized vectors beside the running service.

A shard that holds more unindexed vectors than its threshold is copied (writes wait, reads do not),
the copy is optimised by a child process, the writes since are applied to it, and it takes over.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from infra.local.qdrant.errors import ApiError
from infra.local.qdrant.storage.catalog import Catalog
from infra.local.qdrant.storage.collection import Collection, StaleCopyError
from infra.local.qdrant.storage.files import copy_folder, remove_folder, sync_folder

PERIOD_S = 0.5
"""How often collections are looked at; a round without writes ends a burst of them."""

MOST_ROUNDS = 20
"""Rounds that a burst of writes may put the optimisation off."""

_CHILD = Path(__file__).with_name("optimize_shard.py")


@dataclass
class _Burst:
    """Writes of a collection seen in the last round, and rounds in which there were new ones."""

    writes: int = 0
    rounds: int = 0


class Optimizer:
    """One thread for all collections of a catalog; `start` it, and `stop` it before closing."""

    def __init__(self, catalog: Catalog, *, period_s: float = PERIOD_S) -> None:
        self._catalog = catalog
        self._period_s = period_s
        self._stopping = threading.Event()
        self._child: subprocess.Popen[str] | None = None
        self._bursts: WeakKeyDictionary[Collection, _Burst] = WeakKeyDictionary()
        self._thread = threading.Thread(target=self._run, name="optimizer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread and its child; a half-optimised copy is dropped."""
        self._stopping.set()
        child = self._child
        if child is not None:
            child.terminate()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._period_s):
            for collection in list(self._catalog.collections.values()):
                self._attend(collection)

    def _attend(self, collection: Collection) -> None:
        try:
            due = collection.indexing.error is None and collection.needs_optimizing()
            if due and self._burst_is_over(collection) and not self._stopping.is_set():
                collection.indexing.patched = False
                self._optimize(collection)
        except (ApiError, StaleCopyError):
            return  # deleted or reconfigured meanwhile: the next round looks again
        except Exception as error:  # noqa: BLE001  # the engine raises plain Exception
            if not self._stopping.is_set():
                collection.indexing.error = str(error)
        finally:
            collection.indexing.running = False

    def _burst_is_over(self, collection: Collection) -> bool:
        burst = self._bursts.setdefault(collection, _Burst())
        writes = collection.indexing.writes
        burst.rounds = 0 if writes == burst.writes else burst.rounds + 1
        burst.writes = writes
        return burst.rounds == 0 or burst.rounds >= MOST_ROUNDS

    def _optimize(self, collection: Collection) -> None:
        source, generation = collection.generation, collection.generation + 1
        target = collection.shard_path(generation)
        collection.indexing.running = True
        try:
            with collection.journaled_copy(lambda shard: copy_folder(shard, target)) as config:
                self._run_child(target)
                sync_folder(target)
                collection.switch(generation, config, self._catalog.save)
        except BaseException:
            remove_folder(target)
            raise
        remove_folder(collection.shard_path(source))

    def _run_child(self, folder: Path) -> None:
        command = [sys.executable, str(_CHILD), str(folder), str(os.getpid())]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self._stopping.is_set():
            self._child.terminate()  # `stop` may have come before there was a child
        _, errors = self._child.communicate()
        code, self._child = self._child.returncode, None
        if code != 0:
            lines = errors.strip().splitlines() or [f"exit code {code}"]
            raise RuntimeError(f"optimisation failed: {lines[-1]}")
