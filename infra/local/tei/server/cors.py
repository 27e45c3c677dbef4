"""The CORS headers that TEI puts on every answer. Knows nothing of routes."""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.tei.wire.answers import Header

_VARY = "origin, access-control-request-method, access-control-request-headers"


class Cors:
    """`--cors-allow-origin`: every origin, or only the listed ones."""

    def __init__(self, origins: Sequence[str] | None) -> None:
        self._origins = origins

    def shared_headers(self, origin: str | None) -> tuple[Header, ...]:
        """For every answer; a listed origin is named, another one gets no permission."""
        vary = (("vary", _VARY),)
        if self._origins is None:
            return (*vary, ("access-control-allow-origin", "*"))
        if origin is not None and origin in self._origins:
            return (*vary, ("access-control-allow-origin", origin))
        return vary

    def preflight_headers(self) -> tuple[Header, ...]:
        """For OPTIONS, which any path answers with 200."""
        return (
            ("access-control-allow-methods", "GET,POST"),
            ("access-control-allow-headers", "content-type"),
        )
