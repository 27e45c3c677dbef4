"""`retrieval index`: what it prints where, and what it refuses before it talks to a service."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from infra.errors import ExitCode, InputFileError, StackError, UsageError
from infra.pipeline.estimate import Estimate
from infra.pipeline.progress import IndexProgress
from scripts import show
from scripts.deployment import Deployment
from scripts.index_report import described, print_report
from tests.unit.scripts.index_fakes import REPORT, FakePipeline, run


def test_the_table_goes_to_stdout_and_the_talk_to_stderr(
    pipeline: FakePipeline, lessons: Path
) -> None:
    """Counts are data; what was resolved is talk; the key is not shown."""
    result = run(str(lessons))
    assert result.exit_code == 0
    for words in ("documents", "1 234", "1 230", "98 765", "1.50 s"):
        assert words in result.stdout
    for words in ("lessons = lessons-0123456789ab", "fake-model on http://e", "set, not shown"):
        assert words in result.stderr
        assert words not in result.stdout
    assert "very-secret" not in result.output
    assert pipeline.indexed == [["b.txt", "ru/a.md"]]


def test_json_is_one_object_with_its_input(pipeline: FakePipeline, lessons: Path) -> None:
    """Schema, tool, input and every number of the report."""
    result = run(str(lessons / "ru"), "--root", str(lessons), "--dry-run", "--json", "-s", "x")
    body = json.loads(result.stdout)
    assert (body["schema_version"], body["command"], body["stack"]) == (1, "index", "x")
    assert body["tool"]["name"] == "retrieval"
    assert body["input"]["paths"] == [str(lessons / "ru")]
    assert body["input"]["dry_run"] is True
    assert body["input"]["passages"]["max_tokens"] == 256
    assert (body["new"], body["unchanged"], body["tokens_embedded"]) == (3, 1230, 321)
    assert pipeline.indexed == [["ru/a.md"]]
    assert pipeline.dry_runs == [True]


def test_no_progress_and_no_colour_without_a_terminal(
    pipeline: FakePipeline, lessons: Path
) -> None:
    """Output into a pipe holds no control sequences."""
    assert "\x1b" not in run(str(lessons)).output


def not_up(_stack: str | None) -> Deployment:
    raise StackError("not up", why="test", remedy="none")


class TestUnreadable:
    """Files and paths that cannot be read."""

    def test_the_rest_is_indexed_and_the_exit_code_tells(
        self, pipeline: FakePipeline, lessons: Path
    ) -> None:
        """One line for each on stderr, the report on stdout, then the count as an error."""
        (lessons / "junk.md").write_bytes(b"ab\x00")
        result = run(str(lessons), str(lessons / "nowhere"))
        assert isinstance(result.exception, InputFileError)
        assert result.exception.exit_code is ExitCode.BAD_INPUT
        assert "2 of 4" in result.exception.what
        assert "the rest is indexed" in result.exception.what
        assert pipeline.indexed == [["b.txt", "ru/a.md"]]
        lines = [line for line in result.stderr.splitlines() if line.startswith("not read: ")]
        assert [line.rsplit("/", 1)[1] for line in lines] == [
            "nowhere: does not exist",
            "junk.md: is binary, not text (control character at 2)",
        ]
        assert "files not read" in result.stdout

    def test_json_lists_them(self, pipeline: FakePipeline, lessons: Path) -> None:
        """Paths that lead nowhere and files that are damaged in one list."""
        (lessons / "junk.md").write_bytes(b"ab\x00")
        body = json.loads(run(str(lessons), "nowhere", "--json").stdout)
        assert [problem["path"] for problem in body["problems"]] == [
            "nowhere",
            str(lessons / "junk.md"),
        ]

    def test_nothing_at_all(self, pipeline: FakePipeline, lessons: Path) -> None:
        """The same exit code, and no collection is made for it."""
        (lessons / "only").mkdir()
        (lessons / "only" / "junk.md").write_bytes(b"ab\x00")
        result = run(str(lessons / "only"))
        assert isinstance(result.exception, InputFileError)
        assert "nothing was written" in result.exception.what

    @pytest.mark.parametrize("arguments", [["nowhere"], ["--strict"]])
    def test_told_before_the_stack_is_looked_up(self, lessons: Path, arguments: list[str]) -> None:
        """No path that leads anywhere, or any damage with --strict, needs no running stack."""
        (lessons / "junk.md").write_bytes(b"ab\x00")
        paths = arguments if arguments == ["nowhere"] else [str(lessons), *arguments]
        result = run(*paths, connect=not_up)
        assert isinstance(result.exception, InputFileError)
        assert "so nothing was" in result.exception.what
        assert ("nowhere" if "nowhere" in paths else "junk.md") in result.exception.why


class TestInput:
    """What is read from where."""

    def test_stdin(self, pipeline: FakePipeline) -> None:
        """Its name is the document's id, its format an option."""
        records = b'{"body": "one", "key": "a"}\n{"body": "two", "key": "b"}\n'
        fields = ["--field", "text=body", "--field", "id=key"]
        result = run(
            "-", "--stdin-format", "jsonl", "--stdin-name", "notes", *fields, stdin=records
        )
        assert result.exit_code == 0, result.output
        assert pipeline.indexed == [["notes#a", "notes#b"]]

    @pytest.mark.parametrize(
        ("arguments", "doc_id"), [([], "stdin"), (["--stdin-name", "x.jsonl"], "x.jsonl#1")]
    )
    def test_the_name_of_stdin_tells_its_format(
        self, pipeline: FakePipeline, arguments: list[str], doc_id: str
    ) -> None:
        """Plain text where nothing tells it."""
        assert run("-", *arguments, stdin=b'{"text": "one"}').exit_code == 0
        assert pipeline.indexed == [[doc_id]]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ([], "nothing to index"),
            (["-", "--stdin-format", "doc"], "--stdin-format doc"),
            (["x", "--field", "text"], "--field text"),
            (["x", "--field", "body=text"], "--field body=text"),
            (["x", "--rollback"], "stand alone"),
            (["--rollback", "--drop-previous"], "stand alone"),
            (["--rollback", "--prune"], "stand alone"),
        ],
    )
    def test_refused(self, arguments: list[str], words: str) -> None:
        """The option that is wrong is named."""
        result = run(*arguments, connect=not_up, stdin=b"x")
        assert isinstance(result.exception, UsageError)
        assert words in result.exception.what


class TestPrune:
    """Removing documents that are gone."""

    def test_little_is_removed_and_told(self, pipeline: FakePipeline, lessons: Path) -> None:
        """Documents that are there, and those that could not be read, stay."""
        (lessons / "junk.md").write_bytes(b"ab\x00")
        pipeline.held = Counter({"b.txt": 1, "ru/a.md": 1, "junk.md": 1, "gone.md": 2})
        result = run(str(lessons), "--prune", "--json")
        assert pipeline.removed == ["gone.md"]
        assert json.loads(result.stdout)["pruned"] == {"documents": 1, "passages": 2}

    def test_much_needs_consent(self, pipeline: FakePipeline, lessons: Path) -> None:
        """Without a terminal only --yes is one; what was indexed stays."""
        pipeline.held = Counter({"gone.md": 11})
        result = run(str(lessons), "--prune")
        assert isinstance(result.exception, UsageError)
        assert "--yes" in result.exception.remedy
        assert pipeline.removed == []
        assert run(str(lessons), "--prune", "--yes").exit_code == 0
        assert pipeline.removed == ["gone.md"]

    def test_a_dry_run_removes_nothing(self, pipeline: FakePipeline, lessons: Path) -> None:
        """It counts."""
        pipeline.held = Counter({"gone.md": 50})
        result = run(str(lessons), "--prune", "--dry-run", "--json")
        assert json.loads(result.stdout)["pruned"] == {"documents": 1, "passages": 50}
        assert pipeline.removed == []

    @pytest.mark.parametrize("path", ["b.txt", "*.txt", "empty", "nowhere"])
    def test_where_nobody_can_say_what_is_gone(self, lessons: Path, path: str) -> None:
        """Files, patterns, folders without a document and paths that lead nowhere are refused."""
        (lessons / "empty").mkdir()
        result = run(str(lessons / path), "--prune", connect=not_up)
        assert isinstance(result.exception, UsageError)
        assert "--prune" in result.exception.what


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_dry_run_says_so(dry_run: bool) -> None:
    """Nobody takes its numbers for done, nor its time for more than an estimate."""
    out = io.StringIO()
    estimate = Estimate(
        tokens=6000,
        sample_passages=32,
        sample_tokens=500,
        sample_s=5.0,
        tokens_per_s=100.0,
        seconds=60.0,
    )
    report = replace(REPORT, dry_run=dry_run, estimate=estimate if dry_run else None)
    print_report(Console(file=out, width=200), report)
    assert ("dry run" in out.getvalue()) == dry_run
    told = "estimated time of embedding: 1 min 00 s, from 32 passages that the server embedded"
    assert (told in out.getvalue()) == dry_run
    assert "token rows" not in out.getvalue()


def test_a_dry_run_tells_the_cost_of_learned_weights() -> None:
    """The bytes that would be read for them, beside the time that holds them already."""
    out = io.StringIO()
    estimate = Estimate(
        tokens=6000,
        sample_passages=32,
        sample_tokens=500,
        sample_s=5.0,
        tokens_per_s=100.0,
        seconds=60.0,
    )
    report = replace(REPORT, dry_run=True, estimate=estimate)
    print_report(Console(file=out, width=200), report, row_bytes=67_100_000)
    assert "about 67.1 MB of token rows to read" in out.getvalue()


def test_progress_in_a_line() -> None:
    """Documents, passages, rate and what is left; nothing that is not known yet."""
    assert described(IndexProgress()) == "0 documents, 0 passages"
    half = IndexProgress(
        documents=3, passages=40, tokens=5000, done_bytes=50, size_bytes=100, seconds=20
    )
    assert described(half) == "3 documents, 40 passages, 250 tokens/s, 20.0 s left"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.004, "0.00 s"), (9.99, "9.99 s"), (59.96, "60.0 s"), (185, "3 min 05 s")],
)
def test_durations(seconds: float, expected: str) -> None:
    """Two digits that matter, and minutes when it takes minutes."""
    assert show.seconds(seconds) == expected
