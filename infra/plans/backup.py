"""Copies of the vector store's data: a private bucket, EBS snapshots, and an alarm on their age.

The nightly Qdrant snapshot is taken and uploaded by the host (`infra/node`), which may write here
and nothing else. The bucket and what is in it are kept when the stack is destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.plans.access_rules import BACKUP_BUCKET, BACKUP_PREFIX
from infra.plans.iam import EVERYBODY, Arns, Effect, PolicyDocument, Statement
from infra.plans.naming import Component, Names
from infra.plans.store_alarms import StoreAlarm, backup_alarm
from infra.settings import StackSettings

ABORT_UPLOAD_DAYS = 2
"""Parts of an upload that broke off are paid for until they are removed."""

SNAPSHOT_DELAY_HOURS = 3
"""EBS snapshots come after the nightly Qdrant snapshot, so that the two do not slow each other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketPlan:
    """A private, versioned bucket. Public access is blocked and no choice.

    Days: `expire_days` until a nightly snapshot ends, `noncurrent_days` in which what was
    overwritten or deleted can still be brought back, `abort_upload_days` for broken uploads.
    """

    name: str
    prefix: str
    expire_days: int
    noncurrent_days: int
    abort_upload_days: int
    policy: PolicyDocument
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class VolumeSnapshots:
    """Daily EBS snapshots of the volumes that have `target_tags`; `kept` of them stay.

    `at_utc` is HH:MM. AWS begins within an hour of it.
    """

    description: str
    target_tags: Mapping[str, str]
    schedule: str
    at_utc: str
    kept: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupPlan:
    """`snapshots` is None where the settings want none. `hour_utc` is when the host begins."""

    bucket: BucketPlan
    hour_utc: int
    snapshots: VolumeSnapshots | None
    alarm: StoreAlarm


def plan_backup(settings: StackSettings, names: Names) -> BackupPlan:
    """The backups of a stack."""
    backup = settings.backup
    name = names.bucket(BACKUP_BUCKET)
    bucket = Arns(region=names.region, account_id=names.account_id).bucket(name)
    return BackupPlan(
        bucket=BucketPlan(
            name=name,
            prefix=BACKUP_PREFIX,
            expire_days=backup.retention_days,
            noncurrent_days=backup.noncurrent_days,
            abort_upload_days=ABORT_UPLOAD_DAYS,
            policy=tls_only(bucket),
            tags=names.tags(Component.BACKUP, "bucket"),
        ),
        hour_utc=backup.hour_utc,
        snapshots=_snapshots(settings, names),
        alarm=backup_alarm(names, max_age_hours=backup.max_age_hours),
    )


def tls_only(bucket_arn: str) -> PolicyDocument:
    """A bucket's policy: nothing without TLS, whoever asks.

    Args:
        bucket_arn: of the bucket.
    """
    return PolicyDocument(
        statements=(
            Statement(
                sid="OnlyByTls",
                effect=Effect.DENY,
                actions=("s3:*",),
                resources=(bucket_arn, f"{bucket_arn}/*"),
                principals=EVERYBODY,
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            ),
        )
    )


def _snapshots(settings: StackSettings, names: Names) -> VolumeSnapshots | None:
    kept = settings.backup.ebs_snapshots_kept
    if not kept:
        return None
    hour = (settings.backup.hour_utc + SNAPSHOT_DELAY_HOURS) % 24
    return VolumeSnapshots(
        description=f"Data volume of {names.stem}",  # DLM takes letters, digits and spaces
        target_tags={"Name": names.label("data")},
        schedule="daily",
        at_utc=f"{hour:02}:00",
        kept=kept,
        tags=names.tags(Component.BACKUP, "snapshots"),
    )
