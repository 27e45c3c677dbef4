"""Routes about points: writes, reads, queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.qdrant import strict_mode
from infra.local.qdrant.groups import run_groups
from infra.local.qdrant.http import Response
from infra.local.qdrant.point_ids import id_from_path
from infra.local.qdrant.queries import (
    QueryRequest,
    read_groups_request,
    read_query_batch,
    read_query_request,
    read_recommend,
    read_search,
    read_search_batch,
)
from infra.local.qdrant.query_run import run_query
from infra.local.qdrant.reads import (
    read_count,
    read_facet,
    read_retrieve,
    read_scroll,
    run_count,
    run_facet,
    run_get,
    run_retrieve,
    run_scroll,
)
from infra.local.qdrant.serde import Json
from infra.local.qdrant.service import Call, Handler
from infra.local.qdrant.storage.collection import Collection
from infra.local.qdrant.write_run import run_write
from infra.local.qdrant.writes import (
    Write,
    read_batch,
    read_clear_payload,
    read_delete,
    read_delete_payload,
    read_delete_vectors,
    read_overwrite_payload,
    read_set_payload,
    read_update_vectors,
    read_upsert,
)

_UNINDEXED = "unindexed_filtering_retrieve"


def get_point(call: Call) -> Response:
    call.params.read_options()
    point_id = id_from_path(call.args["id"])
    collection = call.readable()
    call.service.rates.spend(collection, "read")
    return call.ok(run_get(collection, point_id))


def retrieve(call: Call) -> Response:
    timeout_s = call.params.read_options()
    request = call.body(read_retrieve)
    collection = _readable(call, timeout_s)
    return call.ok(run_retrieve(collection, request))


def scroll(call: Call) -> Response:
    timeout_s = call.params.read_options()
    request = call.body(read_scroll)
    collection = _readable(call, timeout_s)
    strict_mode.check_limit(collection, request.limit)
    strict_mode.check_filter(collection, request.filter, _UNINDEXED)
    return call.ok(run_scroll(collection, request))


def count(call: Call) -> Response:
    timeout_s = call.params.read_options()
    request = call.body(read_count)
    collection = _readable(call, timeout_s)
    strict_mode.check_exact(collection, exact=request.exact)
    strict_mode.check_filter(collection, request.filter, _UNINDEXED)
    return call.ok(run_count(collection, request))


def facet(call: Call) -> Response:
    timeout_s = call.params.read_options()
    request = call.body(read_facet)
    collection = _readable(call, timeout_s)
    strict_mode.check_filter(collection, request.filter, _UNINDEXED)
    return call.ok(run_facet(collection, request))


def query(call: Call) -> Response:
    return call.ok({"points": _one_query(call, read_query_request)})


def query_batch(call: Call) -> Response:
    found = _query_batch(call, read_query_batch)
    return call.ok([{"points": points} for points in found])


def query_groups(call: Call) -> Response:
    timeout_s = call.params.read_options()
    groups = call.body(read_groups_request, prefix="internal.")
    collection = call.readable()
    strict_mode.check_query(collection, groups.request.root, timeout_s)
    call.service.rates.spend(collection, "read")
    return call.ok({"groups": run_groups(call.find_readable, collection, groups)})


def search(call: Call) -> Response:
    return call.ok(_one_query(call, read_search))


def search_batch(call: Call) -> Response:
    return call.ok(_query_batch(call, read_search_batch))


def recommend(call: Call) -> Response:
    return call.ok(_one_query(call, read_recommend))


def batch(call: Call) -> Response:
    wait = call.params.wait()
    writes = call.body(read_batch)
    collection = call.writable()
    return call.ok([_write(call, collection, write, wait=wait) for write in writes])


def _writer(read: Callable[[Any], Write]) -> Handler:
    def handler(call: Call) -> Response:
        wait = call.params.wait()
        write = call.body(read)
        return call.ok(_write(call, call.writable(), write, wait=wait))

    return handler


upsert = _writer(read_upsert)
delete = _writer(read_delete)
set_payload = _writer(read_set_payload)
overwrite_payload = _writer(read_overwrite_payload)
delete_payload = _writer(read_delete_payload)
clear_payload = _writer(read_clear_payload)
update_vectors = _writer(read_update_vectors)
delete_vectors = _writer(read_delete_vectors)


def _write(call: Call, collection: Collection, write: Write, *, wait: bool) -> Json:
    strict_mode.check_write(collection, write.operation)
    call.service.rates.spend(collection, "write")
    return run_write(collection, write, wait=wait)


def _readable(call: Call, timeout_s: int | None) -> Collection:
    collection = call.readable()
    strict_mode.check_timeout(collection, timeout_s)
    call.service.rates.spend(collection, "read")
    return collection


def _one_query(call: Call, read: Callable[[Any], QueryRequest]) -> list[Json]:
    timeout_s = call.params.read_options()
    request = call.body(read, prefix="internal.")
    collection = call.readable()
    strict_mode.check_query(collection, request.root, timeout_s)
    call.service.rates.spend(collection, "read")
    return run_query(call.find_readable, collection, request)


def _query_batch(call: Call, read: Callable[[Any], list[QueryRequest]]) -> list[list[Json]]:
    timeout_s = call.params.read_options()
    requests = call.body(read, prefix="internal.")
    collection = call.readable()
    strict_mode.check_batch(collection, len(requests))
    for request in requests:
        strict_mode.check_query(collection, request.root, timeout_s)
    call.service.rates.spend(collection, "read")
    return [run_query(call.find_readable, collection, request) for request in requests]
