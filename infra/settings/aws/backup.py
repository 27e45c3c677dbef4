"""Copies of the vector store's data."""

from __future__ import annotations

from pydantic import Field

from infra.settings.base import Settings


class BackupSettings(Settings):
    """A Qdrant snapshot each night into a bucket, and EBS snapshots of the data volume."""

    hour_utc: int = Field(
        default=2,
        ge=0,
        le=23,
        description="Hour (UTC) of the nightly snapshot; searches slow down while it is taken.",
    )
    retention_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days that a nightly snapshot is kept in the bucket. Fewer cost less and reach "
        "back less far.",
    )
    noncurrent_days: int = Field(
        default=7,
        ge=1,
        le=365,
        description="Days that an overwritten or deleted object can still be brought back.",
    )
    ebs_snapshots_kept: int = Field(
        default=7,
        ge=0,
        le=100,
        description="Daily EBS snapshots of the data volume that are kept; 0 makes none. Each "
        "stores what has changed, $0.05 a GiB and month.",
    )
    max_age_hours: int = Field(
        default=26,
        ge=2,
        le=168,
        description="Age of the newest good snapshot at which an alarm pages someone.",
    )
