"""The permissions boundary of the stacks' roles."""

from __future__ import annotations

from infra.plans.bootstrap.account import OURS, Account, bucket_arns
from infra.plans.iam import ANY, Effect, PolicyDocument, Statement


def boundary_document(account: Account) -> PolicyDocument:
    """The most that a role of a stack may do, whatever its own policies say."""
    arns, name = account.arns, account.name
    own = f"arn:{arns.partition}:s3:::{name}-*"
    snapshots = f"arn:{arns.partition}:ec2:{arns.region}::snapshot/*"
    rules = (
        ("OwnParameters", ("ssm:GetParameter", "ssm:GetParameters"), (f"ssm:parameter/{name}/*",)),
        ("OwnLogs", _LOG_WRITES, (f"logs:log-group:/{name}/*",)),
        (
            "OwnGroups",
            (
                "autoscaling:CompleteLifecycleAction",
                "autoscaling:RecordLifecycleActionHeartbeat",
                "autoscaling:SetInstanceHealth",
            ),
            (f"autoscaling:autoScalingGroup:*:autoScalingGroupName/{name}-*",),
        ),
    )
    return PolicyDocument(
        statements=(
            _unnarrowed(),
            *(
                Statement(
                    sid=sid,
                    actions=actions,
                    resources=tuple(arns.of(*each.split(":", 1)) for each in resources),
                )
                for sid, actions, resources in rules
            ),
            Statement(
                sid="ArtifactsAndBackups",
                actions=(
                    "s3:AbortMultipartUpload",
                    "s3:GetObject",
                    "s3:ListBucket",
                    "s3:PutObject",
                ),
                resources=(own,),
            ),
            Statement(
                sid="KeysOfStacks",
                actions=("kms:Decrypt", "kms:GenerateDataKey"),
                resources=(arns.of("kms", "key/*"),),
                conditions=OURS,
            ),
            Statement(
                sid="PrivateZones",
                actions=("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"),
                resources=(f"arn:{arns.partition}:route53:::hostedzone/*",),
            ),
            Statement(
                sid="DataVolumes",
                actions=("ec2:AttachVolume", "ec2:CreateSnapshot"),
                resources=(arns.of("ec2", "instance/*"), arns.of("ec2", "volume/*")),
                conditions=OURS,
            ),
            Statement(
                sid="Snapshots",
                actions=("ec2:CreateSnapshot", "ec2:CreateTags", "ec2:DeleteSnapshot"),
                resources=(snapshots,),
            ),
            Statement(
                sid="NeverTheState",
                effect=Effect.DENY,
                actions=("s3:*",),
                resources=bucket_arns(account, account.state_bucket),
            ),
            Statement(
                sid="NeverWriteArtifacts",
                effect=Effect.DENY,
                actions=("s3:PutObject", "s3:DeleteObject"),
                resources=bucket_arns(account, account.artifact_bucket),
            ),
        )
    )


def _unnarrowed() -> Statement:
    """Actions of nodes that take no resource (the list and its reasons: infra/plans/iam.py)."""
    return Statement(
        sid="SessionsMetricsAndDescriptions",
        actions=(
            "autoscaling:DescribeAutoScalingInstances",
            "cloudwatch:PutMetricData",
            "ec2:DescribeInstances",
            "ec2:DescribeSnapshots",
            "ec2:DescribeVolumes",
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ),
        resources=(ANY,),
    )


_LOG_WRITES = (
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
)
