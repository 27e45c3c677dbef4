"""What every handler works with: the parts of the service, and one call to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from infra.local.qdrant.access import Access, Keys
from infra.local.qdrant.http import Request, Response, read_body, success
from infra.local.qdrant.metrics import Metrics
from infra.local.qdrant.query_string import Params
from infra.local.qdrant.storage.catalog import Catalog
from infra.local.qdrant.storage.collection import Collection
from infra.local.qdrant.strict_mode import RateLimiter

T = TypeVar("T")

DEFAULT_BODY_MB = 32
"""`service.max_request_size_mb` of the real server."""


@dataclass(frozen=True)
class Options:
    """How the service was started."""

    storage: Path
    keys: Keys = field(default_factory=Keys)
    max_body_bytes: int = DEFAULT_BODY_MB << 20
    cors: bool = True


@dataclass(frozen=True)
class Service:
    """The running service; `started` is shown by /telemetry."""

    options: Options
    catalog: Catalog
    metrics: Metrics = field(default_factory=Metrics)
    rates: RateLimiter = field(default_factory=RateLimiter)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Call:
    """One authenticated request, matched to a route with the path arguments `args`."""

    service: Service
    request: Request
    access: Access
    args: Mapping[str, str]

    @property
    def params(self) -> Params:
        return Params.parse(self.request.query)

    @property
    def catalog(self) -> Catalog:
        return self.service.catalog

    @property
    def collection_name(self) -> str:
        return self.args["collection_name"]

    def body(self, read: Callable[[Any], T], *, prefix: str = "") -> T:
        return read_body(self.request, read, prefix=prefix)

    def readable(self) -> Collection:
        """The collection of the path, which the caller must be allowed to read."""
        return self.find_readable(self.collection_name)

    def writable(self) -> Collection:
        """The collection of the path, which the caller must be allowed to write."""
        self.access.require_write(self.collection_name)
        return self.catalog.find(self.collection_name)

    def find_readable(self, name: str) -> Collection:
        self.access.require_read(name)
        return self.catalog.find(name)

    def ok(self, result: Any) -> Response:
        return success(result, self.request)


Handler = Callable[[Call], Response]
