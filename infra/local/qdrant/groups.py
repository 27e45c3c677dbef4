"""Grouped queries: the best points per value of a payload field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from infra.local.qdrant.errors import FormatError
from infra.local.qdrant.point_ids import PointId, read_id
from infra.local.qdrant.queries import GroupLookup, GroupsRequest
from infra.local.qdrant.query_run import Finder, find_lookup, run_query
from infra.local.qdrant.reads import Retrieve, run_retrieve
from infra.local.qdrant.selectors import Selection
from infra.local.qdrant.serde import U64_MAX, Json
from infra.local.qdrant.storage.collection import Collection

GroupId = str | int

GROWTH = 4
"""By how much more is fetched when the groups are not full yet."""


def run_groups(find: Finder, collection: Collection, groups: GroupsRequest) -> list[Json]:
    """The groups in order of their best point.

    Points are fetched in growing numbers until every wanted group is full or none are left.
    """
    request = groups.request
    wanted = request.root.limit
    limit = wanted * groups.group_size
    while True:
        root = replace(request.root, limit=min(limit, U64_MAX))
        hits = run_query(find, collection, replace(request, root=root))
        found = _grouped(collection, hits, groups)
        full = [members for members in found.values() if len(members) == groups.group_size]
        if len(full) >= wanted or len(hits) < limit:
            break
        limit *= GROWTH
    shown: list[Json] = [
        {"hits": members, "id": group_id} for group_id, members in list(found.items())[:wanted]
    ]
    if groups.lookup is not None:
        _add_lookups(find, shown, groups.lookup)
    return shown


def _grouped(
    collection: Collection, hits: list[Json], groups: GroupsRequest
) -> dict[GroupId, list[Json]]:
    ids = [read_id(hit["id"]) for hit in hits]
    values = _group_values(collection, ids, groups.group_by)
    found: dict[GroupId, list[Json]] = {}
    for point_id, hit in zip(ids, hits, strict=True):
        for value in values.get(point_id, []):
            members = found.setdefault(value, [])
            if len(members) < groups.group_size:
                members.append(hit)
    return found


def _group_values(
    collection: Collection, ids: list[PointId], group_by: str
) -> dict[PointId, list[GroupId]]:
    """The values of the field in each point: strings and integers, each once."""
    selection = Selection(payload=[group_by], vector=False)
    records = run_retrieve(collection, Retrieve(ids, selection))
    return {
        read_id(record["id"]): list(dict.fromkeys(_values(record["payload"], group_by.split("."))))
        for record in records
    }


def _values(payload: Any, path: list[str]) -> list[GroupId]:
    """What a path leads to; lists are entered."""
    if isinstance(payload, list):
        return [value for item in payload for value in _values(item, path)]
    if path:
        name, *rest = path
        inner = payload.get(name.removesuffix("[]")) if isinstance(payload, dict) else None
        return _values(inner, rest)
    if isinstance(payload, str) or type(payload) is int:
        return [payload]
    return []


def _add_lookups(find: Finder, shown: list[Json], lookup: GroupLookup) -> None:
    source = find_lookup(find, lookup.collection)
    for group in shown:
        try:
            point_id = read_id(group["id"])
        except FormatError:
            continue
        records = run_retrieve(source, Retrieve([point_id], lookup.selection))
        if records:
            group["lookup"] = records[0]
