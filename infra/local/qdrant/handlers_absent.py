"""Routes that exist on the real server and are refused here, each by name; see docs.

Who may not use a route at all is told so first. There never is a snapshot, so their lists are
empty and every named one is unknown; both are true answers.
"""

from __future__ import annotations

from infra.local.qdrant.errors import not_found, not_served
from infra.local.qdrant.http import Response, plain
from infra.local.qdrant.service import Call, Handler


def absent_write(what: str) -> Handler:
    """A route that would change the collection of its path."""

    def handler(call: Call) -> Response:
        call.writable()
        raise not_served(what)

    return handler


def absent_read(what: str) -> Handler:
    """A route that would read the collection of its path."""

    def handler(call: Call) -> Response:
        call.readable()
        raise not_served(what)

    return handler


def absent_restore(what: str) -> Handler:
    """A route that would make or replace a whole collection."""

    def handler(call: Call) -> Response:
        call.access.require_manage()
        raise not_served(what)

    return handler


def absent_global(what: str) -> Handler:
    def handler(call: Call) -> Response:
        call.access.require_global_read()
        raise not_served(what)

    return handler


def list_snapshots(call: Call) -> Response:
    call.readable()
    return call.ok([])


def list_full_snapshots(call: Call) -> Response:
    call.access.require_global_read()
    return call.ok([])


def download_snapshot(call: Call) -> Response:
    call.readable()
    return plain(404, f"Not found: {_no_snapshot(call)}")


def delete_snapshot(call: Call) -> Response:
    call.writable()
    raise not_found(_no_snapshot(call))


def delete_full_snapshot(call: Call) -> Response:
    call.access.require_manage()
    raise not_found(_no_snapshot(call))


def _no_snapshot(call: Call) -> str:
    return f"Snapshot {call.args['snapshot_name']} not found"
