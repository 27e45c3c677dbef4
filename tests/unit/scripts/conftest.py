"""What the tests of `retrieval index` share."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.pipeline import assemble
from tests.unit.scripts.index_fakes import FakePipeline


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    """Takes the place of every assembled pipeline."""
    fake = FakePipeline()
    monkeypatch.setattr(assemble, "patient_pipeline", lambda *_: fake)
    return fake


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """A folder with two documents."""
    (tmp_path / "ru").mkdir()
    (tmp_path / "ru" / "a.md").write_text("# А\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("b", encoding="utf-8")
    return tmp_path
