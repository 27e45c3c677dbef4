"""Machines: how metadata is reached, from which image they start, who can log in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.policy.rule import ResourceRule, StackRule
from infra.policy.rules.types import (
    GROUP,
    INSTANCE,
    LAUNCH_CONFIGURATION,
    SUBNET,
    TEMPLATE,
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

_MACHINES = frozenset({INSTANCE, TEMPLATE})
_AMI_ID = re.compile(r"ami-[0-9a-f]{8,17}")


def _imds_v2(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "metadataOptions.httpTokens",
        lambda value: value == "required",
        "metadata answers without a session token (IMDSv1), so that one forged request inside the "
        "host reads the role's credentials",
    )


def _hop_limit(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "metadataOptions.httpPutResponseHopLimit",
        lambda value: value == 1,
        "the metadata hop limit is not 1, so that containers reach the role's credentials",
    )


def _no_key_pair(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props, "keyName", lambda value: not value, "a key pair lets someone in by SSH"
    )


def _session_manager(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "iamInstanceProfile",
        bool,
        "without an instance profile no session can be opened, and nothing is sent or read",
    )


def _pinned_image(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "imageId" if resource.type == TEMPLATE else "ami",
        lambda value: isinstance(value, str) and _AMI_ID.fullmatch(value) is not None,
        "the image is not named by its id, so that a node started later may be another",
    )


def _no_launch_configuration(resource: Resource) -> Iterator[Finding]:
    yield Problem(f"{resource.name} has no versions, and new accounts cannot make one")


def _numbered_template(stack: Stack) -> Iterator[Finding]:
    nested = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"
    for group in stack.of(GROUP):
        path = "launchTemplate" if at(group.props, "launchTemplate") is not None else nested
        version = at(group.props, f"{path}.version")
        if at(group.props, path) is None:
            yield Problem("the group launches nodes without a launch template", group.urn)
        elif version is UNKNOWN:
            # What the template of this stack makes up when it changes is its number.
            if not any(template.urn in group.used for template in stack.of(TEMPLATE)):
                yield Undecided(f"{path}.version")
        elif not str(version).isdecimal():
            yield Problem(
                "the launch template's version is not a number, so that a changed template comes "
                "into use without a rollout",
                group.urn,
            )


def _spot_rebalances(resource: Resource) -> Iterator[Finding]:
    distribution = "mixedInstancesPolicy.instancesDistribution"
    percent = at(resource.props, f"{distribution}.onDemandPercentageAboveBaseCapacity")
    if percent is UNKNOWN:
        yield Undecided(f"{distribution}.onDemandPercentageAboveBaseCapacity")
    elif percent is not None and float(percent) < 100:
        yield from expect(
            resource.props,
            "capacityRebalance",
            is_true,
            "a spot group without capacity rebalance waits for the notice to lose its node",
        )


def _health_of_load_balancer(resource: Resource) -> Iterator[Finding]:
    if list(entries(resource.props, "targetGroupArns")):
        yield from expect(
            resource.props,
            "healthCheckType",
            lambda value: value == "ELB",
            "a group behind a load balancer keeps nodes that the load balancer gave up",
        )


def _no_public_subnet_default(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "mapPublicIpOnLaunch",
        lambda value: not value,
        "the subnet gives a public address to whatever starts in it",
    )


def _public_address_behind_groups(stack: Stack) -> Iterator[Finding]:
    for resource in stack.of(INSTANCE, TEMPLATE):
        for path, interface in _interfaces(resource):
            public = at(interface, "associatePublicIpAddress")
            if public is UNKNOWN:
                yield Undecided(f"{path}.associatePublicIpAddress")
            elif is_true(public) and not any(
                at(interface, name) for name in ("securityGroups", "vpcSecurityGroupIds")
            ):
                yield Problem(
                    "a public address without a security group of its own stands behind the VPC's "
                    "default group",
                    resource.urn,
                )


def _interfaces(resource: Resource) -> Iterator[tuple[str, object]]:
    if resource.type == INSTANCE:
        yield "instance", resource.props
        return
    yield from entries(resource.props, "networkInterfaces")


MACHINE_RULES = (
    ResourceRule(
        name="imdsv2-only",
        description="Metadata needs a session token",
        remedy="set metadata_options.http_tokens to required",
        scanners=("CKV_AWS_79", "AWS-0028", "AWS-0130", "ec2_instance_imdsv2_enabled"),
        types=_MACHINES,
        check=_imds_v2,
    ),
    ResourceRule(
        name="metadata-hop-limit-1",
        description="Containers do not reach the host's metadata",
        remedy="set metadata_options.http_put_response_hop_limit to 1; hosts fetch secrets",
        scanners=("CKV_AWS_341",),
        types=_MACHINES,
        check=_hop_limit,
    ),
    ResourceRule(
        name="no-key-pair",
        description="Nobody logs in by SSH",
        remedy="leave key_name out; open a session with SSM Session Manager",
        types=_MACHINES | {LAUNCH_CONFIGURATION},
        check=_no_key_pair,
    ),
    ResourceRule(
        name="node-has-role",
        description="A node is reached by Session Manager, through its role",
        remedy="name an instance profile",
        scanners=("ec2_instance_managed_by_ssm",),
        types=_MACHINES,
        check=_session_manager,
    ),
    ResourceRule(
        name="pinned-machine-image",
        description="Machine images are named by id",
        remedy="pin an id, which `retrieval pin` finds",
        scanners=("AWS-0344", "ec2_instance_with_outdated_ami"),
        types=_MACHINES,
        check=_pinned_image,
    ),
    ResourceRule(
        name="no-launch-configuration",
        description="Groups launch from templates",
        remedy="use a launch template",
        scanners=("CKV_AWS_315",),
        types=frozenset({LAUNCH_CONFIGURATION}),
        check=_no_launch_configuration,
    ),
    StackRule(
        name="numbered-launch-template",
        description="A group names the version of its launch template",
        remedy="name the version by its number",
        scanners=("CKV_AWS_315",),
        check=_numbered_template,
    ),
    ResourceRule(
        name="spot-group-rebalances",
        description="A spot group acts before it loses its node",
        remedy="set capacity_rebalance to true",
        scanners=("autoscaling_group_capacity_rebalance_enabled",),
        types=frozenset({GROUP}),
        check=_spot_rebalances,
    ),
    ResourceRule(
        name="group-believes-load-balancer",
        description="A group replaces what its load balancer gave up",
        remedy="set health_check_type to ELB",
        scanners=("autoscaling_group_elb_health_check_enabled",),
        types=frozenset({GROUP}),
        check=_health_of_load_balancer,
    ),
    ResourceRule(
        name="no-public-address-by-default",
        description="A subnet gives no public addresses by itself",
        remedy="set map_public_ip_on_launch to false and ask for an address where it is needed",
        scanners=("CKV_AWS_130", "AWS-0164", "vpc_subnet_no_public_ip_by_default"),
        types=frozenset({SUBNET}),
        check=_no_public_subnet_default,
    ),
    StackRule(
        name="public-address-behind-own-group",
        description="A node with a public address names its security groups, which let nothing in",
        remedy="name the node's security groups, or give it no public address",
        scanners=("CKV_AWS_88", "AWS-0009", "ec2_instance_public_ip"),
        check=_public_address_behind_groups,
    ),
)
"""In the order of docs/policy.md."""
