"""Monthly prices of resources, from the price list that the plans use.

A resource is priced, free, paid by use only (its plan has a usage line), or *unpriced*: a type
that stands in no table here is unpriced, so that a new one is never free by accident.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.plans.prices import HOURS_PER_MONTH, Per, price_list
from infra.policy.rules import types
from infra.policy.view import UNKNOWN, Resource, Stack, at, entries, is_true

GP3_FREE_IOPS, GP3_FREE_MIB_S = 3000, 125
FREE_ALARMS, FREE_DASHBOARDS = 10, 3
"""CloudWatch's always-free tier, once per account."""

ON_DEMAND = "on_demand"

BY_USE = frozenset(
    {
        types.BUCKET,
        types.LOG_GROUP,
        types.FLOW_LOG,
        types.TOPIC,
        types.SNAPSHOT_POLICY,
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:scheduler/schedule:Schedule",
    }
)
"""Cost nothing by themselves; what passes through them is a usage line of the plan."""

FREE = types.TAGGABLE - {
    types.INSTANCE,
    types.VOLUME,
    types.ADDRESS,
    types.NAT_GATEWAY,
    types.VPC_ENDPOINT,
    types.LOAD_BALANCER,
    types.KEY,
    types.ZONE,
    types.HEALTH_CHECK,
    types.SECRET,
    types.ALARM,
    types.COMPOSITE_ALARM,
} - BY_USE | frozenset(
    {
        types.SECURITY_GROUP_RULE,
        types.ADDRESS_ASSOCIATION,
        types.BUCKET_ENCRYPTION,
        types.BUCKET_LIFECYCLE,
        types.BUCKET_POLICY,
        types.BUCKET_PUBLIC_ACCESS,
        types.BUCKET_VERSIONING,
        types.TOPIC_POLICY,
        types.ROLE_POLICY,
        types.POLICY_ATTACHMENT,
        types.SSM_DOCUMENT,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:ec2/route:Route",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/volumeAttachment:VolumeAttachment",
        "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment",
        "aws:autoscaling/policy:Policy",
        "aws:autoscaling/attachment:Attachment",
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        "aws:autoscaling/notification:Notification",
        "aws:route53/record:Record",
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        "aws:iam/serviceLinkedRole:ServiceLinkedRole",
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        "aws:kms/alias:Alias",
        "aws:kms/grant:Grant",
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "aws:sns/topicSubscription:TopicSubscription",
        types.LAUNCH_CONFIGURATION,
    }
)
"""Cost nothing, or are counted with what they describe (a launch template with its group)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """By which terms machines run: the Savings Plan of an instance type, the price of spot."""

    commitments: Mapping[str, str] = field(default_factory=dict[str, str])
    spot_usd_hour: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """What one resource costs a month; `usd` is None where no price is known, and `why` says so.

    `pending` is the property that a preview does not know yet; in `up` there will be an amount.
    """

    name: str
    usd: Decimal | None
    why: str = ""
    pending: str = ""


def price_resources(stack: Stack, terms: Terms) -> list[Amount]:
    """One amount or more for everything that costs money as long as it exists."""
    return [*_Pricing(stack, terms).amounts()]


class _Pricing:
    def __init__(self, stack: Stack, terms: Terms) -> None:
        self._stack = stack
        self._terms = terms
        self._prices = price_list(_region(stack))

    def amounts(self) -> Iterator[Amount]:
        for resource in self._stack.resources:
            if resource.type.startswith("aws:"):
                yield from self._of(resource)
        yield from self._beyond(FREE_ALARMS, "cloudwatch.alarm", types.ALARM, types.COMPOSITE_ALARM)
        yield from self._beyond(FREE_DASHBOARDS, "cloudwatch.dashboard", types.DASHBOARD)

    def _of(self, resource: Resource) -> Iterator[Amount]:
        if resource.type in FREE or resource.type in BY_USE:
            return
        simple = _SIMPLE.get(resource.type)
        if simple is not None:
            yield self._amount(resource.name, simple, 1)
        elif resource.type == types.INSTANCE:
            yield from self._instance(resource)
        elif resource.type == types.VOLUME:
            yield from self._disk(resource.name, resource.props, 1)
        elif resource.type == types.GROUP:
            yield from self._group(resource)
        elif resource.type == types.VPC_ENDPOINT:
            yield from self._endpoint(resource)
        elif resource.type == types.LOAD_BALANCER:
            network = at(resource.props, "loadBalancerType") == "network"
            yield self._amount(resource.name, "nlb" if network else "alb", 1)
        elif resource.type not in {types.ALARM, types.COMPOSITE_ALARM, types.DASHBOARD}:
            yield Amount(name=resource.name, usd=None, why=f"nobody priced {resource.type}")

    def _instance(self, resource: Resource) -> Iterator[Amount]:
        props = resource.props
        yield self._machine(resource.name, at(props, "instanceType"), 1)
        yield from self._disk(f"{resource.name}, root", at(props, "rootBlockDevice"), 1)
        yield from self._address(resource.name, props, 1)

    def _group(self, resource: Resource) -> Iterator[Amount]:
        desired = at(resource.props, "desiredCapacity")
        count = at(resource.props, "minSize") if desired is None else desired
        if not isinstance(count, int | float):
            yield _missing(resource.name, "its size", count, "desiredCapacity")
            return
        count = int(count)
        if count == 0:  # a cold standby costs while it runs: a usage line of the plan
            return
        template = self._template(resource)
        if template is None:
            yield Amount(
                name=resource.name, usd=None, why="its launch template is not in the stack"
            )
            return
        kind = at(template.props, "instanceType")
        on_demand = _on_demand(resource, count)
        if on_demand:
            yield self._machine(resource.name, kind, on_demand)
        if on_demand < count:
            yield self._spot(resource.name, count - on_demand)
        for path, mapping in entries(template.props, "blockDeviceMappings"):
            if at(mapping, "ebs") is not None:
                yield from self._disk(f"{resource.name}, {path}", at(mapping, "ebs"), count)
        for _, interface in entries(template.props, "networkInterfaces"):
            yield from self._address(resource.name, interface, count)

    def _address(self, name: str, interface: Any, count: int) -> Iterator[Amount]:
        public = at(interface, "associatePublicIpAddress")
        if public is UNKNOWN:
            yield _missing(f"{name}, address", "it", public, "associatePublicIpAddress")
        elif is_true(public):
            yield self._amount(f"{name}, address", "ec2.public_ipv4", count)

    def _template(self, group: Resource) -> Resource | None:
        used = [each for each in self._stack.of(types.TEMPLATE) if each.urn in group.used]
        return used[0] if used else None

    def _machine(self, name: str, kind: Any, count: int) -> Amount:
        if not isinstance(kind, str):
            return _missing(name, "its instance type", kind, "instanceType")
        terms = self._terms.commitments.get(kind, ON_DEMAND)
        return self._amount(name, f"ec2.{kind}.{terms}", count)

    def _spot(self, name: str, count: int) -> Amount:
        hourly = self._terms.spot_usd_hour
        if hourly is None:
            return Amount(name=name, usd=None, why="spot has no list price; set spot_usd_hour")
        return Amount(name=f"{name}, spot", usd=hourly * count * HOURS_PER_MONTH)

    def _disk(self, name: str, disk: Any, count: int) -> Iterator[Amount]:
        size = at(disk, "volumeSize") if at(disk, "volumeSize") is not None else at(disk, "size")
        kind = at(disk, "volumeType") or at(disk, "type")
        if disk is UNKNOWN or UNKNOWN in (size, kind) or size is None:
            yield _missing(name, "its size or type", None if size is None else UNKNOWN, "size")
            return
        yield self._amount(name, f"ebs.{kind}", int(size) * count)
        for path, key, free in (
            ("iops", "ebs.gp3.iops", GP3_FREE_IOPS),
            ("throughput", "ebs.gp3.throughput", GP3_FREE_MIB_S),
        ):
            wanted = at(disk, path)
            if wanted is UNKNOWN:
                yield _missing(f"{name}, {path}", "it", wanted, path)
            elif wanted is not None and int(wanted) > free:
                yield self._amount(f"{name}, {path}", key, (int(wanted) - free) * count)

    def _endpoint(self, resource: Resource) -> Iterator[Amount]:
        if at(resource.props, "vpcEndpointType") in (None, "Gateway"):
            return
        zones = len(list(entries(resource.props, "subnetIds")))
        yield self._amount(resource.name, "vpc.interface_endpoint", zones)

    def _beyond(self, free: int, key: str, *of: str) -> Iterator[Amount]:
        count = len(self._stack.of(*of))
        if count > free:
            yield self._amount(f"{count - free} of {key} beyond {free} free", key, count - free)

    def _amount(self, name: str, key: str, count: int) -> Amount:
        price = self._prices.get(key)
        if price is None:
            return Amount(name=name, usd=None, why=self._prices.why_unpriced(key))
        hours = HOURS_PER_MONTH if price.per is Per.HOUR else Decimal(1)
        return Amount(name=name, usd=price.usd * count * hours)


_SIMPLE: Mapping[str, str] = {
    types.ADDRESS: "ec2.public_ipv4",
    types.NAT_GATEWAY: "nat_gateway",
    types.KEY: "kms.key",
    types.ZONE: "route53.zone",
    types.HEALTH_CHECK: "route53.health_check.metric",
    types.SECRET: "secretsmanager.secret",
}


def _missing(name: str, what: str, value: Any, path: str) -> Amount:
    """No amount, because a value is not there, or not there yet."""
    return Amount(
        name=name, usd=None, why=f"{what} is not known", pending=path if value is UNKNOWN else ""
    )


def _on_demand(group: Resource, count: int) -> int:
    """How many of a group's nodes are not spot."""
    policy = at(group.props, "mixedInstancesPolicy.instancesDistribution")
    if policy is None:
        return count
    base = at(policy, "onDemandBaseCapacity")
    percent = at(policy, "onDemandPercentageAboveBaseCapacity")
    base = 0 if base in (None, UNKNOWN) else int(base)
    # Unknown counts as on demand, the dearer one, and so does AWS's default of 100 %.
    percent = 100 if percent in (None, UNKNOWN) else int(percent)
    above = max(0, count - base)
    return min(count, base) + -(-above * percent // 100)


def _region(stack: Stack) -> str:
    for resource in stack.resources:
        region = at(resource.provider_props, "region")
        if isinstance(region, str) and resource.type.startswith("aws:"):
            return region
    return "unknown"
