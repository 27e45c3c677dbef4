"""Machines, disks and the groups that launch them."""

from __future__ import annotations

from collections.abc import Mapping

from infra.standin.kinds.kind import Kind, forces

_EC2 = "arn:aws:ec2:{region}:{account}"

KINDS: Mapping[str, Kind] = {
    "aws:ec2/launchTemplate:LaunchTemplate": Kind(
        id="lt-{hex}",
        arn=f"{_EC2}:launch-template/{{id}}",
        named_by="name",
        counters=("latestVersion",),
        replaces=forces("name", "namePrefix"),
    ),
    "aws:ec2/instance:Instance": Kind(
        id="i-{hex}",
        arn=f"{_EC2}:instance/{{id}}",
        computed={
            "instanceState": "running",
            "primaryNetworkInterfaceId": "eni-{hex}",
            "privateIp": "10.0.0.10",
        },
        # `instanceType` is changed in place by a stop and a start.
        replaces=forces(
            "ami",
            "availabilityZone",
            "subnetId",
            "privateIp",
            "keyName",
            "primaryNetworkInterface",
            "rootBlockDevice.encrypted",
            "rootBlockDevice.kmsKeyId",
            "associatePublicIpAddress",
        ),
        # Otherwise the text is changed by a stop and a start, and cloud-init takes no notice.
        replaces_when={"userData": "userDataReplaceOnChange"},
    ),
    "aws:ec2/eip:Eip": Kind(
        id="eipalloc-{hex}",
        arn=f"{_EC2}:elastic-ip/{{id}}",
        computed={
            "allocationId": "{id}",
            "associationId": "eipassoc-{hex}",
            "publicIp": "192.0.2.10",
            "privateIp": "10.0.0.10",
        },
        replaces=forces("domain", "address", "networkBorderGroup"),
    ),
    "aws:ec2/networkInterface:NetworkInterface": Kind(
        id="eni-{hex}",
        arn=f"{_EC2}:network-interface/{{id}}",
        computed={"privateIp": "10.0.0.10", "ownerId": "{account}"},
        replaces=forces("subnetId"),
    ),
    "aws:ebs/volume:Volume": Kind(
        id="vol-{hex}",
        arn=f"{_EC2}:volume/{{id}}",
        # `size`, `iops`, `throughput` and `type` are modified in place.
        replaces=forces("availabilityZone", "encrypted", "kmsKeyId", "snapshotId"),
    ),
    "aws:ec2/volumeAttachment:VolumeAttachment": Kind(
        id="vai-{short}",
        replaces=forces("deviceName", "instanceId", "volumeId"),
        has_tags=False,
    ),
    "aws:autoscaling/group:Group": Kind(
        id="{name}",
        arn="arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{hex}:"
        "autoScalingGroupName/{id}",
        named_by="name",
        replaces=forces("name", "namePrefix", "initialLifecycleHooks"),
        has_tags=False,
    ),
    "aws:autoscaling/policy:Policy": Kind(
        id="{name}",
        arn="arn:aws:autoscaling:{region}:{account}:scalingPolicy:{hex}:"
        "autoScalingGroupName/{autoscalingGroupName}:policyName/{id}",
        named_by="name",
        replaces=forces("name", "autoscalingGroupName"),
        has_tags=False,
    ),
    "aws:autoscaling/attachment:Attachment": Kind(
        id="{autoscalingGroupName}-{short}",
        replaces=forces("autoscalingGroupName", "lbTargetGroupArn", "elb"),
        has_tags=False,
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Kind(
        id="{name}",
        named_by="name",
        replaces=forces("name", "autoscalingGroupName"),
        has_tags=False,
    ),
}
