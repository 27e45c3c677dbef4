"""What a node may do, one statement per purpose, each to named things only.

Left out on purpose: AWS's own policy for Session Manager, because it reads every parameter of the
account, secrets of other stacks included; reading a backup, so that a host that was broken into can
neither fetch nor remove one; tags of instances, which a node reads from its own metadata; KMS
beyond what SSM and S3 decrypt for the node.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.plans.addresses import gateway_name
from infra.plans.gpu import group_name
from infra.plans.iam import ANY, Arns, Deferred, Statement
from infra.plans.naming import METRIC_NAMESPACE, Component, Names, Role
from infra.settings import EndpointSettings

BACKUP_BUCKET, BACKUP_PREFIX = "backup", "qdrant/"
"""Role of the backup bucket in its name, and what the keys of nightly snapshots begin with."""


def session_rules() -> Iterator[Statement]:
    """Session Manager and its port forwarding: no open port, no SSH key, no other document."""
    yield Statement(
        sid="Sessions",
        actions=(
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ),
        resources=(ANY,),
    )


def parameter_rules(arns: Arns, paths: tuple[str, ...], *, own_key: bool) -> Iterator[Statement]:
    """A node's own parameters, by name; none can be listed or written.

    Args:
        arns: of the account.
        paths: of the parameters.
        own_key: whether the stack's key encrypts them.
    """
    parameters = tuple(arns.parameter(path) for path in paths)
    yield Statement(
        sid="OwnParameters",
        actions=("ssm:GetParameter", "ssm:GetParameters"),
        resources=parameters,
    )
    if own_key:
        yield Statement(
            sid="DecryptOwnParameters",
            actions=("kms:Decrypt",),
            resources=(Deferred.KEY,),
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"ssm.{arns.region}.amazonaws.com",
                    "kms:EncryptionContext:PARAMETER_ARN": parameters,
                }
            },
        )


def artifact_rules(arns: Arns, bucket: str) -> Iterator[Statement]:
    """Models, images and archives, read; listing tells a missing object from a forbidden one."""
    yield Statement(
        sid="ReadArtifacts",
        actions=("s3:GetObject",),
        resources=(f"{arns.bucket(bucket)}/*",),
    )
    yield Statement(
        sid="ListArtifacts", actions=("s3:ListBucket",), resources=(arns.bucket(bucket),)
    )


def watch_rules(arns: Arns, names: Names, *roles: Role) -> Iterator[Statement]:
    """Metrics in our namespace and the node's own log groups, which the program makes."""
    yield Statement(
        sid="OwnMetrics",
        actions=("cloudwatch:PutMetricData",),
        resources=(ANY,),
        conditions={"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}},
    )
    yield Statement(
        sid="OwnLogs",
        actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
        resources=tuple(arns.log_group(names.log_group(role.value)) for role in roles),
    )


def group_rules(arns: Arns, names: Names, *roles: Role) -> Iterator[Statement]:
    """Say to the node's own group that it serves, drains or is sick."""
    yield Statement(
        sid="OwnGroups",
        actions=(
            "autoscaling:CompleteLifecycleAction",
            "autoscaling:RecordLifecycleActionHeartbeat",
            "autoscaling:SetInstanceHealth",
        ),
        resources=tuple(
            arns.of(
                "autoscaling",
                f"autoScalingGroup:*:autoScalingGroupName/{group_name(names, role)}",
            )
            for role in roles
        ),
    )
    yield Statement(
        sid="OwnPlaceInAGroup",
        actions=("autoscaling:DescribeAutoScalingInstances",),
        resources=(ANY,),
    )


def record_rules(endpoint: EndpointSettings) -> Iterator[Statement]:
    """Its own address in the private zone, under the one name that hosts register."""
    record_names = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
    yield Statement(
        sid="OwnRecords",
        actions=("route53:ChangeResourceRecordSets",),
        resources=(Deferred.ZONE,),
        conditions={
            "ForAllValues:StringEquals": {
                record_names: (gateway_name(endpoint),),
                "route53:ChangeResourceRecordSetsRecordTypes": ("A",),
                "route53:ChangeResourceRecordSetsActions": ("DELETE", "UPSERT"),
            },
            # "For all values" is true of none as well.
            "Null": {record_names: "false"},
        },
    )
    yield Statement(
        sid="ReadRecords",
        actions=("route53:ListResourceRecordSets",),
        resources=(Deferred.ZONE,),
    )


def data_volume_rules(arns: Arns, names: Names) -> Iterator[Statement]:
    """Take the data volume at boot where Qdrant shares the GPU node, by its id; never detach it."""
    stack = {"aws:ResourceTag/Stack": names.stem}
    yield Statement(
        sid="AttachTheDataVolume",
        actions=("ec2:AttachVolume",),
        resources=(arns.of("ec2", "volume/*"),),
        conditions={
            "StringEquals": {**stack, "aws:ResourceTag/Component": Component.VECTOR_STORE.value}
        },
    )
    yield Statement(
        sid="AttachToANodeOfThisStack",
        actions=("ec2:AttachVolume",),
        resources=(arns.of("ec2", "instance/*"),),
        conditions={"StringEquals": {**stack, "aws:ResourceTag/Role": Role.PRIMARY.value}},
    )


def backup_rules(arns: Arns, bucket: str, *, own_key: bool) -> Iterator[Statement]:
    """Write snapshots, never read or remove one.

    Args:
        arns: of the account.
        bucket: the backup bucket's name.
        own_key: whether the stack's key encrypts it. An upload in parts decrypts what it has
            written; the bucket key makes the bucket the context of the encryption.
    """
    yield Statement(
        sid="WriteBackups",
        actions=("s3:AbortMultipartUpload", "s3:PutObject"),
        resources=(f"{arns.bucket(bucket)}/{BACKUP_PREFIX}*",),
    )
    if own_key:
        yield Statement(
            sid="EncryptBackups",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(Deferred.KEY,),
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"s3.{arns.region}.amazonaws.com",
                    "kms:EncryptionContext:aws:s3:arn": arns.bucket(bucket),
                }
            },
        )


def snapshot_rules(arns: Arns, names: Names) -> Iterator[Statement]:
    """EBS snapshots of this stack's volumes, and the end of those that this stack made.

    Snapshots get the tags of their volume, and only with these may one go. Tagging has no condition
    of its own: whether the manager tags in the call that makes a snapshot or after it is not known.
    """
    stack = {"aws:ResourceTag/Stack": names.stem}
    snapshots = f"arn:{arns.partition}:ec2:{arns.region}::snapshot/*"
    yield Statement(
        sid="SnapshotVolumesOfThisStack",
        actions=("ec2:CreateSnapshot",),
        resources=(arns.of("ec2", "volume/*"),),
        conditions={"StringEquals": stack},
    )
    yield Statement(sid="MakeSnapshots", actions=("ec2:CreateSnapshot",), resources=(snapshots,))
    yield Statement(sid="TagSnapshots", actions=("ec2:CreateTags",), resources=(snapshots,))
    yield Statement(
        sid="EndSnapshotsOfThisStack",
        actions=("ec2:DeleteSnapshot",),
        resources=(snapshots,),
        conditions={"StringEquals": stack},
    )
    yield Statement(
        sid="FindVolumesAndSnapshots",
        actions=("ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"),
        resources=(ANY,),
    )
