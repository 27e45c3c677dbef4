"""Backups under the strict monitor: a bucket that stays private for as long as it stays."""

from __future__ import annotations

import json
from typing import Any

import pulumi

from infra.components.aws.backup import Backup, BackupNeeds
from infra.components.aws.handles import AccessHandles, AccountHandles, NoticesHandles
from infra.plans.backup import plan_backup
from infra.plans.naming import names_of
from tests.program.harness import Registered, provider_options, run_component
from tests.unit.plans.aws_stacks import aws_settings

BUCKET, POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
SNAPSHOTS = "aws:dlm/lifecyclePolicy:LifecyclePolicy"


def register(*, preview: bool, own_key: bool = True, **groups: Any) -> Registered:
    """Run the component of a stack named prod."""
    settings = aws_settings(**groups)
    plan = plan_backup(settings, names_of(settings.aws, stack="prod"))
    text = pulumi.Output.from_input

    def build() -> None:
        key = text("arn:aws:kms:key") if own_key else None
        needs = BackupNeeds(
            account=AccountHandles(key_arn=key, key_id=key),
            notices=NoticesHandles(topic_arn=text("arn:topic")),
            access=AccessHandles(
                gpu_profile_arn=text("arn:gpu"),
                vector_store_profile_name=text("store"),
                snapshot_role_arn=text("arn:snapshots"),
                ready=[],
            ),
        )
        Backup("backup", plan, needs, opts=provider_options())

    return run_component(build, preview=preview)


def test_bucket_is_kept_with_all_that_guards_it(preview: bool) -> None:
    """It is protected and kept; destroying the stack takes no guard from it."""
    made = register(preview=preview)
    bucket = made.one(BUCKET)
    assert bucket.protect
    assert "forceDestroy" not in bucket.inputs
    about = [each for each in made.resources if each.type.startswith("aws:s3/")]
    assert len(about) == 7
    assert all(each.retain for each in about)


def test_bucket_is_private(preview: bool) -> None:
    """No public access in any of four ways, no object owned by others, nothing without TLS."""
    made = register(preview=preview)
    block = made.one(BLOCK).inputs
    for way in (
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    ):
        assert block[way] is True
    ownership = made.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
    assert ownership.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    policy = made.one(POLICY)
    (rule,) = json.loads(policy.inputs["policy"])["Statement"]
    assert rule["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert made.needs(policy, made.one(BLOCK))


def test_versions_and_days(preview: bool) -> None:
    """Versions are kept, and end: nightly snapshots, what was overwritten, broken uploads."""
    made = register(preview=preview, backup={"retention_days": 14, "noncurrent_days": 3})
    versioning = made.one("aws:s3/bucketVersioning:BucketVersioning").inputs
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    nightly, markers = made.one(LIFECYCLE).inputs["rules"]
    assert nightly["filter"] == {"prefix": "qdrant/"}
    assert nightly["expiration"] == {"days": 14}
    assert nightly["noncurrentVersionExpiration"] == {"noncurrentDays": 3}
    assert nightly["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 2}
    assert markers["expiration"] == {"expiredObjectDeleteMarker": True}


def test_encryption(preview: bool) -> None:
    """With the stack's key through one bucket key; without one, S3's own."""
    (rule,) = register(preview=preview).one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": "arn:aws:kms:key",
    }
    assert rule["bucketKeyEnabled"] is True
    (rule,) = register(preview=preview, own_key=False).one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_snapshots_of_the_data_volume(preview: bool) -> None:
    """Daily after the nightly one, found by the volume's name, tags taken over for their end."""
    made = register(preview=preview, backup={"ebs_snapshots_kept": 5, "hour_utc": 1})
    policy = made.one(SNAPSHOTS).inputs
    assert policy["executionRoleArn"] == "arn:snapshots"
    details = policy["policyDetails"]
    assert details["targetTags"] == {"Name": "retrieval-prod-data"}
    (schedule,) = details["schedules"]
    assert schedule["createRule"] == {"interval": 24, "intervalUnit": "HOURS", "times": "04:00"}
    assert schedule["retainRule"] == {"count": 5}
    assert schedule["copyTags"] is True


def test_no_snapshots(preview: bool) -> None:
    """None kept, none made."""
    assert not register(preview=preview, backup={"ebs_snapshots_kept": 0}).of(SNAPSHOTS)


def test_alarm_on_age(preview: bool) -> None:
    """It pages when the newest whole snapshot is too old, and when its age is told no more."""
    alarm = register(preview=preview).one("aws:cloudwatch/metricAlarm:MetricAlarm").inputs
    assert alarm["metricName"] == "backup_age_hours"
    assert alarm["threshold"] == 26
    assert alarm["insufficientDataActions"] == ["arn:topic"]
