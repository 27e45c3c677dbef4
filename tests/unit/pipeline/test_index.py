"""Indexing: repeats change nothing, changes are exact, and breaking off does no harm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from infra.clock import FakeClock
from infra.pipeline.assemble import calls_in_flight
from infra.pipeline.files import Problem
from infra.pipeline.index import Indexer, IndexReport, Listeners
from infra.pipeline.parcel import Parcel
from infra.pipeline.progress import IndexProgress
from infra.pipeline.readers import UnreadableDocumentError
from infra.pipeline.records import Document
from infra.settings import PassageSettings
from tests.unit.pipeline.fakes import FakeEmbedder, FakeStore


def lesson(name: str, *sections: str, title: str = "T") -> Document:
    text = "\n\n".join(f"## S{number}\n{body}" for number, body in enumerate(sections))
    return Document(doc_id=f"{name}.md", title=title, text=text, is_markdown=True)


LESSONS = (
    lesson("ru", "Ёлка растёт.", "Сила тока.", "Третий раздел о волнах."),
    lesson("en", "First part.", "Second part here.", "Third.", "Fourth part."),
)


SETTINGS = PassageSettings(max_tokens=32, overlap_tokens=0)


class Bench:
    """One store and one embedder, to index into again and again."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.embedder = FakeEmbedder()

    def index(
        self,
        *documents: Document | Parcel,
        dry_run: bool = False,
        listeners: Listeners | None = None,
        calls_in_flight: int = 1,
    ) -> IndexReport:
        self.embedder.embedded.clear()
        indexer = Indexer(
            embedder=self.embedder,
            store=self.store,
            settings=SETTINGS,
            clock=FakeClock(),
            calls_in_flight=calls_in_flight,
        )
        return indexer.index(documents, dry_run=dry_run, listeners=listeners)

    def texts(self) -> list[str]:
        return sorted(str(payload["text"]) for payload, _ in self.store.points.values())


def counts(report: IndexReport) -> tuple[int, int, int, int]:
    return report.new, report.moved, report.unchanged, report.removed


class TestReport:
    """What a run says it did."""

    def test_first_run(self) -> None:
        """Everything is new, embedded as normalised, stored as written."""
        bench = Bench()
        report = bench.index(*LESSONS)
        assert counts(report) == (7, 0, 0, 0)
        assert (report.documents, report.passages) == (2, 7)
        assert report.tokens == report.tokens_embedded > 0
        assert "T ## S0 Елка растет." in bench.embedder.embedded
        assert "## S0\nЁлка растёт." in bench.texts()

    def test_repeat(self) -> None:
        """Nothing is embedded and nothing written."""
        bench = Bench()
        bench.index(*LESSONS)
        before, writes = dict(bench.store.points), bench.store.writes
        report = bench.index(*LESSONS)
        assert counts(report) == (0, 0, 7, 0)
        assert report.tokens_embedded == 0
        assert bench.embedder.embedded == []
        assert (bench.store.points, bench.store.writes) == (before, writes)

    def test_a_changed_passage(self) -> None:
        """Only it is embedded, and its old form is gone."""
        bench = Bench()
        bench.index(*LESSONS)
        report = bench.index(
            lesson("ru", "Ёлка растёт.", "Сила тяжести.", "Третий раздел о волнах.")
        )
        assert counts(report) == (1, 0, 2, 1)
        assert len(bench.embedder.embedded) == 1
        assert len(bench.store.points) == 7
        assert not any("тока" in text for text in bench.texts())

    def test_a_shorter_document(self) -> None:
        """Passages past its new end are removed; other documents stay."""
        bench = Bench()
        bench.index(*LESSONS)
        assert counts(bench.index(lesson("en", "First part."))) == (0, 0, 1, 3)
        assert len(bench.store.points) == 4

    def test_a_changed_title(self) -> None:
        """The models see it above each passage, so those are embedded again."""
        bench = Bench()
        bench.index(*LESSONS)
        renamed = lesson("ru", "Ёлка растёт.", "Сила тока.", "Третий раздел о волнах.", title="New")
        assert counts(bench.index(renamed)) == (3, 0, 0, 3)
        assert len(bench.store.points) == 7

    def test_a_passage_that_moved(self) -> None:
        """What stands below an insertion gets a new payload; only the insertion is embedded."""
        bench = Bench()
        bench.index(*LESSONS)
        longer = Document(
            doc_id="ru.md", title="T", text=f"Новое начало.\n\n{LESSONS[0].text}", is_markdown=True
        )
        assert counts(bench.index(longer)) == (1, 3, 0, 0)
        assert bench.embedder.embedded == ["T Новое начало."]
        positions = {str(p["text"]): p["position"] for p, _ in bench.store.points.values()}
        assert positions["Новое начало."] == 0
        assert positions["## S2\nТретий раздел о волнах."] == 3

    def test_dry_run(self) -> None:
        """The same numbers, nothing is written or made, and the time is told from a sample."""
        bench = Bench()
        report = bench.index(*LESSONS, dry_run=True)
        assert report.dry_run
        assert counts(report) == (7, 0, 0, 0)
        assert (bench.store.points, bench.store.made) == ({}, False)
        assert report.estimate is not None
        assert report.estimate.tokens == report.tokens_embedded

    def test_a_dry_run_with_nothing_to_embed(self) -> None:
        """Nothing is measured for it."""
        bench = Bench()
        bench.index(*LESSONS)
        report = bench.index(*LESSONS, dry_run=True)
        assert report.estimate is None
        assert bench.embedder.embedded == []


def unreadable(label: str) -> Parcel:
    def read() -> list[Document]:
        raise UnreadableDocumentError("is damaged")

    return Parcel(label=label, size_bytes=10, read=read)


class TestParcels:
    """Documents that are read while others are embedded."""

    def test_what_cannot_be_read_is_told_and_passed_over(self) -> None:
        """The rest is indexed."""
        bench, told = Bench(), list[Problem]()
        report = bench.index(
            unreadable("a.pdf"), LESSONS[0], listeners=Listeners(problem=told.append)
        )
        assert report.problems == tuple(told) == (Problem("a.pdf", "is damaged"),)
        assert (report.documents, report.new) == (1, 3)

    def test_two_documents_of_one_id(self) -> None:
        """The first is indexed; the second would replace it, and is told as a problem."""
        bench = Bench()
        report = bench.index(LESSONS[0], lesson("ru", "Другой текст."), LESSONS[1])
        assert report.problems == (Problem("ru.md", "is the id of two documents"),)
        assert counts(report) == (7, 0, 0, 0)
        assert not any("Другой" in text for text in bench.texts())

    def test_nothing_is_made_when_nothing_can_be_read(self) -> None:
        """Not even the collection."""
        bench = Bench()
        report = bench.index(unreadable("a.pdf"), unreadable("b.pdf"))
        assert (report.documents, len(report.problems)) == (0, 2)
        assert (bench.store.points, bench.store.made) == ({}, False)

    def test_documents_and_progress_are_told(self) -> None:
        """Each document with its passages; progress ends at the whole."""
        bench, documents, progress = Bench(), dict[str, int](), list[IndexProgress]()
        listeners = Listeners(progress=progress.append, document=documents.__setitem__)
        bench.index(*LESSONS, listeners=listeners)
        assert documents == {"ru.md": 3, "en.md": 4}
        assert (progress[-1].documents, progress[-1].passages) == (2, 7)
        assert progress[-1].share == pytest.approx(1)

    @pytest.mark.parametrize("calls_in_flight", [1, 4])
    def test_a_corpus_of_many_windows(self, calls_in_flight: int) -> None:
        """However many calls go on at once, the points are the same, and a repeat finds them."""
        corpus = [lesson(f"d{n}", *(f"Text {n} {m}." for m in range(9))) for n in range(80)]
        bench = Bench()
        assert counts(bench.index(*corpus, calls_in_flight=calls_in_flight)) == (720, 0, 0, 0)
        assert len(bench.store.points) == 720
        assert len(set(bench.texts())) == 720
        assert counts(bench.index(*corpus, calls_in_flight=calls_in_flight)) == (0, 0, 720, 0)

    def test_reading_keeps_only_a_little_ahead(self) -> None:
        """A corpus need not fit in memory: when embedding stands still, so does reading."""
        bench, go_on, read = Bench(), threading.Event(), set[int]()

        def hold() -> None:
            go_on.wait(10)

        bench.embedder.before_call = hold
        body = [f"Text {m}." for m in range(40)]

        def parcel(number: int) -> Parcel:
            def load() -> list[Document]:
                read.add(number)
                return [lesson(f"d{number}", *body)]

            return Parcel(label=str(number), size_bytes=1, read=load)

        thread = threading.Thread(target=bench.index, args=[parcel(n) for n in range(150)])
        thread.start()
        waited = threading.Event()
        count = -1
        while count != len(read):
            count = len(read)
            waited.wait(0.3)
        assert 0 < count < 100
        go_on.set()
        thread.join(60)
        assert len(read) == 150


class BrokenOffError(Exception):
    """The process ended here."""


def breaking_at(operation: int) -> Callable[[], None]:
    remaining = [operation]

    def count() -> None:
        remaining[0] -= 1
        if remaining[0] < 0:
            raise BrokenOffError

    return count


CHANGED = (
    lesson("ru", "Ёлка растёт.", "Сила тяжести.", "Третий раздел о волнах.", title="New"),
    lesson("en", "First part.", "New two.", "New three.", "New four.", "New five."),
)


def operations_of(documents: Sequence[Document]) -> int:
    bench, count = Bench(), [0]
    bench.index(*LESSONS)

    def counting() -> None:
        count[0] += 1

    bench.store.before_call = bench.embedder.before_call = counting
    bench.index(*documents)
    return count[0]


@pytest.mark.parametrize("operation", range(operations_of(CHANGED)))
def test_breaking_off_at_any_operation_and_repeating(operation: int) -> None:
    """No document vanishes meanwhile, and the end is that of a run without interruption."""
    expected, bench = Bench(), Bench()
    for one in (expected, bench):
        one.index(*LESSONS)
    expected.index(*CHANGED)

    bench.store.before_call = bench.embedder.before_call = breaking_at(operation)
    with pytest.raises(BrokenOffError):
        bench.index(*CHANGED)
    stored = {payload["doc_id"] for payload, _ in bench.store.points.values()}
    assert stored == {"ru.md", "en.md"}

    bench.store.before_call = bench.embedder.before_call = lambda: None
    bench.index(*CHANGED)
    assert bench.store.points == expected.store.points


@pytest.mark.parametrize(
    ("wanted", "texts_a_call", "texts_admitted", "expected"),
    [(3, 32, 128, 3), (8, 32, 128, 4), (3, 32, 40, 1), (3, 64, 32, 1)],
)
def test_no_more_calls_than_the_server_admits(
    wanted: int, texts_a_call: int, texts_admitted: int, expected: int
) -> None:
    """More would only be refused with 429; one is always made."""
    made = calls_in_flight(wanted, texts_a_call=texts_a_call, texts_admitted=texts_admitted)
    assert made == expected


def test_a_service_that_fails_ends_the_run() -> None:
    """The error is the service's own, whichever thread met it."""
    bench = Bench()

    def refuse(texts: object) -> list[int]:
        raise BrokenOffError

    bench.embedder.count_tokens = refuse
    with pytest.raises(BrokenOffError):
        bench.index(*LESSONS)
    assert not bench.store.made
