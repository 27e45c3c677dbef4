"""Embeds and stores windows of passages, calls to both services side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from infra.pipeline.changes import Changes
from infra.pipeline.embed import TextVectors
from infra.pipeline.model_text import model_text
from infra.pipeline.points import point_id
from infra.pipeline.ports import IndexEmbedder, IndexStore
from infra.pipeline.progress import Tally
from infra.pipeline.records import Passage
from infra.pipeline.stage import Stage, Trouble

# Batches that wait for the embed server or are there: texts, some hundred kilobytes each at most.
_BATCHES_AHEAD = 64
# Batches with vectors, each a few megabytes; writing one takes a small part of embedding it.
_WRITERS = 2
_WRITES_AHEAD = 4


@dataclass(kw_only=True, slots=True)
class Window:
    """Some documents that are brought up to date together; `size_bytes` is their share of the
    way."""

    documents: int
    size_bytes: int
    changes: Changes
    _left: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def expect(self, batches: int) -> None:
        """So many batches are to be stored before the window is finished."""
        self._left = batches

    def one_stored(self) -> bool:
        """Count a stored batch; True for the last."""
        with self._lock:
            self._left -= 1
            return self._left == 0


@dataclass(frozen=True, slots=True)
class _Batch:
    window: Window
    passages: Sequence[Passage]
    texts: Sequence[str]
    tokens: Sequence[int]


class Writer:
    """Writes the windows of one run; a context that returns when everything is written.

    An error of a service ends it, and is raised by the next `write` or at the end.
    """

    def __init__(
        self, *, embedder: IndexEmbedder, store: IndexStore, tally: Tally, calls_in_flight: int
    ) -> None:
        self._embedder = embedder
        self._store = store
        self._tally = tally
        self._trouble = Trouble()
        self._embed = Stage(
            "embed", threads=calls_in_flight, most=_BATCHES_AHEAD, trouble=self._trouble
        )
        self._write = Stage("store", threads=_WRITERS, most=_WRITES_AHEAD, trouble=self._trouble)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._trouble.note(error)
        self._embed.close()
        self._write.close()
        if error is None:
            self._trouble.check()

    def write(self, window: Window) -> None:
        """Have a window embedded and stored; returns once it is under way.

        Raises:
            OperatorError: a service failed, here or in an earlier window.
        """
        new = window.changes.new
        if not new:
            self._write.submit(lambda: self._finish(window))
            return
        # Neighbours in length share a call: the server pads each text to the longest one.
        ordered = sorted(new, key=lambda passage: (passage.tokens, point_id(passage)))
        texts = [model_text(passage) for passage in ordered]
        tokens = [passage.tokens for passage in ordered]
        parts = self._embedder.batches(texts, tokens)
        window.expect(len(parts))
        # The longest first: the last calls of a run are short ones.
        for part in reversed(parts):
            own = slice(part.start, part.stop)
            batch = _Batch(window, ordered[own], texts[own], tokens[own])
            self._embed.submit(lambda batch=batch: self._embed_batch(batch))

    def _embed_batch(self, batch: _Batch) -> None:
        vectors = self._embedder.text_vectors(batch.texts, batch.tokens)
        self._write.submit(lambda: self._store_batch(batch, vectors))

    def _store_batch(self, batch: _Batch, vectors: Sequence[TextVectors]) -> None:
        self._store.upsert(batch.passages, vectors)
        window = batch.window
        share = len(batch.passages) / len(window.changes.new)
        self._tally.add(
            passages=len(batch.passages),
            tokens=sum(batch.tokens),
            done_bytes=share * window.size_bytes,
        )
        if window.one_stored():
            self._finish(window)

    def _finish(self, window: Window) -> None:
        """What may only be done once every new passage of the window is stored."""
        changes = window.changes
        self._store.refresh(changes.moved)
        self._store.delete(changes.removed)
        self._tally.add(
            documents=window.documents,
            passages=len(changes.moved) + len(changes.unchanged),
            done_bytes=0 if changes.new else window.size_bytes,
        )
