"""The policy pack under the real engine: a good program passes, a bad one is stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.policy.pack import policies

POLICIES = {policy.name: policy for policy in policies()}

pytestmark = [pytest.mark.engine, pytest.mark.runs("pulumi")]

GOOD = """
    from pulumi_aws import cloudwatch, ebs, s3, vpc

    bucket = s3.Bucket("backups", bucket="backups-123456789012", opts=kept)
    s3.BucketVersioning(
        "versions",
        bucket=bucket.id,
        versioning_configuration={"status": "Enabled"},
        opts=made,
    )
    s3.BucketPublicAccessBlock(
        "closed",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=made,
    )
    s3.BucketServerSideEncryptionConfiguration(
        "encrypted",
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=made,
    )
    s3.BucketLifecycleConfiguration(
        "cleaned",
        bucket=bucket.id,
        rules=[
            {
                "id": "uploads",
                "status": "Enabled",
                "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            }
        ],
        opts=made,
    )
    s3.BucketPolicy(
        "tls",
        bucket=bucket.id,
        policy=bucket.arn.apply(
            lambda arn: pulumi.Output.json_dumps(
                {
                    "Statement": {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "*",
                        "Resource": arn,
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                }
            )
        ),
        opts=made,
    )
    ebs.Volume(
        "data", availability_zone="us-east-1a", size=50, type="gp3", encrypted=True, opts=kept
    )
    cloudwatch.LogGroup("logs", retention_in_days=30, opts=made)
"""

BAD = {
    "no-public-ingress": """
        from pulumi_aws import vpc

        vpc.SecurityGroupIngressRule(
            "door",
            security_group_id="sg-00000000",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=6333,
            to_port=6333,
            description="Qdrant for everyone",
            opts=made,
        )
    """,
    "disks-encrypted disks-gp3 data-protected": """
        from pulumi_aws import ebs

        ebs.Volume("data", availability_zone="us-east-1a", size=50, type="gp2", opts=made)
    """,
    "volumes-backed-up": """
        from pulumi_aws import ebs

        ebs.Volume(
            "data", availability_zone="us-east-1a", size=50, type="gp3", encrypted=True, opts=kept
        )
    """,
    "provider-bound-to-account": """
        pulumi_aws.Provider("loose", region="us-east-1")
    """,
}
"""By the rules that the engine must report of it."""

DEAR = (
    GOOD
    + """
    ebs.Volume(
        "vast", availability_zone="us-east-1a", size=10000, type="gp3", encrypted=True, opts=kept
    )
"""
)


def test_a_good_stack_passes(project: Any) -> None:
    """Nothing is reported, although the policy of the bucket is not known yet."""
    project.program(GOOD)
    out = project.preview()
    assert "retrieval@v1.0.0" in out
    assert "[mandatory]" not in out
    # What could not be judged yet is said, by the name of the value.
    assert "buckets-tls-only" in out
    assert "can't be known during preview" in out


@pytest.mark.parametrize("rules", BAD)
def test_a_bad_stack_is_stopped(project: Any, rules: str) -> None:
    """The preview fails, names each broken rule and says what to do."""
    project.program(BAD[rules])
    out = project.preview(code=1)
    for rule in rules.split():
        assert f"[mandatory]  {rule} " in out
        assert POLICIES[rule].remediation_steps in out
    assert "Traceback" not in out


def test_a_stack_above_its_ceiling_is_stopped(project: Any) -> None:
    """The ceiling is that of the stack's own settings, and the largest lines are named."""
    project.program(DEAR)
    project.run(
        "config", "set", "--path", "retrieval:watch.ceiling_usd_month", "600", "--stack", "one"
    )
    project.run("config", "set", "retrieval:target", "aws", "--stack", "one")
    out = project.preview(code=1)
    assert "monthly-ceiling" in out
    assert "the resources cost $804.00 a month, $204.00 above the ceiling of $600.00" in out
    assert "vast $800.00" in out


def test_another_ceiling_can_be_given(project: Any) -> None:
    """`--policy-pack-config` wins over the settings."""
    project.program(DEAR)
    path = project.folder / "limits.json"
    command = (
        *("preview", "--stack", "one"),
        *("--policy-pack", str(project.pack)),
        *("--policy-pack-config", str(path)),
    )
    for ceiling, code in ((900, 0), (700, 1)):
        config = {"monthly-ceiling": {"ceiling_usd_month": ceiling}}
        path.write_text(json.dumps(config), encoding="utf-8")
        project.run(*command, code=code)
