"""One open collection: the engine's shard with its numbering, its locks and its indexing state.

Engine calls block and hold the interpreter lock; callers run this off the event loop. Each
operation of the server's numbering is exactly one engine update, so that the engine's point
versions are the server's, less one.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import qdrant_edge as edge

from infra.local.qdrant.config import CollectionConfig
from infra.local.qdrant.config_engine import engine_config
from infra.local.qdrant.config_fields import named
from infra.local.qdrant.errors import LateError, collection_not_found, from_engine
from infra.local.qdrant.field_index import FieldSchema
from infra.local.qdrant.storage.op_counter import OperationCounter
from infra.local.qdrant.storage.rwlock import SharedLock
from infra.local.qdrant.vectors import VectorSpec

T = TypeVar("T")

BYTES_PER_FLOAT = 4


class StaleCopyError(Exception):
    """The collection was reconfigured while its copy was optimised; the copy is of no use."""


@dataclass
class IndexingState:
    """What the background optimisation does for a collection; read for its colour.

    Args:
        running: a copy of the shard is being optimised.
        error: why the last optimisation failed; cleared by the next write.
        settled: vectors that the last optimisation left unindexed, as too few for an index.
        patched: the configuration changed and nobody has looked yet whether work follows.
        writes: operations since the service started.
    """

    running: bool = False
    error: str | None = None
    settled: int = 0
    patched: bool = False
    writes: int = 0


class Collection:
    """An open collection; `write_lock` orders its writes, reads run beside them.

    `folder` holds `shard-<generation>` and the operation counter.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        config: CollectionConfig,
        generation: int = 0,
        indexes: dict[str, FieldSchema] | None = None,
    ) -> None:
        self.name = name
        self.folder = folder
        self.config = config
        self.generation = generation
        self.indexes = indexes or {}
        self.indexing = IndexingState()
        self.write_lock = threading.RLock()
        self._in_use = SharedLock()
        self._judged: tuple[tuple[int, int, int, bool], bool] | None = None
        self._journal: list[edge.UpdateOperation] | None = None
        self._counter = OperationCounter(folder / "operations")
        self._shard: edge.EdgeShard | None = self._open()
        self.specs = vector_specs(config)

    def shard_path(self, generation: int) -> Path:
        return self.folder / f"shard-{generation}"

    def read(self, action: Callable[[edge.EdgeShard], T]) -> T:
        """What `action` returns for the shard.

        Raises:
            ApiError: the engine refused, or the collection is gone.
        """
        with self._in_use.shared():
            return self._call(action)

    def update(self, operation: edge.UpdateOperation) -> int:
        """Apply one operation and return its number.

        Raises:
            LateError: the engine refused it; the number is used up all the same.
        """
        with self.write_lock, self._in_use.shared():
            shard = self._require_shard()
            self.indexing.error = None
            self.indexing.writes += 1
            if self._journal is not None:
                self._journal.append(operation)
            try:
                shard.update(operation)
            except Exception as error:  # the engine raises plain Exception
                raise LateError(from_engine(error), self._counter.advance()) from error
            return self._counter.advance()

    def skip_number(self) -> int:
        """Use up one operation number without changing anything."""
        return self.update(edge.UpdateOperation.delete_points([]))

    def reconfigure(self, config: CollectionConfig) -> None:
        """Reopen the shard under another configuration; on failure the old one stays."""
        with self.write_lock, self._in_use.exclusive():
            self._require_shard().close()
            path = str(self.shard_path(self.generation))
            try:
                self._shard = edge.EdgeShard.load(path, engine_config(config))
            except Exception as error:
                self._shard = edge.EdgeShard.load(path, engine_config(self.config))
                raise from_engine(error) from error
            self.adopt_config(config)
            self.indexing.error, self.indexing.settled, self.indexing.patched = None, 0, True

    def adopt_config(self, config: CollectionConfig) -> None:
        """Take over a configuration that the shard already has."""
        self.config = config
        self.specs = vector_specs(config)

    @contextlib.contextmanager
    def journaled_copy(self, copy: Callable[[Path], None]) -> Generator[CollectionConfig]:
        """Flush and `copy` the shard; inside the block, later operations are remembered.

        Yields:
            the configuration of the copy, for `switch`.
        """
        with self.write_lock:
            self.read(lambda shard: shard.flush())
            copy(self.shard_path(self.generation))
            self._journal = []
            config = self.config
        try:
            yield config
        finally:
            with self.write_lock:
                self._journal = None

    def switch(self, generation: int, config: CollectionConfig, record: Callable[[], None]) -> None:
        """Serve another copy of the shard from now on.

        The operations since the copy are applied to it first; `record` then makes the choice
        durable. Only then does the new copy serve.

        Raises:
            StaleCopyError: the configuration is no longer the copy's `config`.
            ApiError: the collection was deleted meanwhile.
        """
        with self.write_lock:
            self._require_shard()
            if self.config is not config:
                raise StaleCopyError
            fresh = edge.EdgeShard.load(str(self.shard_path(generation)))
            self.indexing.settled = self.unindexed_vectors(fresh)
            for operation in self._journal or []:
                replay(fresh, operation)
            previous, self.generation = self.generation, generation
            try:
                record()
            except BaseException:
                self.generation = previous
                raise
            with self._in_use.exclusive():
                self._shard = fresh

    def close(self) -> None:
        """Flush and release the shard; every later call answers that the collection is gone."""
        with self.write_lock, self._in_use.exclusive():
            if self._shard is not None:
                self._shard.close()
                self._counter.close()
            self._shard = None

    def unindexed_vectors(self, shard: edge.EdgeShard) -> int:
        """Dense vectors of a copy of this collection that only a full scan finds."""
        has_vector = [edge.Filter(must=[edge.HasVectorCondition(name)]) for name in self.specs]
        requests = [edge.CountRequest(exact=True, filter=item) for item in has_vector]
        total = sum(shard.count(request) for request in requests)
        return max(0, total - shard.info().indexed_vectors_count)

    def needs_optimizing(self) -> bool:
        """Whether more vectors came unindexed than the configured threshold (KB) allows.

        Asked often and costly on large collections: the answer is kept until something changes.
        """
        state = self.indexing
        moment = (state.writes, state.settled, self.generation, state.patched)
        if self._judged is None or self._judged[0] != moment:
            self._judged = (moment, self._judge())
        return self._judged[1]

    def _judge(self) -> bool:
        threshold_kb: int = self.config.optimizers["indexing_threshold"]
        sizes = [spec.size for spec in self.specs.values() if spec.size is not None]
        points = self.read(lambda shard: shard.info()).points_count
        vector_kb = max(sizes, default=0) * BYTES_PER_FLOAT / 1024
        if threshold_kb == 0 or points * len(sizes) * vector_kb <= threshold_kb:
            return False
        if self.indexing.patched:
            return True  # what is indexed may have to be indexed otherwise
        fresh = self.read(self.unindexed_vectors) - self.indexing.settled
        return fresh * vector_kb > threshold_kb

    def _open(self) -> edge.EdgeShard:
        path = self.shard_path(self.generation)
        if path.exists():
            return edge.EdgeShard.load(str(path))
        return edge.EdgeShard.create(str(path), engine_config(self.config))

    def _require_shard(self) -> edge.EdgeShard:
        if self._shard is None:
            raise collection_not_found(self.name)
        return self._shard

    def _call(self, action: Callable[[edge.EdgeShard], T]) -> T:
        shard = self._require_shard()
        try:
            return action(shard)
        except Exception as error:  # the engine raises plain Exception
            raise from_engine(error) from error


def vector_specs(config: CollectionConfig) -> dict[str, VectorSpec]:
    """What is stored under each vector name; the unnamed vector has the empty name."""
    dense = {
        name: VectorSpec(params["size"], multi="multivector_config" in params)
        for name, params in named(config.vectors).items()
    }
    return dense | {name: VectorSpec(None) for name in config.sparse_vectors}


def replay(shard: edge.EdgeShard, operation: edge.UpdateOperation) -> None:
    """Apply an operation once more; one that was refused the first time is refused again."""
    with contextlib.suppress(Exception):
        shard.update(operation)
