"""Reads sources from several threads with a few readers, each of which may hold a process."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from infra.pipeline.documents import Source
from infra.pipeline.files import Problem
from infra.pipeline.parcel import Parcel
from infra.pipeline.readers import FileReader, ReadOptions, UnreadableDocumentError
from infra.pipeline.records import Document

# A reader's process may take up to `ReadLimits.max_memory_bytes`.
_READERS = 2


class Reading:
    """Readers for one run; a context that ends their processes."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._open = ExitStack()
        self._free: SimpleQueue[FileReader] = SimpleQueue()
        for _ in range(_READERS):
            self._free.put(self._open.enter_context(FileReader(options)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def read(self, source: Source) -> list[Document]:
        """Its documents, once a reader is free.

        Raises:
            UnreadableDocumentError: with the one reason.
        """
        reader = self._free.get()
        try:
            return source.read(reader, self._options)
        finally:
            self._free.put(reader)

    def parcel(self, source: Source) -> Parcel:
        """The source as indexing takes it."""
        return Parcel(
            label=source.label,
            size_bytes=max(0, source.size_bytes),
            read=lambda: self.read(source),
        )

    def problems(self, sources: Iterable[Source]) -> list[Problem]:
        """What cannot be read, by reading everything once."""
        found: list[Problem] = []
        for source in sources:
            try:
                self.read(source)
            except UnreadableDocumentError as error:
                found.append(Problem(source.label, str(error)))
        return found
