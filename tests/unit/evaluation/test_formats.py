"""Reading judged sets: the three formats, and one error for all that is wrong in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.errors import InputFileError, UsageError
from infra.evaluation.judged import JudgedFormat, JudgedSet
from infra.evaluation.read import read_judged
from infra.pipeline.records import Language

TREC_BLOCKS = """\
<top>
<num> Number: 301
<title> закон Ома
для участка цепи
<desc> Description: not used
</top>

<top>
<num> 302 </num>
<title> ohm's law </title>
</top>
"""


Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file and give its path."""

    def to_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def lesson_line(**changes: object) -> str:
    line = {"query": "закон Ома", "lang": "ru", "relevant": ["ru/ohm.md"], "kind": "term"}
    return json.dumps({**line, **changes}, ensure_ascii=False) + "\n"


def read(queries: Path, written_as: JudgedFormat, qrels: Path | None = None) -> JudgedSet:
    return read_judged(queries, written_as=written_as, qrels=qrels)


class TestLessons:
    def test_reads_every_line(self, write: Write) -> None:
        """Text, language, kind and grades come from the line, the id from its number."""
        path = write("q.jsonl", lesson_line() + "\n" + lesson_line(query="ohm", lang="en"))
        first, second = read(path, JudgedFormat.LESSONS).queries
        assert (first.query_id, first.text, first.language) == ("q1", "закон Ома", Language.RUSSIAN)
        assert (first.kind, first.grades) == ("term", {"ru/ohm.md": 1})
        assert (second.query_id, second.language) == ("q3", Language.ENGLISH)

    @pytest.mark.parametrize(
        ("changes", "skipped"),
        [
            ({}, {"en/ohm.md"}),
            ({"kind": "cross-lingual", "relevant": ["en/ohm.md"]}, set()),
            ({"relevant": ["notes/ohm.md"]}, set()),
        ],
    )
    def test_the_twin_counts_neither_way(
        self, write: Write, changes: dict[str, object], skipped: set[str]
    ) -> None:
        """The lesson of the same name in the other language is skipped, except across languages."""
        judged = read(write("q.jsonl", lesson_line(**changes)), JudgedFormat.LESSONS)
        assert judged.queries[0].skipped == skipped

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "q.jsonl:1: not JSON"),
            (lesson_line(lang="de"), "q.jsonl:1: lang: Input should be 'ru' or 'en'"),
            (lesson_line(relevant=[]), "q.jsonl:1: relevant:"),
            (lesson_line() + lesson_line(surprise=1), "q.jsonl:2: surprise:"),
        ],
    )
    def test_a_bad_line_is_named(self, write: Write, text: str, said: str) -> None:
        """The error names file, line and rule."""
        with pytest.raises(InputFileError) as caught:
            read(write("q.jsonl", text), JudgedFormat.LESSONS)
        assert said in caught.value.why

    def test_all_bad_lines_come_at_once(self, write: Write) -> None:
        """Ten wrong lines are one error with ten entries."""
        with pytest.raises(InputFileError) as caught:
            read(write("q.jsonl", "{\n" * 10), JudgedFormat.LESSONS)
        assert caught.value.why.count("not JSON") == 10

    def test_the_sample_is_readable(self, project_root: Path) -> None:
        """The sample's own queries are a judged set of this format."""
        path = project_root / "infra" / "local" / "lessons" / "queries.jsonl"
        assert len(read(path, JudgedFormat.LESSONS).queries) == 72

    def test_judgements_of_their_own_are_refused(self, write: Write) -> None:
        """--qrels with this format is a mistake, not something to ignore."""
        path = write("q.jsonl", lesson_line())
        with pytest.raises(UsageError):
            read(path, JudgedFormat.LESSONS, path)


class TestTrec:
    def test_topic_blocks_and_qrels(self, write: Write) -> None:
        """Titles are the queries; a negative grade counts as not relevant."""
        qrels = write("qrels", "301 0 ohm.md 2\n301 0 sea.md 0\n302 0 ohm.md 1\n302 0 spam.md -2\n")
        judged = read(write("topics", TREC_BLOCKS), JudgedFormat.TREC, qrels)
        first, second = judged.queries
        assert (first.query_id, first.text) == ("301", "закон Ома для участка цепи")
        assert (first.language, first.grades) == (Language.RUSSIAN, {"ohm.md": 2, "sea.md": 0})
        assert (second.text, second.grades["spam.md"]) == ("ohm's law", 0)
        assert first.relevant == {"ohm.md"}

    def test_topics_as_lines(self, write: Write) -> None:
        """An id, a tab and the query do as well."""
        topics = write("topics", "7\tohm law\n8\tnobody judged this\n")
        judged = read(topics, JudgedFormat.TREC, write("qrels", "7 0 ohm.md 1\n"))
        assert [(query.query_id, query.text) for query in judged.queries] == [("7", "ohm law")]
        assert judged.without_answer == 1

    @pytest.mark.parametrize(
        ("topics", "qrels", "said"),
        [
            ("7 no tab\n", "7 0 d 1\n", "topics:1: not an id, a tab and a query"),
            ("7\ta\n7\tb\n", "7 0 d 1\n", "topics:2: query 7 is there twice"),
            ("<top>\n<num> 1\n</top>", "1 0 d 1\n", "topics:1: the topic has no"),
            ("7\ta\n", "7 0 d\n", "qrels:1: 3 columns, not 4"),
            ("7\ta\n", "7 0 d high\n", "qrels:1: the grade 'high' is not a whole number"),
            ("7\ta\n", "7 0 d 1\n7 0 d 2\n", "qrels:2: d has two grades for query 7"),
        ],
    )
    def test_what_is_wrong_is_named(self, write: Write, topics: str, qrels: str, said: str) -> None:
        """The error names the file, the line and the rule."""
        with pytest.raises(InputFileError) as caught:
            read(write("topics", topics), JudgedFormat.TREC, write("qrels", qrels))
        assert said in caught.value.why


class TestBeir:
    def test_queries_and_a_table_of_judgements(self, write: Write) -> None:
        """Queries of another split, without judgements, are counted and left out."""
        queries = write(
            "queries.jsonl",
            '{"_id": "a", "text": "ohm", "metadata": {}}\n{"_id": "b", "text": "sea"}\n',
        )
        qrels = write("test.tsv", "query-id\tcorpus-id\tscore\na\tohm.md\t1\n")
        judged = read(queries, JudgedFormat.BEIR, qrels)
        assert [query.query_id for query in judged.queries] == ["a"]
        assert judged.without_answer == 1

    @pytest.mark.parametrize(
        ("queries", "qrels", "said"),
        [
            ('{"text": "x"}\n', "", "queries.jsonl:1: _id"),
            ('{"_id": "a", "text": "x"}\n' * 2, "", "queries.jsonl:2: query a is there twice"),
            ('{"_id": "a", "text": "x"}\n', "a\tb\t1\n", "test.tsv:1: the header is a, b, 1"),
            (
                '{"_id": "a", "text": "x"}\n',
                "query-id\tcorpus-id\tscore\na\tb\n",
                "test.tsv:2: 2 columns, not 3",
            ),
        ],
    )
    def test_what_is_wrong_is_named(
        self, write: Write, queries: str, qrels: str, said: str
    ) -> None:
        """The error names the file, the line and the rule."""
        with pytest.raises(InputFileError) as caught:
            read(write("queries.jsonl", queries), JudgedFormat.BEIR, write("test.tsv", qrels))
        assert said in caught.value.why


def test_judgements_are_required(write: Write) -> None:
    """TREC and BEIR without --qrels is a wrong command line."""
    with pytest.raises(UsageError):
        read(write("topics", "7\ta\n"), JudgedFormat.TREC)


def test_a_set_that_nothing_answers_is_refused(write: Write) -> None:
    """Queries whose judgements are all 0 leave nothing to measure."""
    with pytest.raises(InputFileError, match="no query that can be measured"):
        read(write("topics", "7\ta\n"), JudgedFormat.TREC, write("qrels", "7 0 d 0\n"))


def test_a_missing_file_is_an_operator_error(tmp_path: Path) -> None:
    """No traceback for a name that was mistyped."""
    with pytest.raises(InputFileError):
        read(tmp_path / "none.jsonl", JudgedFormat.LESSONS)
