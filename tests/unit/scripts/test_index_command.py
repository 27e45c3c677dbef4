"""`retrieval index`: what it prints where, and what it refuses before it talks to a service."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from infra.errors import InputFileError, StackError
from infra.pipeline import assemble
from infra.pipeline.index import IndexReport, Progress
from infra.pipeline.records import Document
from infra.settings import StackSettings, Target
from scripts import index
from scripts.deployment import Deployment, Endpoints

REPORT = IndexReport(
    dry_run=False,
    documents=2,
    passages=1234,
    new=3,
    moved=1,
    unchanged=1230,
    removed=4,
    tokens=98765,
    tokens_embedded=321,
    seconds=1.5,
)


class FakePipeline:
    """Takes the place of the assembled pipeline; keeps what it was asked to index."""

    spec = SimpleNamespace(name="lessons-0123456789ab")
    embedder = SimpleNamespace(served=SimpleNamespace(model_id="fake-model"))

    def __init__(self) -> None:
        self.indexed: list[list[str]] = []
        self.dry_runs: list[bool] = []

    def __enter__(self) -> FakePipeline:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is open."""

    def indexer(self) -> FakePipeline:
        return self

    def index(self, documents: list[Document], *, dry_run: bool, progress: Progress) -> IndexReport:
        progress("split", 1, 1)
        self.indexed.append([document.doc_id for document in documents])
        self.dry_runs.append(dry_run)
        return REPORT


def deployment(stack: str | None) -> Deployment:
    return Deployment(
        stack=stack or "local",
        endpoints=Endpoints(gateway=None, qdrant="http://q", embed="http://e", rerank="http://r"),
        settings=StackSettings(target=Target.LOCAL),
        secrets={"qdrant_api_key": "very-secret"},
    )


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    fake = FakePipeline()
    monkeypatch.setattr(assemble, "patient_pipeline", lambda *_: fake)
    return fake


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    (tmp_path / "ru").mkdir()
    (tmp_path / "ru" / "a.md").write_text("# А\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("b", encoding="utf-8")
    return tmp_path


def run(*arguments: str, connect: Callable[[str | None], Deployment] = deployment) -> Result:
    app = typer.Typer()
    index.register(app, connect)
    return CliRunner().invoke(app, list(arguments))


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


def test_bad_input_is_told_before_the_stack_is_looked_up(lessons: Path) -> None:
    """A file that cannot be read needs no running stack to be found."""
    (lessons / "junk.md").write_bytes(b"\xff")

    def connect(_stack: str | None) -> Deployment:
        raise StackError("not up", why="test", remedy="none")

    result = run(str(lessons), connect=connect)
    assert isinstance(result.exception, InputFileError)
    assert "junk.md" in result.exception.why


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_dry_run_says_so(dry_run: bool) -> None:
    """Nobody takes its numbers for done."""
    out = io.StringIO()
    index.print_report(Console(file=out), replace(REPORT, dry_run=dry_run))
    assert ("dry run" in out.getvalue()) == dry_run


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.004, "0.00 s"), (9.99, "9.99 s"), (59.96, "60.0 s"), (185, "3 min 05 s")],
)
def test_durations(seconds: float, expected: str) -> None:
    """Two digits that matter, and minutes when it takes minutes."""
    assert index.show.seconds(seconds) == expected
