"""Routes about collections: their life, aliases, payload indexes and vector names."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.conditions import read_path
from infra.local.qdrant.config import read_create, read_patch
from infra.local.qdrant.config_engine import DATATYPES, DISTANCES, modifier, multivector
from infra.local.qdrant.config_fields import (
    SPARSE_PARAMS,
    VECTOR_PARAMS,
    check_vector_name,
    check_vectors,
)
from infra.local.qdrant.errors import (
    FormatError,
    LateError,
    RuleError,
    path_rule,
    unknown_vector,
    wrong_input,
)
from infra.local.qdrant.field_index import read_create_index
from infra.local.qdrant.http import Response
from infra.local.qdrant.serde import Json, field, untagged, want_list, want_map, want_str
from infra.local.qdrant.service import Call
from infra.local.qdrant.storage.collection import Collection
from infra.local.qdrant.strict_mode import check_index_count
from infra.local.qdrant.write_run import update_result

MAX_NAME_LENGTH = 255

_ALIAS_FIELDS = {
    "create_alias": ("collection_name", "alias_name"),
    "delete_alias": ("alias_name",),
    "rename_alias": ("old_alias_name", "new_alias_name"),
}


def list_collections(call: Call) -> Response:
    names = sorted(name for name in call.catalog.collections if call.access.may_see(name))
    return call.ok({"collections": [{"name": name} for name in names]})


def create(call: Call) -> Response:
    _check_name(call.collection_name)
    call.params.catalog_timeout()
    config = call.body(read_create)
    call.access.require_manage()
    call.catalog.create(call.collection_name, config)
    return call.ok(result=True)


def get(call: Call) -> Response:
    return call.ok(_shown(call.readable()))


def exists(call: Call) -> Response:
    call.access.require_read(call.collection_name)
    name = call.catalog.resolve(call.collection_name)
    return call.ok({"exists": name in call.catalog.collections})


def patch(call: Call) -> Response:
    call.params.catalog_timeout()
    changes = call.body(read_patch)
    call.access.require_manage()
    call.catalog.patch(call.catalog.find(call.collection_name), changes)
    return call.ok(result=True)


def delete(call: Call) -> Response:
    call.params.catalog_timeout()
    call.access.require_manage()
    return call.ok(call.catalog.delete(call.collection_name))


def list_aliases(call: Call) -> Response:
    return call.ok(_aliases(call, None))


def collection_aliases(call: Call) -> Response:
    call.access.require_read(call.collection_name)
    return call.ok(_aliases(call, call.collection_name))


def change_aliases(call: Call) -> Response:
    call.params.catalog_timeout()
    actions = call.body(_read_alias_actions)
    call.access.require_manage()
    call.catalog.apply_aliases(actions)
    return call.ok(result=True)


def create_index(call: Call) -> Response:
    wait = call.params.wait()
    request = call.body(read_create_index)
    collection = call.writable()
    schema = request.required_schema()
    check_index_count(collection)
    name = request.field_name
    with collection.write_lock:
        operation = edge.UpdateOperation.create_field_index(name, schema.engine())
        number = _two_numbers(collection, operation)
        collection.indexes[name] = schema
        call.catalog.save()
    return call.ok(update_result(number, wait=wait))


def delete_index(call: Call) -> Response:
    wait = call.params.wait()
    collection = call.writable()
    name = call.args["field_name"]
    try:
        read_path(name)
    except FormatError as error:
        raise wrong_input(str(error)) from error
    with collection.write_lock:
        number = _two_numbers(collection, edge.UpdateOperation.delete_field_index(name))
        collection.indexes.pop(name, None)
        call.catalog.save()
    return call.ok(update_result(number, wait=wait))


def create_vector(call: Call) -> Response:
    wait = call.params.wait()
    form, params = call.body(_read_vector_name)
    collection = call.writable()
    name = call.args["vector_name"]
    try:
        check_vector_name(name)
    except RuleError as error:
        raise path_rule("vector_name", error.text) from error
    if collection.config.unnamed:
        raise wrong_input("Cannot add a vector name to a collection with an unnamed vector")
    if name in collection.specs:
        raise wrong_input(f"Vector name '{name}' already exists")
    if form == "dense":
        operation = edge.UpdateOperation.create_dense_vector(
            name,
            params["size"],
            DISTANCES[params["distance"]],
            multivector(params),
            DATATYPES[params["datatype"]] if "datatype" in params else None,
        )
    else:
        operation = edge.UpdateOperation.create_sparse_vector(name, modifier(params))
    number = call.catalog.change_vector(collection, operation, name, (form, params))
    return call.ok(update_result(number, wait=wait))


def delete_vector(call: Call) -> Response:
    wait = call.params.wait()
    collection = call.writable()
    name = call.args["vector_name"]
    if name not in collection.specs:
        raise wrong_input(unknown_vector(name))
    if len(collection.specs) == 1:
        raise wrong_input("Cannot delete the only vector of a collection")
    operation = edge.UpdateOperation.delete_vector_name(name)
    number = call.catalog.change_vector(collection, operation, name, None)
    return call.ok(update_result(number, wait=wait))


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        rule = f'value "{name}" invalid, must be from 1 to {MAX_NAME_LENGTH} characters'
        raise path_rule("collection_name", rule)
    for char in '<>:"/\\|?*\0\u001f':
        if char in name:
            raise path_rule("collection_name", f'collection name cannot contain "{char}" char')


def _shown(collection: Collection) -> Json:
    info = collection.read(lambda shard: shard.info())
    error = collection.indexing.error
    return {
        "status": _colour(collection),
        "optimizer_status": "ok" if error is None else {"error": error},
        "indexed_vectors_count": info.indexed_vectors_count,
        "points_count": info.points_count,
        "segments_count": info.segments_count,
        "config": collection.config.shown(),
        "payload_schema": {
            name: collection.indexes[name].shown(index.points)
            for name, index in info.payload_schema.items()
            if name in collection.indexes
        },
        "update_queue": {"length": 0},
    }


def _colour(collection: Collection) -> str:
    state = collection.indexing
    if state.error is not None:
        return "red"
    busy = state.running or collection.needs_optimizing()
    return "yellow" if busy else "green"


def _aliases(call: Call, target: str | None) -> Json:
    pairs = sorted(call.catalog.aliases.items())
    return {
        "aliases": [
            {"alias_name": alias, "collection_name": name}
            for alias, name in pairs
            if target in {None, name} and call.access.may_see(name)
        ]
    }


def _alias_action(value: Any) -> Json:
    body = want_map(value)
    for verb, fields in _ALIAS_FIELDS.items():
        if verb in body:
            args = want_map(body[verb])
            return {verb: {name: field(args, name, want_str) for name in fields}}
    raise FormatError("no alias action")


def _read_alias_actions(value: Any) -> list[Json]:
    read = untagged("AliasOperations", _alias_action)
    return [read(item) for item in field(want_map(value), "actions", want_list)]


def _vector_name(value: Any) -> tuple[str, Json]:
    body = want_map(value)
    if "dense" in body:
        params = VECTOR_PARAMS(body["dense"])
        check_vectors(params, "dense")
        return "dense", params
    return "sparse", field(body, "sparse", SPARSE_PARAMS)


_read_vector_name = untagged("VectorNameConfig", _vector_name)


def _two_numbers(collection: Collection, operation: edge.UpdateOperation) -> int:
    """Changes of the schema use up two operation numbers and report the second."""
    collection.skip_number()
    try:
        return collection.update(operation)
    except LateError as error:
        raise wrong_input(error.text.partition(": ")[2]) from error
