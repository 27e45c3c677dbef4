"""Puts documents into the store. Repeating it, or breaking it off and repeating it, does no harm.

New passages are written before old ones are removed, so a search during indexing finds every
document. A passage that the store already holds is not embedded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from infra.clock import Clock
from infra.pipeline.model_text import model_text
from infra.pipeline.points import TEXT_FIELD, StoredPoint, payload_of, point_id
from infra.pipeline.ports import IndexEmbedder, IndexStore
from infra.pipeline.records import Document, Passage
from infra.pipeline.split import split_document
from infra.settings import PassageSettings

# Called as (stage, done, all) with the stages "split" in documents and "embed" in passages.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What a run has to do. `moved` passages keep text and vectors, but their lines or title
    changed; `removed` are ids of points that no longer belong to their document."""

    new: tuple[Passage, ...]
    moved: tuple[Passage, ...]
    unchanged: tuple[Passage, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexReport:
    """What a run did, or with `dry_run` would do. Tokens count the passages that were embedded."""

    dry_run: bool
    documents: int
    passages: int
    new: int
    moved: int
    unchanged: int
    removed: int
    tokens: int
    tokens_embedded: int
    seconds: float


class Indexer:
    """Indexes into one collection with fixed settings."""

    def __init__(
        self, *, embedder: IndexEmbedder, store: IndexStore, settings: PassageSettings, clock: Clock
    ) -> None:
        self._embedder = embedder
        self._store = store
        self._settings = settings
        self._clock = clock

    def index(
        self,
        documents: Sequence[Document],
        *,
        dry_run: bool = False,
        progress: Progress = lambda _stage, _done, _all: None,
    ) -> IndexReport:
        """Bring the passages of `documents` in the store up to date; other documents stay.

        Every document is split before the first write. `dry_run` only reads.

        Raises:
            IncompatibleCollectionError: the collection was made by other settings.
            ServiceUnavailableError, ServiceRefusedError: a service failed; repeat when it is back.
        """
        started_s = self._clock.monotonic_s()
        exists = self._store.check()
        passages = self._split(documents, progress)
        doc_ids = [document.doc_id for document in documents]
        changes = plan_changes(passages, self._store.stored(doc_ids) if exists else [])
        if not dry_run:
            self._store.ensure()
            self._write(changes.new, progress)
            self._store.refresh(changes.moved)
            self._store.delete(changes.removed)
        return IndexReport(
            dry_run=dry_run,
            documents=len(documents),
            passages=len(passages),
            new=len(changes.new),
            moved=len(changes.moved),
            unchanged=len(changes.unchanged),
            removed=len(changes.removed),
            tokens=sum(passage.tokens for passage in passages),
            tokens_embedded=sum(passage.tokens for passage in changes.new),
            seconds=self._clock.monotonic_s() - started_s,
        )

    def _split(self, documents: Sequence[Document], progress: Progress) -> list[Passage]:
        passages: list[Passage] = []
        for number, document in enumerate(documents, start=1):
            passages.extend(
                split_document(
                    document,
                    settings=self._settings,
                    count_tokens=self._embedder.count_tokens,
                )
            )
            progress("split", number, len(documents))
        return passages

    def _write(self, passages: Sequence[Passage], progress: Progress) -> None:
        # Neighbours in length share a call: the server pads each text to the longest one.
        ordered = sorted(passages, key=lambda passage: (passage.tokens, point_id(passage)))
        texts = [model_text(passage) for passage in ordered]
        tokens = [passage.tokens for passage in ordered]
        for batch in self._embedder.batches(texts, tokens):
            first, end = batch.start, batch.stop
            vectors = self._embedder.text_vectors(texts[first:end], tokens[first:end])
            self._store.upsert(ordered[first:end], vectors)
            progress("embed", end, len(ordered))


def plan_changes(passages: Iterable[Passage], stored: Iterable[StoredPoint]) -> Changes:
    """Compare what should be stored with what is. Pure."""
    left = {point.point_id: point for point in stored}
    new: list[Passage] = []
    moved: list[Passage] = []
    unchanged: list[Passage] = []
    for passage in passages:
        point = left.pop(point_id(passage), None)
        if point is None:
            new.append(passage)
            continue
        wanted = {key: value for key, value in payload_of(passage).items() if key != TEXT_FIELD}
        (unchanged if dict(point.payload) == wanted else moved).append(passage)
    return Changes(
        new=tuple(new), moved=tuple(moved), unchanged=tuple(unchanged), removed=tuple(sorted(left))
    )
