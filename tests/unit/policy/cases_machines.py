"""Stacks for the rules about machines and disks."""

from __future__ import annotations

from infra.policy.rules import types
from infra.policy.rules.disks import SHARED_SNAPSHOT
from tests.unit.policy.case import Case, of
from tests.unit.policy.given import TAGS, Given

EFS = "aws:efs/fileSystem:FileSystem"

_TOKENS = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
_ROOT = {"encrypted": True, "volumeType": "gp3", "volumeSize": 20}
MAPPING = {
    "deviceName": "/dev/sda1",
    "ebs": {"encrypted": "true", "volumeType": "gp3", "volumeSize": 80},
}

MACHINES = [
    Case("imdsv2-only", "a template", of(types.TEMPLATE, metadataOptions=_TOKENS)),
    Case("imdsv2-only", "AWS's default", of(types.INSTANCE), "IMDSv1"),
    Case(
        "imdsv2-only",
        "optional tokens",
        of(types.TEMPLATE, metadataOptions={"httpTokens": "optional"}),
        "IMDSv1",
    ),
    Case("metadata-hop-limit-1", "a template", of(types.TEMPLATE, metadataOptions=_TOKENS)),
    Case(
        "metadata-hop-limit-1",
        "two hops",
        of(types.INSTANCE, metadataOptions={**_TOKENS, "httpPutResponseHopLimit": 2}),
        "containers reach",
    ),
    Case("no-key-pair", "none", of(types.INSTANCE)),
    Case("no-key-pair", "one", of(types.INSTANCE, keyName="admin"), "SSH"),
    Case("node-has-role", "a profile", of(types.INSTANCE, iamInstanceProfile="p")),
    Case("node-has-role", "none", of(types.TEMPLATE), "no session"),
    Case("pinned-machine-image", "an id", of(types.INSTANCE, ami="ami-0123456789abcdef0")),
    Case(
        "pinned-machine-image",
        "the newest of a name",
        of(types.TEMPLATE, imageId="resolve:ssm:/aws/service/ami/latest"),
        "may be another",
    ),
    Case(
        "no-launch-configuration",
        "one",
        of(types.LAUNCH_CONFIGURATION),
        "has no versions",
    ),
    Case("no-launch-configuration", "a template", of(types.TEMPLATE)),
    Case(
        "numbered-launch-template",
        "a number",
        of(types.GROUP, launchTemplate={"id": "lt-1", "version": "3"}),
    ),
    Case(
        "numbered-launch-template",
        "the latest, in a mixed group",
        of(
            types.GROUP,
            mixedInstancesPolicy={
                "launchTemplate": {"launchTemplateSpecification": {"version": "$Latest"}}
            },
        ),
        "not a number",
    ),
    Case("numbered-launch-template", "no template", of(types.GROUP), "without a launch template"),
    Case("spot-group-rebalances", "on demand", of(types.GROUP)),
    Case(
        "spot-group-rebalances",
        "spot without",
        of(
            types.GROUP,
            mixedInstancesPolicy={
                "instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 0}
            },
        ),
        "waits for the notice",
    ),
    Case(
        "group-believes-load-balancer",
        "it does",
        of(types.GROUP, targetGroupArns=["a"], healthCheckType="ELB"),
    ),
    Case(
        "group-believes-load-balancer",
        "it does not",
        of(types.GROUP, targetGroupArns=["a"], healthCheckType="EC2"),
        "gave up",
    ),
    Case("no-public-address-by-default", "none", of(types.SUBNET, mapPublicIpOnLaunch=False)),
    Case(
        "no-public-address-by-default",
        "for everyone",
        of(types.SUBNET, mapPublicIpOnLaunch=True),
        "whatever starts in it",
    ),
    Case(
        "public-address-behind-own-group",
        "a group of its own",
        of(
            types.TEMPLATE,
            networkInterfaces=[{"associatePublicIpAddress": "true", "securityGroups": ["sg-1"]}],
        ),
    ),
    Case(
        "public-address-behind-own-group",
        "a data host without one",
        of(types.INSTANCE, associatePublicIpAddress=True),
        "default group",
    ),
]

DISKS = [
    Case("disks-encrypted", "an instance", of(types.INSTANCE, rootBlockDevice=_ROOT)),
    Case("disks-encrypted", "a template", of(types.TEMPLATE, blockDeviceMappings=[MAPPING])),
    Case("disks-encrypted", "a plain volume", of(types.VOLUME, size=50), "not encrypted"),
    Case("disks-encrypted", "no root described", of(types.INSTANCE), "the image decides"),
    Case("disks-encrypted", "no mapping", of(types.TEMPLATE), "the image decides"),
    Case(
        "disks-encrypted",
        "the second of a template",
        of(types.TEMPLATE, blockDeviceMappings=[MAPPING, {"ebs": {"encrypted": "false"}}]),
        "blockDeviceMappings[1].ebs is not encrypted",
    ),
    Case("disks-gp3", "gp3", of(types.VOLUME, type="gp3")),
    Case("disks-gp3", "the default of AWS", of(types.VOLUME), "not of type gp3"),
    Case(
        "disks-gp3",
        "an old root",
        of(types.INSTANCE, rootBlockDevice={"volumeType": "gp2"}),
        "not of type gp3",
    ),
    Case(
        "volumes-backed-up",
        "by snapshots",
        (
            Given(type=types.VOLUME, name="data", props={"tags": {**TAGS, "Backup": "nightly"}}),
            Given(
                type=types.SNAPSHOT_POLICY,
                props={"policyDetails": {"targetTags": {"Backup": "nightly"}}},
            ),
        ),
    ),
    Case("volumes-backed-up", "not at all", of(types.VOLUME, tags=TAGS), "neither"),
    Case(
        "volumes-backed-up",
        "by a policy for others",
        (
            Given(type=types.VOLUME, name="data", props={"tags": TAGS}),
            Given(
                type=types.SNAPSHOT_POLICY,
                props={"policyDetails": {"targetTags": {"Backup": "nightly"}}},
            ),
        ),
        "neither",
    ),
    Case(
        "no-shared-snapshot",
        "a permission",
        of(SHARED_SNAPSHOT, accountId="210987654321"),
        "another account",
    ),
    Case("no-shared-snapshot", "none", of(types.SNAPSHOT_POLICY)),
    Case("no-network-file-system", "EFS", of(EFS), "network file system"),
    Case("no-network-file-system", "EBS", of(types.VOLUME)),
]
