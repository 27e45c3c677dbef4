"""Indexing: repeats change nothing, changes are exact, and breaking off does no harm."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from infra.clock import FakeClock
from infra.pipeline.index import Indexer, IndexReport
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


class Bench:
    """One store and one embedder, to index into again and again."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.embedder = FakeEmbedder()

    def index(self, *documents: Document, dry_run: bool = False) -> IndexReport:
        self.embedder.embedded.clear()
        indexer = Indexer(
            embedder=self.embedder,
            store=self.store,
            settings=PassageSettings(max_tokens=32, overlap_tokens=0),
            clock=FakeClock(),
        )
        return indexer.index(documents, dry_run=dry_run)

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
        assert "## S0 Елка растет." in bench.embedder.embedded
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
        """Payloads are refreshed without embedding anything."""
        bench = Bench()
        bench.index(*LESSONS)
        renamed = lesson("ru", "Ёлка растёт.", "Сила тока.", "Третий раздел о волнах.", title="New")
        assert counts(bench.index(renamed)) == (0, 3, 0, 0)
        assert bench.embedder.embedded == []
        titles = {payload["title"] for payload, _ in bench.store.points.values()}
        assert titles == {"T", "New"}

    def test_dry_run(self) -> None:
        """The same numbers, and nothing is written or made."""
        bench = Bench()
        report = bench.index(*LESSONS, dry_run=True)
        assert report.dry_run
        assert counts(report) == (7, 0, 0, 0)
        assert (bench.store.points, bench.store.made, bench.embedder.embedded) == ({}, False, [])


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


def test_a_bad_document_stops_the_run_before_the_first_write() -> None:
    """Every document is cut before anything is stored."""
    bench = Bench()

    def refuse(texts: object) -> list[int]:
        raise BrokenOffError

    bench.embedder.count_tokens = refuse
    with pytest.raises(BrokenOffError):
        bench.index(*LESSONS)
    assert not bench.store.made
