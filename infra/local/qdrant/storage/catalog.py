"""The data folder: which collections and aliases exist, each change durable before its answer.

One file, `catalog.json`, is the truth; folders it does not name are leftovers and are removed.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Iterable
from pathlib import Path

import qdrant_edge as edge

from infra.errors import ExitCode, OperatorError
from infra.local.qdrant.config import CollectionConfig, patched, with_vector
from infra.local.qdrant.errors import (
    ApiError,
    collection_not_found,
    from_engine,
    not_found,
    wrong_input,
)
from infra.local.qdrant.field_index import FieldSchema
from infra.local.qdrant.serde import Json
from infra.local.qdrant.storage.collection import Collection
from infra.local.qdrant.storage.files import remove_folder, write_atomically
from infra.local.qdrant.storage.folder_lock import lock_folder

SCHEMA_VERSION = 1


class CatalogError(OperatorError):
    """The data folder cannot be used, or holds what this version cannot read."""

    exit_code = ExitCode.BAD_INPUT


class Catalog:
    """Open collections and aliases of one data folder; safe to call from many threads."""

    def __init__(self, folder: Path) -> None:
        """Lock and open the folder, which is made if absent.

        Raises:
            StorageInUseError: another process serves it.
            CatalogError: the folder cannot be used, or its catalog or a collection in it cannot
                be read.
        """
        self._file = folder / "catalog.json"
        self._collections_folder = folder / "collections"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = lock_folder(folder)
            self._collections_folder.mkdir(exist_ok=True)
        except OSError as error:
            raise CatalogError(
                f"data folder {folder} cannot be used",
                why=str(error),
                remedy="give --storage a folder that this user may write to",
            ) from error
        self._lock = threading.RLock()
        self.collections: dict[str, Collection] = {}
        self.aliases: dict[str, str] = {}
        self._load()

    def find(self, name: str) -> Collection:
        """The collection called `name`, or to which that alias points.

        Raises:
            ApiError: 404.
        """
        collection = self.collections.get(self.resolve(name))
        if collection is None:
            raise collection_not_found(name)
        return collection

    def resolve(self, name: str) -> str:
        return self.aliases.get(name, name)

    def create(self, name: str, config: CollectionConfig) -> None:
        with self._lock:
            if name in self.collections:
                raise ApiError(409, f"Wrong input: Collection `{name}` already exists!")
            if name in self.aliases:
                rule = "Alias with the same name already exists"
                raise wrong_input(f"Can't create collection with name {name}. {rule}")
            folder = self._collections_folder / uuid.uuid4().hex
            folder.mkdir()
            try:
                collection = Collection(name, folder, config=config)
            except Exception as error:
                remove_folder(folder)
                raise from_engine(error) from error
            self.collections[name] = collection
            self._save()

    def delete(self, name: str) -> bool:
        """Delete a collection with its aliases; an unknown name or an alias is False."""
        with self._lock:
            collection = self.collections.pop(name, None)
            if collection is None:
                return False
            self.aliases = {
                alias: target for alias, target in self.aliases.items() if target != name
            }
            self._save()
        collection.close()
        remove_folder(collection.folder)
        return True

    def patch(self, collection: Collection, patch: Json) -> None:
        """Change a collection's configuration, in the engine and on disk."""
        with collection.write_lock:
            collection.reconfigure(patched(collection.config, patch))
            self.save()

    def change_vector(
        self,
        collection: Collection,
        operation: edge.UpdateOperation,
        name: str,
        added: tuple[str, Json] | None,
    ) -> int:
        """Add or remove a vector name in the engine and in the configuration.

        Args:
            collection: where.
            operation: the engine's operation.
            name: of the vector.
            added: the form, dense or sparse, and parameters of the new vector; None removes it.

        Returns:
            the number of the operation; the server counts such a change as two.
        """
        with collection.write_lock:
            collection.skip_number()
            number = collection.update(operation)
            collection.adopt_config(with_vector(collection.config, name, added))
            self.save()
        return number

    def apply_aliases(self, actions: Iterable[Json]) -> None:
        """Apply all actions or none."""
        with self._lock:
            aliases = dict(self.aliases)
            for action in actions:
                self._apply_alias(aliases, action)
            self.aliases = aliases
            self._save()

    def save(self) -> None:
        """Make the current state of all collections and aliases durable."""
        with self._lock:
            self._save()

    def close(self) -> None:
        """Close every collection, then let other processes have the folder."""
        with self._lock:
            for collection in self.collections.values():
                collection.close()
            os.close(self._descriptor)

    def _apply_alias(self, aliases: dict[str, str], action: Json) -> None:
        (verb, args), *_ = action.items()
        if verb == "create_alias":
            if args["collection_name"] not in self.collections:
                raise collection_not_found(args["collection_name"])
            if args["alias_name"] in self.collections:
                text = f"Wrong input: Collection `{args['alias_name']}` already exists!"
                raise ApiError(409, text)
            aliases[args["alias_name"]] = args["collection_name"]
        elif verb == "delete_alias":
            aliases.pop(args["alias_name"], None)
        else:
            if args["old_alias_name"] not in aliases:
                raise not_found(f"Alias {args['old_alias_name']} does not exists!")
            aliases[args["new_alias_name"]] = aliases.pop(args["old_alias_name"])

    def _save(self) -> None:
        content = {
            "schema_version": SCHEMA_VERSION,
            "collections": {name: _stored(item) for name, item in self.collections.items()},
            "aliases": self.aliases,
        }
        write_atomically(self._file, json.dumps(content, ensure_ascii=False).encode())

    def _load(self) -> None:
        content: Json = {"schema_version": SCHEMA_VERSION, "collections": {}, "aliases": {}}
        if self._file.exists():
            content = _read(self._file)
        kept = {entry["folder"] for entry in content["collections"].values()}
        for folder in self._collections_folder.iterdir():
            if folder.name not in kept:
                remove_folder(folder)
        for name, entry in content["collections"].items():
            self.collections[name] = self._restore(name, entry)
        self.aliases = content["aliases"]

    def _restore(self, name: str, entry: Json) -> Collection:
        folder = self._collections_folder / entry["folder"]
        for shard in folder.glob("shard-*"):
            if shard.name != f"shard-{entry['generation']}":
                remove_folder(shard)
        indexes = {
            field: FieldSchema(schema["data_type"], schema["params"])
            for field, schema in entry["indexes"].items()
        }
        shard = folder / f"shard-{entry['generation']}"
        if not shard.is_dir():
            raise CatalogError(
                f"collection {name!r} has lost its data",
                why=f"{shard} is not there",
                remedy=f"restore {folder}, or start with an empty --storage folder and index again",
            )
        try:
            return Collection(
                name,
                folder,
                config=CollectionConfig.restored(entry["config"]),
                generation=entry["generation"],
                indexes=indexes,
            )
        except Exception as error:
            raise CatalogError(
                f"collection {name!r} cannot be opened",
                why=str(error),
                remedy=f"restore {folder}, or start with an empty --storage folder and index again",
            ) from error


def _stored(collection: Collection) -> Json:
    return {
        "folder": collection.folder.name,
        "generation": collection.generation,
        "config": collection.config.stored(),
        "indexes": {field: dict(vars(schema)) for field, schema in collection.indexes.items()},
    }


def _read(path: Path) -> Json:
    try:
        content = json.loads(path.read_bytes())
        version = content["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogError(
            f"catalog {path} cannot be read",
            why=f"it is not the JSON that this program writes ({error})",
            remedy="restore the data folder, or start with an empty --storage folder",
        ) from error
    if version != SCHEMA_VERSION:
        raise CatalogError(
            f"catalog {path} has schema version {version}",
            why=f"this program reads version {SCHEMA_VERSION}",
            remedy="use the program version that wrote it, or an empty --storage folder",
        )
    return content
