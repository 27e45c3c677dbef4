"""Puts documents into the store. Repeating it, or breaking it off and repeating it, does no harm.

Documents pass through in windows, so that a corpus need not fit in memory: while one window is
embedded and stored, the next is read and cut. New passages are written before old ones of their
document are removed, so a search during indexing finds every document. A passage that the store
already holds is not embedded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from infra.clock import Clock
from infra.pipeline.changes import plan_changes
from infra.pipeline.estimate import Estimate, Sampler
from infra.pipeline.files import Problem
from infra.pipeline.loading import Loaded, Loader
from infra.pipeline.parcel import Parcel, parcels_of
from infra.pipeline.ports import IndexEmbedder, IndexStore
from infra.pipeline.progress import Listener, Tally
from infra.pipeline.records import Document
from infra.pipeline.writing import Window, Writer
from infra.settings import PassageSettings

# Passages in one window: enough for batches of like length, few enough for memory. The first are
# smaller, so that the embed server has something to do soon.
_WINDOW = 1024
_FIRST_WINDOW = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexReport:
    """What a run did, or with `dry_run` would do. Tokens count the passages that were embedded.

    `problems` are the parcels that could not be read. `estimate` is there for a dry run that found
    something to embed.
    """

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
    problems: tuple[Problem, ...] = ()
    estimate: Estimate | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listeners:
    """Who is told what while a run goes on: how far it is, a parcel that cannot be read, a document
    whose passages (so many) are known."""

    progress: Listener = field(default=lambda _progress: None)
    problem: Callable[[Problem], None] = field(default=lambda _problem: None)
    document: Callable[[str, int], None] = field(default=lambda _doc_id, _passages: None)


class Indexer:
    """Indexes into one collection with fixed settings, with so many calls to the embed server in
    flight."""

    def __init__(
        self,
        *,
        embedder: IndexEmbedder,
        store: IndexStore,
        settings: PassageSettings,
        clock: Clock,
        calls_in_flight: int = 1,
    ) -> None:
        self._embedder = embedder
        self._store = store
        self._settings = settings
        self._clock = clock
        self._calls_in_flight = calls_in_flight

    def index(
        self,
        documents: Sequence[Document | Parcel],
        *,
        dry_run: bool = False,
        listeners: Listeners | None = None,
    ) -> IndexReport:
        """Bring the passages of `documents` in the store up to date; other documents stay.

        A parcel that cannot be read is told and passed over; when all are, nothing is written.
        `dry_run` only reads, and embeds a sample to tell how long it would take.

        Raises:
            IncompatibleCollectionError: the collection was made by other settings.
            ServiceUnavailableError, ServiceRefusedError: a service failed; repeat when it is back.
        """
        listeners = listeners or Listeners()
        parcels = list(parcels_of(documents))
        tally = Tally(
            size_bytes=sum(parcel.size_bytes for parcel in parcels),
            clock=self._clock,
            listener=listeners.progress,
        )
        sums = _Sums()
        is_made = self._store.check()
        sampler = Sampler(self._embedder, self._clock, calls_in_flight=self._calls_in_flight)
        loader = Loader(settings=self._settings, count_tokens=self._embedder.count_tokens)
        writer = Writer(
            embedder=self._embedder,
            store=self._store,
            tally=tally,
            calls_in_flight=self._calls_in_flight,
        )
        with writer, loader:
            for loaded in _windows(_told(loader.loaded(parcels), listeners, sums)):
                if not dry_run and not sums.documents:
                    # Also where the collection is there: its alias may not be.
                    self._store.ensure()
                    is_made = True
                window = self._planned(loaded, is_made=is_made)
                sums.add(window)
                if dry_run:
                    sampler.offer(window.changes.new)
                    tally.add(documents=window.documents, done_bytes=window.size_bytes)
                else:
                    writer.write(window)
        return IndexReport(
            dry_run=dry_run,
            documents=sums.documents,
            passages=sums.new + sums.moved + sums.unchanged,
            new=sums.new,
            moved=sums.moved,
            unchanged=sums.unchanged,
            removed=sums.removed,
            tokens=sums.tokens,
            tokens_embedded=sums.tokens_new,
            seconds=tally.seconds,
            problems=tuple(sums.problems),
            estimate=sampler.estimate(sums.tokens_new),
        )

    def _planned(self, loaded: Sequence[Loaded], *, is_made: bool) -> Window:
        documents = [document for parcel in loaded for document in parcel.documents]
        doc_ids = [doc_id for doc_id, _ in documents]
        passages = [passage for _, own in documents for passage in own]
        stored = self._store.stored(doc_ids) if is_made else []
        return Window(
            documents=len(documents),
            size_bytes=sum(parcel.size_bytes for parcel in loaded),
            changes=plan_changes(passages, stored),
        )


@dataclass(slots=True)
class _Sums:
    documents: int = 0
    new: int = 0
    moved: int = 0
    unchanged: int = 0
    removed: int = 0
    tokens: int = 0
    tokens_new: int = 0
    problems: list[Problem] = field(default_factory=list[Problem])

    def add(self, window: Window) -> None:
        changes = window.changes
        self.documents += window.documents
        self.new += len(changes.new)
        self.moved += len(changes.moved)
        self.unchanged += len(changes.unchanged)
        self.removed += len(changes.removed)
        known = (*changes.moved, *changes.unchanged)
        tokens_new = sum(passage.tokens for passage in changes.new)
        self.tokens_new += tokens_new
        self.tokens += tokens_new + sum(passage.tokens for passage in known)


def _told(parcels: Iterable[Loaded], listeners: Listeners, sums: _Sums) -> Iterator[Loaded]:
    """Parcels with documents; what could not be read is told and kept apart.

    So is a document whose id another one had before: one would silently replace the other.
    """
    seen: set[str] = set()
    for loaded in parcels:
        twins = [doc_id for doc_id, _ in loaded.documents if doc_id in seen]
        problems = [Problem(doc_id, "is the id of two documents") for doc_id in twins]
        if loaded.problem is not None:
            problems.append(loaded.problem)
        for problem in problems:
            sums.problems.append(problem)
            listeners.problem(problem)
        own = tuple(document for document in loaded.documents if document[0] not in seen)
        for doc_id, passages in own:
            seen.add(doc_id)
            listeners.document(doc_id, len(passages))
        if own:
            yield replace(loaded, documents=own)


def _windows(parcels: Iterable[Loaded]) -> Iterator[list[Loaded]]:
    """Parcels grouped to windows of some passages; a parcel is not parted."""
    window: list[Loaded] = []
    size, wanted = 0, _FIRST_WINDOW
    for loaded in parcels:
        window.append(loaded)
        size += sum(len(passages) for _, passages in loaded.documents)
        if size >= wanted:
            yield window
            window, size, wanted = [], 0, min(2 * wanted, _WINDOW)
    if window:
        yield window
