"""The backup bucket, EBS snapshots of the data volume, and the alarm on their age."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_aws import dlm, s3

from infra.components.aws.backup_bucket import expire, harden
from infra.components.aws.handles import (
    AccessHandles,
    AccountHandles,
    BackupHandles,
    NoticesHandles,
)
from infra.components.aws.store_alarms import make_alarm
from infra.plans.backup import BackupPlan, VolumeSnapshots


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupNeeds:
    """What must be there before."""

    account: AccountHandles
    notices: NoticesHandles
    access: AccessHandles


class Backup(ComponentResource):
    """Walks a `BackupPlan`. The bucket is protected, and kept when the stack goes."""

    handles: BackupHandles

    def __init__(
        self,
        name: str,
        plan: BackupPlan,
        needs: BackupNeeds,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Backup", name, None, opts)
        bucket = s3.Bucket(
            f"{name}-bucket",
            bucket=plan.bucket.name,
            tags=plan.bucket.tags,
            opts=ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        harden(self, name, plan.bucket, bucket.id, needs.account)
        expire(self, name, plan.bucket, bucket.id)
        if plan.snapshots is not None:
            self._snapshots(name, plan.snapshots, needs.access.snapshot_role_arn)
        make_alarm(self, name, plan.alarm, needs.notices)
        self.handles = BackupHandles(bucket_name=bucket.bucket, bucket_arn=bucket.arn)
        self.register_outputs({"bucket_name": bucket.bucket})

    def _snapshots(self, name: str, plan: VolumeSnapshots, role_arn: Output[str]) -> None:
        dlm.LifecyclePolicy(
            f"{name}-snapshots",
            description=plan.description,
            execution_role_arn=role_arn,
            state="ENABLED",
            policy_details={
                "resource_types": ["VOLUME"],
                "target_tags": plan.target_tags,
                "schedules": [
                    {
                        "name": plan.schedule,
                        "create_rule": {
                            "interval": 24,
                            "interval_unit": "HOURS",
                            "times": plan.at_utc,
                        },
                        "retain_rule": {"count": plan.kept},
                        "copy_tags": True,
                    }
                ],
            },
            tags=plan.tags,
            opts=ResourceOptions(parent=self),
        )
