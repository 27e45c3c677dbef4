"""Documents that are gone from a folder, in the real store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.pipeline.assemble import Pipeline
from infra.pipeline.documents import SUFFIXES, read_documents, sources_of
from infra.pipeline.files import Selection, find_files
from infra.pipeline.prune import Prune, carry_out, plan_prune
from infra.pipeline.readers import ReadOptions
from infra.pipeline.reading import Reading

pytestmark = pytest.mark.contract


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Урок {name}.", encoding="utf-8")


def index(pipeline: Pipeline, *paths: Path, root: Path | None = None) -> Prune:
    """Index paths, then remove what is gone below them."""
    selection = find_files([str(path) for path in paths], root=root, suffixes=SUFFIXES)
    with Reading(ReadOptions()) as reading:
        sources = sources_of(selection)
        pipeline.indexer().index([reading.parcel(source) for source in sources])
    prune = planned(pipeline, selection)
    carry_out(pipeline.holdings, prune)
    return prune


def planned(pipeline: Pipeline, selection: Selection) -> Prune:
    there = {file.doc_id for file in selection.files}
    return plan_prune(pipeline.holdings, selection.scopes, is_there=there.__contains__)


def stored(pipeline: Pipeline) -> list[str]:
    return sorted(pipeline.holdings.documents())


def test_only_what_is_gone_from_the_folder(
    connect: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """Documents of other folders stay, also those whose ids look alike."""
    pipeline = connect("gone")
    one, two = tmp_path / "one", tmp_path / "two"
    write(one, "a.md", "b.md", "c.md")
    write(two, "x.md", "y.md")
    index(pipeline, one)
    index(pipeline, two)
    (one / "b.md").unlink()
    prune = index(pipeline, one)
    assert (prune.documents, prune.passages, prune.all_passages) == (1, 1, 5)
    assert stored(pipeline) == ["a.md", "c.md", "x.md", "y.md"]


def test_a_part_of_a_root(connect: Callable[..., Pipeline], tmp_path: Path) -> None:
    """A folder below the root accounts for itself only."""
    pipeline = connect("part")
    write(tmp_path, "ru/a.md", "ru/b.md", "en/c.md", "ru-old/d.md")
    index(pipeline, tmp_path)
    for gone in ("ru/a.md", "en/c.md", "ru-old/d.md"):
        (tmp_path / gone).unlink()
    index(pipeline, tmp_path / "ru", root=tmp_path)
    assert stored(pipeline) == ["en/c.md", "ru-old/d.md", "ru/b.md"]


def test_planning_removes_nothing(connect: Callable[..., Pipeline], tmp_path: Path) -> None:
    """What would be removed is counted first, and most of a collection needs consent."""
    pipeline = connect("planned")
    write(tmp_path, "a.md", "b.md")
    index(pipeline, tmp_path)
    (tmp_path / "b.md").unlink()
    prune = planned(pipeline, find_files([str(tmp_path)], root=None, suffixes=SUFFIXES))
    assert list(prune.gone.values()) == [("b.md",)]
    assert prune.needs_consent
    assert stored(pipeline) == ["a.md", "b.md"]


def test_documents_without_a_root_are_nobodys(
    connect: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """What a program indexed by itself is never pruned with a folder."""
    pipeline = connect("nobody")
    write(tmp_path, "a.md", "b.md")
    documents = read_documents([str(tmp_path)])
    pipeline.indexer().index([replace(document, root="") for document in documents])
    (tmp_path / "b.md").unlink()
    (tmp_path / "a.md").rename(tmp_path / "c.md")
    index(pipeline, tmp_path)
    assert stored(pipeline) == ["a.md", "b.md", "c.md"]
