"""What makes the backup bucket private and keeps it small; all of it stays as long as it does."""

from __future__ import annotations

from pulumi import Output, Resource, ResourceOptions
from pulumi_aws import s3

from infra.components.aws.handles import AccountHandles
from infra.plans.backup import BucketPlan


def harden(
    parent: Resource, name: str, plan: BucketPlan, bucket: Output[str], account: AccountHandles
) -> None:
    """Private, versioned, encrypted, TLS only."""
    block = s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=ResourceOptions(parent=parent, retain_on_delete=True),
    )
    s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=ResourceOptions(parent=parent, retain_on_delete=True),
    )
    s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket,
        versioning_configuration={"status": "Enabled"},
        opts=ResourceOptions(parent=parent, retain_on_delete=True),
    )
    s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket,
        rules=[
            {
                "apply_server_side_encryption_by_default": (
                    {"sse_algorithm": "AES256"}
                    if account.key_arn is None
                    else {"sse_algorithm": "aws:kms", "kms_master_key_id": account.key_arn}
                ),
                "bucket_key_enabled": account.key_arn is not None,
            }
        ],
        opts=ResourceOptions(parent=parent, retain_on_delete=True),
    )
    s3.BucketPolicy(
        f"{name}-tls-only",
        bucket=bucket,
        policy=plan.policy.json(),
        # S3 takes one change of a bucket's access at a time.
        opts=ResourceOptions(parent=parent, retain_on_delete=True, depends_on=[block]),
    )


def expire(parent: Resource, name: str, plan: BucketPlan, bucket: Output[str]) -> None:
    """End what is older than the plan keeps."""
    s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket,
        rules=[
            {
                "id": "end-nightly-snapshots",
                "status": "Enabled",
                "filter": {"prefix": plan.prefix},
                "expiration": {"days": plan.expire_days},
                "noncurrent_version_expiration": {"noncurrent_days": plan.noncurrent_days},
                "abort_incomplete_multipart_upload": {
                    "days_after_initiation": plan.abort_upload_days
                },
            },
            {
                "id": "remove-empty-markers",
                "status": "Enabled",
                "filter": {"prefix": plan.prefix},
                "expiration": {"expired_object_delete_marker": True},
            },
        ],
        opts=ResourceOptions(parent=parent, retain_on_delete=True),
    )
