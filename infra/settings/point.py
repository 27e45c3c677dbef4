"""The design point: what the deployment promises, and what the load gate will measure."""

from __future__ import annotations

from pydantic import Field

from infra.settings.base import Settings


class DesignPoint(Settings):
    """Rate and bound; passage tokens and candidates are those of `passages` and `search`."""

    arrival_rate_per_s: float = Field(
        default=1.0,
        gt=0,
        le=1000,
        description="Offered queries per second, Poisson arrivals.",
    )
    p90_ms: int = Field(
        default=300,
        ge=10,
        le=60_000,
        description="Bound on the 90th percentile of latency, end to end, in milliseconds.",
    )
