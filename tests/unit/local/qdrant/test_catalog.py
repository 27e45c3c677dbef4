"""The data folder: what a restart finds, and what it clears away."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from infra.local.qdrant.config import read_create, read_patch
from infra.local.qdrant.errors import ApiError
from infra.local.qdrant.storage.catalog import Catalog, CatalogError
from infra.local.qdrant.storage.folder_lock import StorageInUseError

CONFIG = read_create({"vectors": {"size": 2, "distance": "Dot"}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "storage with space"


@pytest.fixture
def catalog(folder: Path) -> Generator[Catalog]:
    opened = Catalog(folder)
    yield opened
    opened.close()


def test_reopened_folder_has_everything(folder: Path) -> None:
    """Collections, configuration changes and aliases are there again, under any name."""
    first = Catalog(folder)
    first.create("слова/../x", CONFIG)
    first.patch(first.find("слова/../x"), read_patch({"metadata": {"index_key": "1"}}))
    create = {"create_alias": {"collection_name": "слова/../x", "alias_name": "live"}}
    first.apply_aliases([create])
    first.close()

    again = Catalog(folder)
    assert again.find("live").config.metadata == {"index_key": "1"}
    again.close()


def test_folder_serves_one_process(folder: Path, catalog: Catalog) -> None:
    """A second opening is refused while the first lasts."""
    with pytest.raises(StorageInUseError, match="is in use"):
        Catalog(folder)


def test_leftovers_of_a_crash_are_removed(folder: Path) -> None:
    """Folders that the catalog does not name, and half-optimised copies, go at the next start."""
    first = Catalog(folder)
    first.create("c", CONFIG)
    kept = first.find("c").folder
    first.close()
    (kept / "shard-1").mkdir()
    (folder / "collections" / "orphan").mkdir()

    again = Catalog(folder)
    assert [path.name for path in (folder / "collections").iterdir()] == [kept.name]
    assert not (kept / "shard-1").exists()
    again.close()


def test_alias_actions_are_all_or_nothing(catalog: Catalog) -> None:
    """If one action fails, the earlier ones of the request did not happen."""
    catalog.create("a", CONFIG)
    create = {"create_alias": {"collection_name": "a", "alias_name": "live"}}
    rename = {"rename_alias": {"old_alias_name": "ghost", "new_alias_name": "x"}}

    with pytest.raises(ApiError, match="Alias ghost does not exists"):
        catalog.apply_aliases([create, rename])

    assert catalog.aliases == {}


def test_deleting_a_collection_takes_its_aliases_and_files(folder: Path, catalog: Catalog) -> None:
    """Nothing of it is left, and the name is free again."""
    catalog.create("a", CONFIG)
    create = {"create_alias": {"collection_name": "a", "alias_name": "live"}}
    catalog.apply_aliases([create])

    assert not catalog.delete("live")
    assert catalog.delete("a")
    assert catalog.aliases == {}
    assert list((folder / "collections").iterdir()) == []
    catalog.create("a", CONFIG)


def test_collection_without_vectors_works(catalog: Catalog) -> None:
    """The engine needs a vector; the hidden one is not among the collection's."""
    catalog.create("empty", read_create({}))

    assert catalog.find("empty").specs == {}


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"schema_version": 99})])
def test_unreadable_catalog_is_refused(folder: Path, content: str) -> None:
    """A damaged catalog or one of another version stops the start; nothing is deleted."""
    folder.mkdir()
    (folder / "catalog.json").write_text(content)
    (folder / "collections").mkdir()
    (folder / "collections" / "data").mkdir()

    with pytest.raises(CatalogError):
        Catalog(folder)

    assert (folder / "collections" / "data").exists()


def test_damaged_collection_is_named(folder: Path) -> None:
    """A collection whose files are broken stops the start by name; its files stay."""
    first = Catalog(folder)
    first.create("lessons", CONFIG)
    shard = first.find("lessons").shard_path(0)
    first.close()
    (shard / "edge_config.json").write_text("{")

    with pytest.raises(CatalogError, match="collection 'lessons' cannot be opened"):
        Catalog(folder)

    assert shard.exists()


def test_folder_that_is_a_file_is_named(folder: Path) -> None:
    """A data folder that cannot be made is one clear error."""
    folder.write_text("")

    with pytest.raises(CatalogError, match="cannot be used"):
        Catalog(folder)


def test_lost_shard_is_not_taken_for_an_empty_one(folder: Path) -> None:
    """A collection whose data is gone stops the start instead of coming back empty."""
    first = Catalog(folder)
    first.create("lessons", CONFIG)
    shard = first.find("lessons").shard_path(0)
    first.close()
    shard.rename(folder / "elsewhere")

    with pytest.raises(CatalogError, match="'lessons' has lost its data"):
        Catalog(folder)
