"""A bucket of the bootstrap with all that guards it."""

from __future__ import annotations

from pulumi import Output, Resource, ResourceOptions
from pulumi_aws import s3

from infra.plans.bootstrap import BucketPlan


def make_bucket(
    parent: Resource, name: str, plan: BucketPlan, key_arn: Output[str] | None
) -> Output[str]:
    """Private, versioned, encrypted, TLS only; its guards are kept for as long as it is.

    Args:
        parent: component that it belongs to.
        name: of that component.
        plan: what it is.
        key_arn: key that encrypts it; None for S3's own.
    """
    stem = f"{name}-{plan.role}"
    bucket = s3.Bucket(
        f"{stem}-bucket",
        bucket=plan.name,
        tags=plan.tags,
        opts=ResourceOptions(parent=parent, protect=True, retain_on_delete=True),
    )
    block = s3.BucketPublicAccessBlock(
        f"{stem}-private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=_kept(parent),
    )
    s3.BucketOwnershipControls(
        f"{stem}-ownership",
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=_kept(parent),
    )
    s3.BucketVersioning(
        f"{stem}-versioning",
        bucket=bucket.id,
        versioning_configuration={"status": "Enabled"},
        opts=_kept(parent),
    )
    s3.BucketServerSideEncryptionConfiguration(
        f"{stem}-encryption",
        bucket=bucket.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": (
                    {"sse_algorithm": "AES256"}
                    if key_arn is None
                    else {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn}
                ),
                "bucket_key_enabled": key_arn is not None,
            }
        ],
        opts=_kept(parent),
    )
    s3.BucketLifecycleConfiguration(
        f"{stem}-lifecycle",
        bucket=bucket.id,
        rules=[
            {
                "id": "end-old-versions",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "noncurrent_version_expiration": {"noncurrent_days": plan.old_days},
                "abort_incomplete_multipart_upload": {
                    "days_after_initiation": plan.abort_upload_days
                },
            }
        ],
        opts=_kept(parent),
    )
    s3.BucketPolicy(
        f"{stem}-policy",
        bucket=bucket.id,
        policy=plan.policy.json(),
        # S3 takes one change of a bucket's access at a time.
        opts=ResourceOptions(parent=parent, retain_on_delete=True, depends_on=[block]),
    )
    return bucket.bucket


def _kept(parent: Resource) -> ResourceOptions:
    return ResourceOptions(parent=parent, retain_on_delete=True)
