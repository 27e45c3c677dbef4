"""Reads and cuts documents in several threads, ahead of whoever takes them, in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from infra.pipeline.files import Problem
from infra.pipeline.parcel import Parcel
from infra.pipeline.readers import UnreadableDocumentError
from infra.pipeline.records import Passage
from infra.pipeline.split import TokenCounter, split_document
from infra.settings import PassageSettings

# Cutting mostly waits for the tokenizer of the embed server.
_THREADS = 4
# What is read ahead at most: this many parcels, of this many bytes together (or one larger).
_PARCELS_AHEAD = 32
_BYTES_AHEAD = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """One parcel as passages by document id, or the problem with it."""

    size_bytes: int
    documents: tuple[tuple[str, tuple[Passage, ...]], ...] = ()
    problem: Problem | None = None


class Loader:
    """Loads parcels for one run; a context that ends its threads."""

    def __init__(self, *, settings: PassageSettings, count_tokens: TokenCounter) -> None:
        self._settings = settings
        self._count_tokens = count_tokens
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="load")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def loaded(self, parcels: Iterable[Parcel]) -> Iterator[Loaded]:
        """Each parcel once it is read and cut.

        Raises:
            OperatorError: the tokenizer's server failed.
        """
        ahead: deque[tuple[int, Future[Loaded]]] = deque()
        size_bytes = 0
        for parcel in parcels:
            while ahead and (
                len(ahead) >= _PARCELS_AHEAD or size_bytes + parcel.size_bytes > _BYTES_AHEAD
            ):
                size_bytes -= ahead[0][0]
                yield ahead.popleft()[1].result()
            ahead.append((parcel.size_bytes, self._pool.submit(self._load, parcel)))
            size_bytes += parcel.size_bytes
        while ahead:
            yield ahead.popleft()[1].result()

    def _load(self, parcel: Parcel) -> Loaded:
        try:
            documents = parcel.read()
        except UnreadableDocumentError as error:
            problem = Problem(parcel.label, str(error))
            return Loaded(size_bytes=parcel.size_bytes, problem=problem)
        return Loaded(
            size_bytes=parcel.size_bytes,
            documents=tuple(
                (
                    document.doc_id,
                    tuple(
                        split_document(
                            document, settings=self._settings, count_tokens=self._count_tokens
                        )
                    ),
                )
                for document in documents
            ),
        )
