"""The table of routes: method and path template to handler. Knows no requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infra.local.qdrant import handlers_absent as absent
from infra.local.qdrant import handlers_collections as collections
from infra.local.qdrant import handlers_points as points
from infra.local.qdrant import handlers_service as service
from infra.local.qdrant.service import Handler

PUBLIC = frozenset({(), ("healthz",), ("livez",), ("readyz",)})
"""Paths that need no key."""

_C = "/collections/{collection_name}"
_P = f"{_C}/points"


@dataclass(frozen=True)
class Route:
    """One row of the table; `parts` of the form `{name}` take any one segment."""

    method: str
    template: str
    handler: Handler

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for part in self.template.split("/") if part)


@dataclass(frozen=True)
class Match:
    route: Route
    args: dict[str, str]


ROUTES: tuple[Route, ...] = tuple(
    Route(*row)
    for row in (
        ("GET", "/", service.root),
        ("GET", "/healthz", service.healthz),
        ("GET", "/livez", service.healthz),
        ("GET", "/readyz", service.readyz),
        ("GET", "/metrics", service.metrics),
        ("GET", "/telemetry", service.telemetry),
        ("GET", "/issues", service.issues),
        ("DELETE", "/issues", service.clear_issues),
        ("GET", "/cluster", service.cluster),
        ("GET", "/quotas", service.quotas),
        ("GET", "/collections", collections.list_collections),
        ("POST", "/collections/aliases", collections.change_aliases),
        ("GET", "/aliases", collections.list_aliases),
        ("PUT", _C, collections.create),
        ("GET", _C, collections.get),
        ("PATCH", _C, collections.patch),
        ("DELETE", _C, collections.delete),
        ("GET", f"{_C}/exists", collections.exists),
        ("GET", f"{_C}/aliases", collections.collection_aliases),
        ("PUT", f"{_C}/index", collections.create_index),
        ("DELETE", f"{_C}/index/{{field_name}}", collections.delete_index),
        ("PUT", f"{_C}/vectors/{{vector_name}}", collections.create_vector),
        ("DELETE", f"{_C}/vectors/{{vector_name}}", collections.delete_vector),
        ("POST", f"{_C}/facet", points.facet),
        ("POST", _P, points.retrieve),
        ("PUT", _P, points.upsert),
        ("GET", f"{_P}/{{id}}", points.get_point),
        ("POST", f"{_P}/delete", points.delete),
        ("POST", f"{_P}/scroll", points.scroll),
        ("POST", f"{_P}/count", points.count),
        ("POST", f"{_P}/batch", points.batch),
        ("POST", f"{_P}/payload", points.set_payload),
        ("PUT", f"{_P}/payload", points.overwrite_payload),
        ("POST", f"{_P}/payload/delete", points.delete_payload),
        ("POST", f"{_P}/payload/clear", points.clear_payload),
        ("PUT", f"{_P}/vectors", points.update_vectors),
        ("POST", f"{_P}/vectors/delete", points.delete_vectors),
        ("POST", f"{_P}/query", points.query),
        ("POST", f"{_P}/query/batch", points.query_batch),
        ("POST", f"{_P}/query/groups", points.query_groups),
        ("POST", f"{_P}/search", points.search),
        ("POST", f"{_P}/search/batch", points.search_batch),
        ("POST", f"{_P}/recommend", points.recommend),
        ("GET", f"{_C}/snapshots", absent.list_snapshots),
        ("GET", f"{_C}/snapshots/{{snapshot_name}}", absent.download_snapshot),
        ("DELETE", f"{_C}/snapshots/{{snapshot_name}}", absent.delete_snapshot),
        ("GET", f"{_C}/shards/{{shard_id}}/snapshots", absent.list_snapshots),
        ("GET", "/snapshots", absent.list_full_snapshots),
        ("DELETE", "/snapshots/{snapshot_name}", absent.delete_full_snapshot),
        # From here on: what the real server has and this one refuses by name.
        ("POST", f"{_C}/snapshots", absent.absent_write("snapshot creation")),
        ("PUT", f"{_C}/snapshots/recover", absent.absent_restore("snapshot recovery")),
        ("POST", f"{_C}/snapshots/upload", absent.absent_restore("snapshot upload")),
        ("POST", "/snapshots", absent.absent_restore("full snapshots")),
        (
            "POST",
            f"{_C}/shards/{{shard_id}}/snapshots",
            absent.absent_write("shard snapshots"),
        ),
        ("GET", f"{_C}/cluster", absent.absent_read("cluster information")),
        ("POST", f"{_C}/cluster", absent.absent_write("cluster operations")),
        ("GET", f"{_C}/optimizations", absent.absent_read("optimization details")),
        ("GET", f"{_C}/memory", absent.absent_read("memory details")),
        ("POST", f"{_P}/discover", absent.absent_read("points/discover, use points/query")),
        (
            "POST",
            f"{_P}/discover/batch",
            absent.absent_read("points/discover/batch, use points/query/batch"),
        ),
        (
            "POST",
            f"{_P}/recommend/batch",
            absent.absent_read("points/recommend/batch, use points/query/batch"),
        ),
        (
            "POST",
            f"{_P}/recommend/groups",
            absent.absent_read("points/recommend/groups, use points/query/groups"),
        ),
        (
            "POST",
            f"{_P}/search/groups",
            absent.absent_read("points/search/groups, use points/query/groups"),
        ),
        ("POST", f"{_P}/search/matrix/pairs", absent.absent_read("distance matrix")),
        ("POST", f"{_P}/search/matrix/offsets", absent.absent_read("distance matrix")),
        ("PUT", f"{_C}/shards", absent.absent_write("shard keys")),
        ("POST", f"{_C}/shards/delete", absent.absent_write("shard keys")),
        ("GET", f"{_C}/shards", absent.absent_read("shard keys")),
        ("PUT", "/quotas", absent.absent_restore("quotas")),
        ("GET", "/logger", absent.absent_global("log settings")),
        ("POST", "/logger", absent.absent_restore("log settings")),
        ("GET", "/profiler/slow_requests", absent.absent_global("the profiler")),
        ("POST", "/cluster/recover", absent.absent_restore("cluster operations")),
        ("DELETE", "/cluster/peer/{peer_id}", absent.absent_restore("cluster operations")),
    )
)


def match(method: str, segments: tuple[str, ...]) -> Match | None:
    """The route of a request, or None; a fixed segment wins over a variable one."""
    for route in _BY_SIZE.get((method, len(segments)), ()):
        args = _bind(route.parts, segments)
        if args is not None:
            return Match(route, args)
    return None


def template_of(segments: tuple[str, ...]) -> str | None:
    """The template of a path, whatever the method; None for a path that no route has."""
    for method in _METHODS:
        found = match(method, segments)
        if found is not None:
            return found.route.template
    return None


def _bind(parts: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    args: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            args[part[1:-1]] = segment
        elif part != segment:
            return None
    return args


def _variables(route: Route) -> int:
    return sum(part.startswith("{") for part in route.parts)


def _by_size(routes: Iterable[Route]) -> dict[tuple[str, int], list[Route]]:
    grouped: dict[tuple[str, int], list[Route]] = {}
    for route in sorted(routes, key=_variables):
        grouped.setdefault((route.method, len(route.parts)), []).append(route)
    return grouped


_BY_SIZE = _by_size(ROUTES)
_METHODS = sorted({route.method for route in ROUTES})
