"""Routes about the service itself: versions, probes, metrics, telemetry."""

from __future__ import annotations

from infra.local.qdrant import serde
from infra.local.qdrant.http import JSON, Response, plain
from infra.local.qdrant.metrics import VERSION, usage_percent
from infra.local.qdrant.service import Call

TITLE = "qdrant API on the edge engine - local target of retrieval-stack, not a Qdrant server"


def root(_call: Call) -> Response:
    return Response(200, serde.dump({"title": TITLE, "version": VERSION}), JSON)


def healthz(_call: Call) -> Response:
    return plain(200, "healthz check passed")


def readyz(_call: Call) -> Response:
    return plain(200, "all shards are ready")


def metrics(call: Call) -> Response:
    call.access.require_global_read()
    return plain(200, call.service.metrics.exposition(call.catalog))


def telemetry(call: Call) -> Response:
    call.access.require_global_read()
    started = call.service.started.isoformat().replace("+00:00", "Z")
    quota = {"resident_memory": None, "disk_usage": None}
    return call.ok(
        {
            "id": str(call.service.options.storage),
            "app": {"name": "qdrant", "version": VERSION, "startup": started},
            "collections": {"number_of_collections": len(call.catalog.collections)},
            "cluster": {"enabled": False, "resharding_enabled": False},
            "requests": {
                "rest": {"responses": call.service.metrics.responses()},
                "grpc": {"responses": {}},
            },
            "quota": {"config": {"enabled": False}, "exceeded": quota},
        }
    )


def issues(call: Call) -> Response:
    call.access.require_global_read()
    return call.ok({"issues": []})


def clear_issues(call: Call) -> Response:
    call.access.require_manage()
    return call.ok(result=True)


def cluster(call: Call) -> Response:
    call.access.require_global_read()
    return call.ok({"status": "disabled"})


def quotas(call: Call) -> Response:
    call.access.require_global_read()
    usage = usage_percent(str(call.service.options.storage))
    return call.ok({"config": {"enabled": False}, "usage": usage})
