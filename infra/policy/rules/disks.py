"""Disks: encrypted, of one kind, and in a backup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.policy.rule import ResourceRule, StackRule
from infra.policy.rules.types import (
    BUCKET,
    BUCKET_VERSIONING,
    INSTANCE,
    SNAPSHOT_POLICY,
    TEMPLATE,
    VOLUME,
)
from infra.policy.view import (
    UNKNOWN,
    Finding,
    Problem,
    Resource,
    Stack,
    Undecided,
    at,
    entries,
    expect,
    is_true,
)

_DISKS = frozenset({INSTANCE, TEMPLATE, VOLUME})
SHARED_SNAPSHOT = "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission"
NETWORK_FILE_SYSTEMS = frozenset(
    {"aws:efs/fileSystem:FileSystem", "aws:efs/mountTarget:MountTarget"}
)


def _encrypted(resource: Resource) -> Iterator[Finding]:
    for path, disk in _disks(resource):
        if disk is None:
            yield Problem(f"{path} is not described, so that the image decides over encryption")
        elif disk is UNKNOWN:
            yield Undecided(path)
        else:
            yield from expect(disk, "encrypted", is_true, f"{path} is not encrypted")


def _gp3(resource: Resource) -> Iterator[Finding]:
    wanted = "type" if resource.type == VOLUME else "volumeType"
    for path, disk in _disks(resource):
        if disk is UNKNOWN:
            yield Undecided(path)
        elif disk is not None:
            yield from expect(
                disk, wanted, lambda value: value == "gp3", f"{path} is not of type gp3"
            )


def _disks(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Every disk of a resource with its path; None for a root disk that is not described."""
    props = resource.props
    if resource.type == VOLUME:
        yield "the volume", props
    elif resource.type == INSTANCE:
        yield "rootBlockDevice", at(props, "rootBlockDevice")
        yield from entries(props, "ebsBlockDevices")
    else:
        mappings = list(entries(props, "blockDeviceMappings"))
        if not mappings:
            yield "blockDeviceMappings", None
        for path, mapping in mappings:
            disk = at(mapping, "ebs")
            if disk is not None or at(mapping, "virtualName") is None:
                yield f"{path}.ebs", disk


def _backed_up(stack: Stack) -> Iterator[Finding]:
    bucket = any(stack.users(each, BUCKET_VERSIONING) for each in stack.of(BUCKET))
    for volume in stack.of(VOLUME):
        tags = at(volume.props, "tags")
        covered = [_covers(policy, tags) for policy in stack.of(SNAPSHOT_POLICY)]
        if bucket or True in covered:
            continue
        if None in covered:
            yield Undecided("policyDetails.targetTags")
        else:
            yield Problem(
                "neither a snapshot policy meets the volume's tags, nor is there a versioned "
                "bucket for backups",
                volume.urn,
            )


def _covers(policy: Resource, tags: Any) -> bool | None:
    """Whether a snapshot policy meets a volume; None while that is not known."""
    wanted = at(policy.props, "policyDetails.targetTags")
    if UNKNOWN in (wanted, tags, at(policy.props, "state")):
        return None
    if not isinstance(wanted, Mapping) or not isinstance(tags, Mapping):
        return False
    if at(policy.props, "state") not in (None, "ENABLED"):
        return False
    pairs = [(value, tags.get(key)) for key, value in wanted.items()]
    if any(UNKNOWN not in pair and pair[0] != pair[1] for pair in pairs):
        return False
    return None if any(UNKNOWN in pair for pair in pairs) else True


def _not_shared(resource: Resource) -> Iterator[Finding]:
    yield Problem(f"{resource.name} lets another account copy a disk")


def _no_network_file_system(resource: Resource) -> Iterator[Finding]:
    yield Problem(f"{resource.name}: Qdrant does not work on a network file system")


DISK_RULES = (
    ResourceRule(
        name="disks-encrypted",
        description="Every disk is encrypted at rest",
        remedy="describe the disk and set encrypted to true",
        scanners=("CKV_AWS_3", "CKV_AWS_8", "CKV_AWS_106", "AWS-0026", "AWS-0131"),
        types=_DISKS,
        check=_encrypted,
    ),
    ResourceRule(
        name="disks-gp3",
        description="Disks are gp3: the price and the speed that the plan reckons with",
        remedy="set the type to gp3",
        types=_DISKS,
        check=_gp3,
    ),
    StackRule(
        name="volumes-backed-up",
        description="The data volume has a backup",
        remedy="add a snapshot policy whose target tags the volume has, or a versioned bucket",
        scanners=(
            "EBSAddedBackup",
            "dlm_ebs_snapshot_lifecycle_policy_exists",
            "ec2_ebs_volume_protected_by_backup_plan",
        ),
        check=_backed_up,
    ),
    ResourceRule(
        name="no-shared-snapshot",
        description="No snapshot leaves the account",
        remedy="remove the permission",
        scanners=("ec2_ebs_public_snapshot",),
        types=frozenset({SHARED_SNAPSHOT}),
        check=_not_shared,
    ),
    ResourceRule(
        name="no-network-file-system",
        description="The vector store is on a disk of its own",
        remedy="use an EBS volume",
        types=NETWORK_FILE_SYSTEMS,
        check=_no_network_file_system,
    ),
)
