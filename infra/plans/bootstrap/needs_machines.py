"""What the deploy role needs for machines, their disks and groups."""

from __future__ import annotations

from collections.abc import Mapping

from infra.plans.bootstrap.needs import Area, Needs, ec2

_GROUPS = (
    "arn:{arn}:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{name}-*",
)

MACHINES: Mapping[str, Needs] = {
    "aws:ec2/launchTemplate:LaunchTemplate": Needs(
        area=Area.MACHINES,
        arns=ec2("launch-template"),
        creates=("ec2:CreateLaunchTemplate",),
        changes=(
            "ec2:CreateLaunchTemplateVersion",
            "ec2:DeleteLaunchTemplate",
            "ec2:ModifyLaunchTemplate",
        ),
        reads=("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
        tagged=True,
    ),
    "aws:ec2/instance:Instance": Needs(
        area=Area.MACHINES,
        arns=ec2("instance", "volume", "network-interface"),
        changes=(
            "ec2:ModifyInstanceAttribute",
            "ec2:ModifyInstanceCreditSpecification",
            "ec2:ModifyInstanceMetadataOptions",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
        ),
        reads=(
            "ec2:DescribeImages",
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceAttribute",
            "ec2:DescribeInstanceCreditSpecifications",
            "ec2:DescribeInstanceStatus",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeTags",
        ),
        tagged=True,
    ),
    "aws:ec2/networkInterface:NetworkInterface": Needs(
        area=Area.MACHINES,
        arns=ec2("network-interface", "subnet", "security-group"),
        creates=("ec2:CreateNetworkInterface",),
        changes=(
            "ec2:DeleteNetworkInterface",
            "ec2:DetachNetworkInterface",
            "ec2:ModifyNetworkInterfaceAttribute",
        ),
        reads=("ec2:DescribeNetworkInterfaces",),
        tagged=True,
    ),
    "aws:ebs/volume:Volume": Needs(
        area=Area.MACHINES,
        arns=ec2("volume"),
        creates=("ec2:CreateVolume",),
        changes=("ec2:DeleteVolume", "ec2:ModifyVolume"),
        reads=("ec2:DescribeVolumes", "ec2:DescribeVolumesModifications"),
        tagged=True,
    ),
    "aws:ec2/volumeAttachment:VolumeAttachment": Needs(
        area=Area.MACHINES,
        arns=ec2("volume", "instance"),
        changes=("ec2:AttachVolume", "ec2:DetachVolume"),
        tagged=True,
    ),
    "aws:autoscaling/group:Group": Needs(
        area=Area.MACHINES,
        arns=_GROUPS,
        changes=(
            "autoscaling:CancelInstanceRefresh",
            "autoscaling:CreateAutoScalingGroup",
            "autoscaling:CreateOrUpdateTags",
            "autoscaling:DeleteAutoScalingGroup",
            "autoscaling:DeleteLifecycleHook",
            "autoscaling:DeleteTags",
            "autoscaling:PutLifecycleHook",
            "autoscaling:ResumeProcesses",
            "autoscaling:SetInstanceProtection",
            "autoscaling:StartInstanceRefresh",
            "autoscaling:SuspendProcesses",
            "autoscaling:UpdateAutoScalingGroup",
        ),
        reads=(
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeInstanceRefreshes",
            "autoscaling:DescribeLifecycleHooks",
            "autoscaling:DescribeScalingActivities",
            "autoscaling:DescribeTags",
        ),
    ),
    "aws:autoscaling/policy:Policy": Needs(
        area=Area.MACHINES,
        arns=_GROUPS,
        changes=("autoscaling:DeletePolicy", "autoscaling:PutScalingPolicy"),
        reads=("autoscaling:DescribePolicies",),
    ),
}
