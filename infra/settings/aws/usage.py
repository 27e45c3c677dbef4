"""What a month is taken to use where nobody can know it beforehand: the usage lines of the cost."""

from __future__ import annotations

from pydantic import Field

from infra.settings.base import Settings


class UsageSettings(Settings):
    """Assumptions behind the usage lines; they change no resource."""

    transfer_usd_month: float = Field(
        default=10.0,
        ge=0,
        le=100_000,
        description="Allowance for data transfer, between zones and out ($0.01 a GB each way, "
        "$0.09 to the internet).",
    )
    log_gb_month: float = Field(
        default=3.0, ge=0, le=100_000, description="Logs written a month, $0.50 a GB."
    )
    snapshot_gb: float = Field(
        default=50.0,
        ge=0,
        le=100_000,
        description="EBS snapshots stored, all together, $0.05 a GB and month.",
    )
    standby_hours_month: float = Field(
        default=10.0,
        ge=0,
        le=730,
        description="Hours a month that a cold standby runs.",
    )
    spot_usd_hour: float = Field(
        default=0.21,
        gt=0,
        le=10,
        description="Spot price of the standby in the plan. Seen for g4dn.xlarge: 0.185 to 0.22; "
        "plan with 0.30 for a bad month.",
    )
