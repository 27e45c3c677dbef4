"""A new collection beside the served one: built, served, and back, while others search."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from infra.errors import CheckFailedError, IncompatibleCollectionError, NotIndexedError
from infra.pipeline.assemble import Pipeline
from infra.pipeline.index import Listeners
from infra.pipeline.records import Document

pytestmark = [pytest.mark.contract, pytest.mark.real_time]

Connect = Callable[..., Pipeline]

DOCUMENTS = tuple(
    Document(
        doc_id=f"ru/{number}.md",
        title=f"Урок {number}",
        text=f"# Урок {number}\n\n" + " ".join(f"Сила тока {number} равна {n}." for n in range(20)),
        is_markdown=True,
    )
    for number in range(12)
)
SHORTER = {"passages": {"max_tokens": 64, "overlap_tokens": 0}}
OTHER_MODEL = {"embed": {"revision": "0" * 40}}


def rebuild(pipeline: Pipeline, *documents: Document) -> dict[str, int]:
    """Build beside what is served; the passages of each document."""
    indexed: dict[str, int] = {}
    listeners = Listeners(document=indexed.__setitem__)
    pipeline.indexer(pipeline.build_store).index(documents or DOCUMENTS, listeners=listeners)
    return indexed


def cut_over(pipeline: Pipeline, *documents: Document) -> None:
    pipeline.cutover.verify(rebuild(pipeline, *documents))
    assert pipeline.cutover.wait_until_optimised()
    pipeline.cutover.cut_over()


def found(pipeline: Pipeline) -> int:
    """Longest passage among the answers, which tells by which settings they were cut."""
    pipeline.store.require()
    return max(answer.passage.tokens for answer in pipeline.searcher().search("сила тока").answers)


class Searches:
    """A thread that searches without a pause: `lasting` looked once which collection is served,
    `looking` looks each time, as a new command does."""

    def __init__(self, lasting: Pipeline, looking: Pipeline) -> None:
        self._lasting = lasting
        self._looking = looking
        self._stop = threading.Event()
        self.answered = 0
        self.failures: list[Exception] = []
        self.collections: set[str] = set()

    def run(self) -> None:
        self._lasting.store.require()
        while not self._stop.is_set():
            try:
                self._looking.store.require()
                for pipeline in (self._lasting, self._looking):
                    assert pipeline.searcher().search("сила тока").answers
                self.collections.add(self._looking.store.collection)
            except Exception as error:  # noqa: BLE001 (whatever it is, the test tells it)
                self.failures.append(error)
            self.answered += 1

    @contextmanager
    def going_on(self) -> Generator[None]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            self.wait_for(1)
            yield
            self.wait_for(2)
        finally:
            self._stop.set()
            thread.join()

    def wait_for(self, more: int) -> None:
        wanted = self.answered + more
        waiting = threading.Event()
        while self.answered < wanted:
            waiting.wait(0.01)


class TestCutover:
    """Other passage settings."""

    def test_searches_never_fail(self, connect: Connect) -> None:
        """Neither when the new collection takes the old one's place nor on the way back, with the
        old settings and with the new ones."""
        old, new = connect("live"), connect("live", settings=SHORTER)
        old.indexer().index(DOCUMENTS)
        long_ago = found(old)
        searches = [
            Searches(*(connect("live", settings=settings) for _ in range(2)))
            for settings in ({}, SHORTER)
        ]
        with searches[0].going_on(), searches[1].going_on():
            cut_over(new)
            assert found(connect("live")) <= 64 < long_ago
            new.cutover.roll_back()
            assert found(connect("live", settings=SHORTER)) == long_ago
            new.cutover.roll_back()
        assert [search.failures for search in searches] == [[], []]
        assert searches[0].collections == {old.spec.name, new.spec.name}

    def test_the_old_collection_is_served_until_then(self, connect: Connect) -> None:
        """Building changes nothing for anybody; the alias moves at the end."""
        old, new = connect("beside"), connect("beside", settings=SHORTER)
        old.indexer().index(DOCUMENTS)
        rebuild(new)
        assert new.cutover.served() == (old.spec.name, None)
        assert new.qdrant.count(old.spec.name).count == new.qdrant.count("beside").count
        new.cutover.cut_over()
        assert new.cutover.served() == (new.spec.name, old.spec.name)
        new.cutover.cut_over()
        assert new.cutover.served() == (new.spec.name, old.spec.name)

    def test_a_broken_off_rebuild_goes_on(self, connect: Connect) -> None:
        """What was stored by then is not embedded again."""
        old, new = connect("resumed"), connect("resumed", settings=SHORTER)
        old.indexer().index(DOCUMENTS)
        rebuild(new, *DOCUMENTS[:5])
        report = new.indexer(new.build_store).index(DOCUMENTS)
        assert report.unchanged > 0
        assert report.new == report.passages - report.unchanged

    def test_another_model_is_never_compared_with_old_passages(self, connect: Connect) -> None:
        """Each side keeps to its own collection, before and after the cutover and the rollback."""
        old, new = connect("model"), connect("model", settings=OTHER_MODEL)
        old.indexer().index(DOCUMENTS)
        with pytest.raises(IncompatibleCollectionError):
            new.store.require()
        cut_over(new)
        for pipeline in (old, new):
            pipeline.store.require()
            assert pipeline.store.collection == pipeline.spec.name
        new.cutover.roll_back()
        for pipeline in (old, new):
            pipeline.store.require()
            assert pipeline.store.collection == pipeline.spec.name

    def test_documents_that_would_be_left_behind_are_named(self, connect: Connect) -> None:
        """Until every document of the served collection is there, or is let go."""
        old, new = connect("behind"), connect("behind", settings=SHORTER)
        old.indexer().index(DOCUMENTS)
        verified = new.cutover.verify(rebuild(new, *DOCUMENTS[2:]))
        assert verified.missing == ("ru/0.md", "ru/1.md")
        assert new.cutover.verify(rebuild(new, *DOCUMENTS[:2])).missing == ()

    def test_a_collection_that_lacks_passages_is_not_served(self, connect: Connect) -> None:
        """Counts are compared document by document."""
        old, new = connect("lacking"), connect("lacking", settings=SHORTER)
        old.indexer().index(DOCUMENTS)
        indexed = rebuild(new)
        new.holdings.remove(["ru/3.md"], root="")
        with pytest.raises(CheckFailedError, match="not served") as caught:
            new.cutover.verify(indexed)
        assert "ru/3.md" in caught.value.why


class TestPrevious:
    """One step back, no further."""

    def test_without_a_rebuild_there_is_none(self, connect: Connect) -> None:
        """The refusal names what keeps one."""
        pipeline = connect("single")
        pipeline.indexer().index(DOCUMENTS[:1])
        with pytest.raises(NotIndexedError, match="no previous collection"):
            pipeline.cutover.roll_back()

    def test_only_one_is_kept(self, connect: Connect) -> None:
        """A second cutover drops what was the previous one before it."""
        steps = [{}, SHORTER, {"passages": {"max_tokens": 128}}]
        pipelines = [connect("steps", settings=settings) for settings in steps]
        pipelines[0].indexer().index(DOCUMENTS)
        for pipeline in pipelines[1:]:
            cut_over(pipeline)
        names = [pipeline.spec.name for pipeline in pipelines]
        assert pipelines[2].cutover.served() == (names[2], names[1])
        assert not pipelines[2].qdrant.collection_exists(names[0])

    def test_what_a_rollback_means_is_told(self, connect: Connect) -> None:
        """Passages, and which settings were others."""
        old, new = connect("told"), connect("told", settings=SHORTER)
        old.indexer().index(DOCUMENTS)
        cut_over(new)
        side = new.cutover.side(old.spec.name)
        assert side.passages == old.qdrant.count(old.spec.name).count
        assert side.differs == (
            "passages.max_tokens was 256, is now 64",
            "passages.overlap_tokens was 32, is now 0",
        )

    def test_dropping_it(self, connect: Connect) -> None:
        """It goes with rebuilds that were given up; what is served and what others own stays."""
        old, new = connect("drop"), connect("drop", settings=SHORTER)
        given_up = connect("drop", settings={"passages": {"max_tokens": 100}})
        other = connect("drop-2")
        for pipeline in (old, other):
            pipeline.indexer().index(DOCUMENTS[:2])
        cut_over(new, *DOCUMENTS[:2])
        rebuild(given_up, DOCUMENTS[0])
        leftovers = new.cutover.leftovers()
        assert set(leftovers) == {old.spec.name, given_up.spec.name}
        new.cutover.drop(leftovers)
        assert new.cutover.served() == (new.spec.name, None)
        assert new.qdrant.collection_exists(other.spec.name)
        with pytest.raises(NotIndexedError):
            new.cutover.roll_back()
