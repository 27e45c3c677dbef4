"""The cost lines of each part of a stack on AWS, from its settings and a region's prices.

Each part's plan calls its function here with what only it knows (how many alarms, endpoints,
zones), so that a preview prices exactly what it creates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from infra.plans.cost import (
    CostKind,
    CostLine,
    CostPlan,
    Item,
    cost_plan,
    decimal,
    free_line,
    priced_line,
    set_line,
    unpriced_line,
)
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.naming import Component
from infra.plans.prices import HOURS_PER_MONTH, Per, PriceList
from infra.settings import StackSettings
from infra.settings.aws.commitment import Commitment
from infra.settings.aws.network import Egress
from infra.settings.aws.standby import StandbyMode
from infra.settings.aws.vector_store import Placement
from infra.settings.aws.volumes import GP3_BASE_IOPS, GP3_BASE_MIB_S

FREE_ALARMS = 10
FREE_METRICS = 10
FREE_DASHBOARDS = 3
"""CloudWatch's always-free tier, once per account."""

_DAYS_PER_MONTH = HOURS_PER_MONTH / 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What the other plans make and the settings do not say."""

    alarms: int = 0
    custom_metrics: int = 0
    dashboards: int = 1
    interface_endpoints: int = 0
    endpoint_zones: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """A gp3 volume: GiB, operations a second, MiB/s."""

    gib: int
    iops: int = GP3_BASE_IOPS
    mib_s: int = GP3_BASE_MIB_S


def stack_cost(settings: StackSettings, prices: PriceList, counts: Counts) -> CostPlan:
    """All lines of a stack, in the order of its parts."""
    return cost_plan(
        prices.region,
        account_lines(settings, prices),
        network_lines(settings, prices, counts),
        vector_store_lines(settings, prices),
        gpu_lines(settings, prices),
        standby_lines(settings, prices),
        endpoint_lines(settings, prices),
        backup_lines(settings, prices),
        watch_lines(settings, prices, counts),
    )


def account_lines(settings: StackSettings, prices: PriceList) -> Iterator[CostLine]:
    """The key, and the secrets that cost nothing as SSM parameters."""
    if settings.aws.customer_key:
        yield priced_line(prices, "kms.key", Item(component=Component.ACCOUNT, name="customer key"))
    yield free_line(
        Item(component=Component.SECRETS, name="SSM parameters"),
        why="standard parameters cost nothing",
    )


def network_lines(settings: StackSettings, prices: PriceList, counts: Counts) -> Iterator[CostLine]:
    """Endpoints and transfer; addresses are with the nodes that have them."""
    component = Component.NETWORK
    yield free_line(
        Item(component=component, name="S3 gateway endpoint"), why="gateway endpoints cost nothing"
    )
    if settings.network.egress is Egress.INTERFACE_ENDPOINTS:
        many = counts.interface_endpoints * counts.endpoint_zones
        yield priced_line(
            prices,
            "vpc.interface_endpoint",
            Item(component=component, name="interface endpoints", quantity=many),
        )
    if settings.network.flow_logs:
        yield unpriced_line(
            Item(component=component, name="flow logs"),
            why="$0.50 a GB written; how many is not known beforehand",
        )
    yield set_line(
        Item(component=component, name="data transfer", kind=CostKind.USAGE),
        settings.usage.transfer_usd_month,
        Per.MONTH,
        source="allowance of retrieval:usage.transfer_usd_month",
    )


def gpu_lines(settings: StackSettings, prices: PriceList) -> Iterator[CostLine]:
    """The serving nodes, their root volumes and addresses."""
    gpu, component = settings.gpu, Component.GPU
    yield machine_line(
        prices,
        gpu.instance_type.value,
        settings.commitment.gpu,
        component=component,
        count=gpu.nodes,
    )
    yield from volume_lines(
        prices, Item(component=component, name="root volume", quantity=gpu.nodes), _root(settings)
    )
    yield from address_lines(
        settings, prices, Item(component=component, name=_ADDRESS, quantity=gpu.nodes)
    )


def vector_store_lines(settings: StackSettings, prices: PriceList) -> Iterator[CostLine]:
    """The data volume, and the machine unless the GPU node is shared."""
    store, component = settings.vector_store, Component.VECTOR_STORE
    dedicated = store.placement is Placement.DEDICATED
    if dedicated:
        yield machine_line(
            prices,
            store.instance_type.value,
            settings.commitment.vector_store,
            component=component,
            count=1,
        )
        yield from volume_lines(
            prices,
            Item(component=component, name="root volume"),
            Volume(gib=store.root_volume_gib),
        )
    yield from volume_lines(
        prices,
        Item(component=component, name="data volume"),
        Volume(
            gib=store.data_volume_gib,
            iops=store.data_volume_iops,
            mib_s=store.data_volume_mib_s,
        ),
    )
    if dedicated:
        yield from address_lines(settings, prices, Item(component=component, name=_ADDRESS))


def standby_lines(settings: StackSettings, prices: PriceList) -> Iterator[CostLine]:
    """Spot hours with the disk and address that a node has while it runs."""
    mode = settings.standby.mode
    if mode is StandbyMode.OFF:
        return
    hot = mode is StandbyMode.HOT
    node = Item(
        component=Component.STANDBY,
        name="spot node",
        kind=CostKind.FIXED if hot else CostKind.USAGE,
        hours=HOURS_PER_MONTH if hot else settings.usage.standby_hours_month,
    )
    yield set_line(
        node,
        settings.usage.spot_usd_hour,
        Per.HOUR,
        source="spot price of retrieval:usage.spot_usd_hour",
    )
    yield from volume_lines(prices, replace(node, name="root volume"), _root(settings))
    yield from address_lines(settings, prices, replace(node, name=_ADDRESS))


def endpoint_lines(settings: StackSettings, prices: PriceList) -> Iterator[CostLine]:
    """The private zone, and the load balancer or the health check."""
    component = Component.ENDPOINT
    yield priced_line(prices, "route53.zone", Item(component=component, name="private zone"))
    if endpoint_kind(settings) is EndpointKind.NLB:
        yield priced_line(prices, "nlb", Item(component=component, name="load balancer"))
        return
    yield priced_line(
        prices,
        "route53.health_check.metric",
        Item(component=component, name="health check on an alarm"),
    )


def backup_lines(settings: StackSettings, prices: PriceList) -> Iterator[CostLine]:
    """EBS snapshots and the bucket."""
    component = Component.BACKUP
    if settings.backup.ebs_snapshots_kept:
        snapshots = Item(
            component=component,
            name="EBS snapshots",
            quantity=settings.usage.snapshot_gb,
            kind=CostKind.USAGE,
        )
        yield priced_line(prices, "ebs.snapshot", snapshots)
    yield priced_line(
        prices, "s3.storage", Item(component=component, name="Qdrant snapshots in S3")
    )


def watch_lines(settings: StackSettings, prices: PriceList, counts: Counts) -> Iterator[CostLine]:
    """Logs, and alarms, metrics and dashboards beyond what each account has free."""
    component = Component.WATCH
    written = decimal(settings.usage.log_gb_month)
    kept = round(written * settings.watch.log_retention_days / _DAYS_PER_MONTH, 2)
    for name, key, gb in (
        ("logs written", "cloudwatch.logs.ingest", written),
        ("logs kept", "cloudwatch.logs.store", kept),
    ):
        item = Item(component=component, name=name, quantity=gb, kind=CostKind.USAGE)
        yield priced_line(prices, key, item)
    for name, key, count, free in (
        ("alarms", "cloudwatch.alarm", counts.alarms, FREE_ALARMS),
        ("custom metrics", "cloudwatch.metric", counts.custom_metrics, FREE_METRICS),
        ("dashboards", "cloudwatch.dashboard", counts.dashboards, FREE_DASHBOARDS),
    ):
        if count > free:
            beyond = Item(
                component=component, name=f"{name} beyond {free} free", quantity=count - free
            )
            yield priced_line(prices, key, beyond)
        elif count:
            yield free_line(
                Item(component=component, name=name, quantity=count),
                why=f"the first {free} of an account cost nothing, if no other stack uses them",
            )


def machine_line(
    prices: PriceList,
    instance_type: str,
    commitment: Commitment,
    *,
    component: Component,
    count: int,
) -> CostLine:
    """Machines that run all month, on demand or under a Savings Plan."""
    terms = "on_demand" if commitment is Commitment.NONE else commitment.value
    return priced_line(
        prices,
        f"ec2.{instance_type}.{terms}",
        Item(
            component=component, name=f"{instance_type}, {terms.replace('_', ' ')}", quantity=count
        ),
    )


def volume_lines(prices: PriceList, item: Item, volume: Volume) -> Iterator[CostLine]:
    """Lines of gp3 volumes: size, and what they do beyond the free rates.

    Args:
        prices: of the region.
        item: whose volumes, how many, and how many hours of the month each exists.
        volume: what one is.
    """
    share = decimal(item.quantity) * decimal(item.hours) / HOURS_PER_MONTH
    for name, key, amount in (
        (item.name, "ebs.gp3", volume.gib),
        (f"{item.name}, operations", "ebs.gp3.iops", volume.iops - GP3_BASE_IOPS),
        (f"{item.name}, throughput", "ebs.gp3.throughput", volume.mib_s - GP3_BASE_MIB_S),
    ):
        if amount > 0:
            yield priced_line(
                prices, key, replace(item, name=name, quantity=round(amount * share, 4))
            )


def address_lines(settings: StackSettings, prices: PriceList, item: Item) -> Iterator[CostLine]:
    """Public addresses of nodes, where the network gives them one."""
    if settings.network.egress is Egress.PUBLIC_IPV4:
        yield priced_line(prices, "ec2.public_ipv4", item)


_ADDRESS = "public IPv4, nothing inbound"


def _root(settings: StackSettings) -> Volume:
    gpu = settings.gpu
    return Volume(gib=gpu.root_volume_gib, iops=gpu.root_volume_iops, mib_s=gpu.root_volume_mib_s)
