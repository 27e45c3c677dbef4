"""What the deploy role needs for buckets, parameters, keys and backups."""

from __future__ import annotations

from collections.abc import Mapping

from infra.plans.bootstrap.needs import Area, Needs

_BUCKETS = ("arn:{arn}:s3:::{name}-*",)

_BUCKET_READS = (
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
)


def _bucket(*changes: str) -> Needs:
    return Needs(area=Area.DATA, arns=_BUCKETS, changes=changes)


DATA: Mapping[str, Needs] = {
    "aws:s3/bucket:Bucket": Needs(
        area=Area.DATA,
        arns=_BUCKETS,
        changes=("s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketTagging"),
        # The provider reads all of a bucket whatever is set.
        looks=_BUCKET_READS,
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _bucket("s3:PutBucketVersioning"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _bucket(
        "s3:PutBucketPublicAccessBlock"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _bucket("s3:DeleteBucketPolicy", "s3:PutBucketPolicy"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _bucket(
        "s3:PutLifecycleConfiguration"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _bucket("s3:PutEncryptionConfiguration")
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _bucket(
        "s3:PutBucketOwnershipControls"
    ),
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": Needs(
        area=Area.DATA,
        arns=("arn:{arn}:dlm:{region}:{account}:policy/*",),
        creates=("dlm:CreateLifecyclePolicy",),
        changes=(
            "dlm:DeleteLifecyclePolicy",
            "dlm:TagResource",
            "dlm:UntagResource",
            "dlm:UpdateLifecyclePolicy",
        ),
        looks=("dlm:GetLifecyclePolicy",),
        tagged=True,
    ),
    "aws:ssm/parameter:Parameter": Needs(
        area=Area.DATA,
        arns=("arn:{arn}:ssm:{region}:{account}:parameter/{name}/*",),
        changes=(
            "ssm:AddTagsToResource",
            "ssm:DeleteParameter",
            "ssm:GetParameter",
            "ssm:GetParameters",
            "ssm:PutParameter",
            "ssm:RemoveTagsFromResource",
        ),
        looks=("ssm:ListTagsForResource",),
        reads=("ssm:DescribeParameters",),
    ),
    "aws:kms/key:Key": Needs(
        area=Area.DATA,
        arns=("arn:{arn}:kms:{region}:{account}:key/*",),
        creates=("kms:CreateKey",),
        changes=(
            "kms:CreateAlias",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DeleteAlias",
            "kms:EnableKeyRotation",
            "kms:Encrypt",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:PutKeyPolicy",
            "kms:ScheduleKeyDeletion",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:UpdateKeyDescription",
        ),
        looks=(
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus",
            "kms:ListResourceTags",
        ),
        tagged=True,
    ),
    "aws:kms/alias:Alias": Needs(
        area=Area.DATA,
        arns=("arn:{arn}:kms:{region}:{account}:alias/{name}-*",),
        changes=("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"),
        reads=("kms:ListAliases",),
    ),
}
