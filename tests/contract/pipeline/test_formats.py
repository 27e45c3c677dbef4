"""A folder of every format in both languages, beside damaged files of each kind, in the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.pipeline.assemble import Pipeline
from infra.pipeline.documents import SUFFIXES, sources_of
from infra.pipeline.files import find_files
from infra.pipeline.index import IndexReport
from infra.pipeline.readers import JsonlFields, ReadOptions
from infra.pipeline.reading import Reading

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]


def index(pipeline: Pipeline, folder: Path, options: ReadOptions) -> IndexReport:
    selection = find_files([str(folder)], root=None, suffixes=SUFFIXES)
    with Reading(options) as reading:
        return pipeline.indexer().index([reading.parcel(each) for each in sources_of(selection)])


def test_every_format_beside_damaged_files(
    connect: Callable[..., Pipeline], project_root: Path
) -> None:
    """What can be read is stored; what cannot is told with its reason."""
    pipeline = connect("formats")
    data = project_root / "tests" / "data" / "formats"
    good = index(pipeline, data / "good", ReadOptions())
    damaged = index(pipeline, data / "damaged", ReadOptions())
    names = sorted(path.name for path in (data / "damaged").iterdir())
    assert [Path(problem.path).name for problem in damaged.problems] == names
    assert damaged.documents == 0
    # Records whose text has another name are damage to whoever does not say so.
    assert [Path(problem.path).name for problem in good.problems] == ["laws-ru.jsonl"]
    named = index(pipeline, data / "good", ReadOptions(jsonl=JsonlFields(text="body")))
    held = pipeline.holdings.documents()
    assert (good.documents, named.new) == (20, 2)
    stems = {doc_id.partition("#")[0] for doc_id in held}
    assert stems == {path.name for path in (data / "good").iterdir()}


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("математический маятник", 'pendulum-ru.docx heading "Математический маятник"'),
        ("как тормозит трение", "friction.ru.srt 00:00:01"),
        ("a capacitor stores charge", "capacitor.en.srt 00:00:00"),
        ("скорость звука в воздухе", "sound-ru.pdf page 1"),
        ("Ohm's law", "laws-en.ndjson line 1"),
    ],
)
def test_an_answer_names_what_to_open(
    connect: Callable[..., Pipeline], project_root: Path, query: str, source: str
) -> None:
    """A page, a time, a heading or a line of the file itself."""
    pipeline = connect("formats")
    index(pipeline, project_root / "tests" / "data" / "formats" / "good", ReadOptions())
    pipeline.store.require()
    answers = pipeline.searcher().search(query).answers
    assert source in [answer.passage.source for answer in answers]


def test_the_section_around_an_answer(connect: Callable[..., Pipeline], project_root: Path) -> None:
    """Whole, though it was cut into short passages that overlap."""
    pipeline = connect("sections", settings={"passages": {"max_tokens": 48, "overlap_tokens": 16}})
    lesson = project_root / "infra" / "local" / "lessons" / "ru" / "physics-ohm-law.md"
    folder = lesson.parent
    selection = find_files([str(lesson)], root=folder, suffixes=SUFFIXES)
    with Reading(ReadOptions()) as reading:
        pipeline.indexer().index([reading.parcel(each) for each in sources_of(selection)])
    pipeline.store.require()
    passages = [each.passage for each in pipeline.searcher().search("закон Ома").answers]
    sections = pipeline.store.section_text(passages)
    assert set(sections) == {passage.section_id for passage in passages}
    text = lesson.read_text(encoding="utf-8")
    for passage in passages:
        assert passage.text in sections[passage.section_id]
        assert sections[passage.section_id] in text
    assert max(map(len, sections.values())) > max(len(passage.text) for passage in passages)
