"""`retrieval index --rebuild`, `--rollback`, `--drop-previous`: which collection is served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.errors import CheckFailedError
from infra.pipeline.collection import Served
from tests.unit.scripts.index_fakes import FakePipeline, run


class TestRebuild:
    """A new collection beside the served one, and back."""

    def test_it_is_served_once_it_is_verified(self, pipeline: FakePipeline, lessons: Path) -> None:
        """Written beside, counted, cut over, and the way back is named."""
        pipeline.cutover.now = Served(current="lessons-old", previous=None)
        result = run(str(lessons), "--rebuild", "--json")
        assert pipeline.stores == [pipeline.build_store]
        assert pipeline.cutover.done == ["verify 2", "cut over"]
        assert json.loads(result.stdout)["served"] == "lessons-0123456789ab"
        assert "--rollback` goes back to lessons-old" in result.stderr

    @pytest.mark.parametrize("current", [None, "lessons-0123456789ab"])
    def test_without_another_collection_it_is_plain_indexing(
        self, pipeline: FakePipeline, lessons: Path, current: str | None
    ) -> None:
        """Also after a rebuild that is repeated once it is done."""
        pipeline.cutover.now = Served(current=current, previous=None)
        assert run(str(lessons), "--rebuild").exit_code == 0
        assert (pipeline.stores, pipeline.cutover.done) == ([None], [])

    def test_documents_left_behind_need_consent(
        self, pipeline: FakePipeline, lessons: Path
    ) -> None:
        """Without it the old collection stays in its place."""
        pipeline.cutover.now = Served(current="lessons-old", previous=None)
        pipeline.cutover.missing = ("books/x.md",)
        result = run(str(lessons), "--rebuild")
        assert isinstance(result.exception, CheckFailedError)
        assert "books/x.md" in result.exception.why
        assert pipeline.cutover.done == ["verify 2"]
        assert run(str(lessons), "--rebuild", "--yes").exit_code == 0
        assert pipeline.cutover.done[-1] == "cut over"

    def test_a_dry_run_changes_nothing(self, pipeline: FakePipeline, lessons: Path) -> None:
        """It counts what would be built."""
        pipeline.cutover.now = Served(current="lessons-old", previous=None)
        assert run(str(lessons), "--rebuild", "--dry-run").exit_code == 0
        assert (pipeline.dry_runs, pipeline.cutover.done) == ([True], [])

    def test_rollback_tells_what_it_does(self, pipeline: FakePipeline) -> None:
        """What is served, how it differs, what is kept."""
        result = run("--rollback")
        assert pipeline.cutover.done == ["roll back"]
        for words in ("lessons-old with 7 passages", "passages.max_tokens was 256, is now 64"):
            assert words in result.stderr
        assert "lessons-old" in result.stdout

    def test_a_dry_rollback_only_tells(self, pipeline: FakePipeline) -> None:
        """Nothing moves."""
        body = json.loads(run("--rollback", "--dry-run", "--json").stdout)
        assert (body["served"], body["dry_run"]) == ("lessons-old", True)
        assert pipeline.cutover.done == []

    def test_dropping_names_what_is_gone(self, pipeline: FakePipeline) -> None:
        """Every deleted collection is told."""
        assert "lessons-old" in run("--drop-previous", "--dry-run").stdout
        assert pipeline.cutover.done == []
        body = json.loads(run("--drop-previous", "--json").stdout)
        assert body["dropped"] == ["lessons-old"]
        assert pipeline.cutover.done == ["drop ['lessons-old']"]
