"""The group of serving GPU nodes: what a node is launched as, and how the group keeps it alive.

Knows sizes, names and times; what runs on a node is `infra/node`, the spot group `standby.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.errors import PlanError
from infra.plans.capacity import CapacityPlan, plan_capacity
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.facts import AccountFacts
from infra.plans.naming import Component, Names, Role
from infra.plans.rollout import ROLLBACK_ALARM, RolloutPlan, launch_heartbeat_s, plan_rollout
from infra.plans.serving import ServingProfile, serving_profile
from infra.plans.unresolved import ami_id
from infra.plans.vram import VramPlan, plan_vram
from infra.settings import StackSettings
from infra.settings.aws.instances import GpuInstanceType
from infra.settings.aws.network import Egress
from infra.settings.aws.vector_store import Placement

LAUNCH_HOOK, TERMINATE_HOOK = "boot", "drain"

SPOT_NOTICE_S = 120
"""EC2 takes a spot node back two minutes after it says so."""

TERMINATE_S = 90
"""Time to drain: within the spot notice, with half a minute for noticing it."""

DRAIN_MARGIN_S = 30
"""What stopping needs beside the gateway's own drain: leaving the address, ending containers."""

GRACE_S = 60
"""Between a node's first answer and the first health check that counts."""

ROOT_DEVICE = "/dev/sda1"
"""Of Ubuntu images; what EC2 says about the pinned one wins."""

ARCHITECTURE = "x86_64"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingCheck:
    """What runs, and the two calculations that let it."""

    profile: ServingProfile
    vram: VramPlan
    capacity: CapacityPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Where nodes may be: zones that have a subnet, and the one of Qdrant's data volume."""

    zones: tuple[str, ...]
    data_zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplatePlan:
    """How a node is launched. IMDSv2 only, hop limit 1, an encrypted root are no choice.

    `ami_resolved` is false while `ami_id` is a placeholder, which EC2 would refuse. Detailed
    monitoring stays off: $2.10 a node and month for what our own metrics say every minute.
    """

    ami_id: str
    ami_resolved: bool
    instance_type: str
    root_device: str
    root_gib: int
    root_iops: int
    root_mib_s: int
    public_ipv4: bool
    node_tags: Mapping[str, str]
    tags: Mapping[str, str]
    detailed_monitoring: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class HookPlan:
    """A pause in a node's life, until the host says that it goes on or the time is over."""

    name: str
    transition: str
    heartbeat_s: int
    default_result: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SpotPlan:
    """Spot only: `instance_types` in every zone of the group, cheapest pools with capacity."""

    instance_types: tuple[str, ...]
    on_demand_base: int = 0
    on_demand_percent: int = 0
    strategy: str = "price-capacity-optimized"


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupPlan:
    """An Auto Scaling group. Its name is fixed, since roles and alarms name it beforehand.

    `capacity_timeout_s` is how long `up` waits for its nodes: above one boot that fails and one
    that does not. `scaled` means that policies set its size. `rollback_alarm` is the name of the
    alarm on which a refresh goes back to the old template; None for the standby.
    """

    role: Role
    name: str
    zones: tuple[str, ...]
    min_size: int
    max_size: int
    desired: int
    template: TemplatePlan
    hooks: tuple[HookPlan, ...]
    health_check_type: str
    grace_s: int
    capacity_timeout_s: int
    rollout: RolloutPlan
    rollback_alarm: str | None
    scaled: bool = False
    spot: SpotPlan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuPlan:
    """The serving nodes."""

    serving: ServingCheck
    group: GroupPlan

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know and that stops nothing."""
        rollout = self.group.rollout
        if not rollout.has_gap:
            return ()
        return (f"a rollout ends a node before its successor serves: {rollout.because}",)


def check_serving(settings: StackSettings) -> ServingCheck:
    """Whether the models fit the card and the design point can be met, before anything is made.

    Raises:
        PlanError: one or both do not; the message shows the arithmetic of each.
    """
    problems: list[PlanError] = []
    vram: VramPlan | None = None
    capacity: CapacityPlan | None = None
    try:
        vram = plan_vram(settings)
    except PlanError as problem:
        problems.append(problem)
    try:
        capacity = plan_capacity(settings)
    except PlanError as problem:
        problems.append(problem)
    if vram is None or capacity is None:
        if len(problems) == 1:
            raise problems[0]
        raise PlanError(
            " and ".join(dict.fromkeys(problem.what for problem in problems)),
            why="".join(f"\n  {text}" for text in dict.fromkeys(p.why for p in problems)),
            remedy="; ".join(dict.fromkeys(problem.remedy for problem in problems)),
        )
    return ServingCheck(profile=serving_profile(settings), vram=vram, capacity=capacity)


def plan_gpu(settings: StackSettings, facts: AccountFacts, names: Names, site: Site) -> GpuPlan:
    """The group of serving nodes.

    Raises:
        PlanError: the models, the design point, the image, the zones or the quota do not allow it.
    """
    serving = check_serving(settings)
    rollout = plan_rollout(settings, facts)
    kind = settings.gpu.instance_type
    nodes = settings.gpu.nodes
    zones = _zones(settings, facts, site)
    heartbeat = launch_heartbeat_s(settings)
    return GpuPlan(
        serving=serving,
        group=GroupPlan(
            role=Role.PRIMARY,
            name=group_name(names, Role.PRIMARY),
            zones=zones,
            min_size=nodes,
            # Room for the node that a rollout launches first; nothing scales this group.
            max_size=nodes + rollout.extra_nodes,
            desired=nodes,
            template=template_plan(settings, facts, names, Role.PRIMARY, kind),
            hooks=hooks(settings, terminate_s=max(TERMINATE_S, _drain_s(settings))),
            health_check_type=health_check_type(settings),
            grace_s=GRACE_S,
            capacity_timeout_s=capacity_timeout_s(heartbeat),
            rollout=rollout,
            rollback_alarm=names.label(ROLLBACK_ALARM),
        ),
    )


def group_name(names: Names, role: Role) -> str:
    """Name of a group in the account."""
    return names.label(role.value)


def template_plan(
    settings: StackSettings,
    facts: AccountFacts,
    names: Names,
    role: Role,
    instance_type: GpuInstanceType,
) -> TemplatePlan:
    """How a node of a role is launched.

    Raises:
        PlanError: the pinned image cannot be launched so.
    """
    gpu, pin = settings.gpu, settings.pins.gpu_ami
    known = facts.ami(pin.id) if pin.resolved else None
    if known is not None and known.architecture != ARCHITECTURE:
        raise PlanError(
            f"pins.gpu_ami.id {pin.id} is built for {known.architecture}",
            why=f"a {instance_type.value} is {ARCHITECTURE}, and so is TEI's Turing image",
            remedy="run `retrieval pin`, or pin the Deep Learning AMI for x86_64",
        )
    if known is not None and known.root_snapshot_gib > gpu.root_volume_gib:
        raise PlanError(
            f"gpu.root_volume_gib is {gpu.root_volume_gib}",
            why=f"the snapshot of {pin.id} has {known.root_snapshot_gib} GiB, and a smaller volume "
            "does not launch",
            remedy=f"set retrieval:gpu.root_volume_gib to {known.root_snapshot_gib} or more",
        )
    component = Component.GPU if role is Role.PRIMARY else Component.STANDBY
    return TemplatePlan(
        ami_id=ami_id(pin),
        ami_resolved=pin.resolved,
        instance_type=instance_type.value,
        root_device=known.root_device if known else ROOT_DEVICE,
        root_gib=gpu.root_volume_gib,
        root_iops=gpu.root_volume_iops,
        root_mib_s=gpu.root_volume_mib_s,
        public_ipv4=settings.network.egress is Egress.PUBLIC_IPV4,
        node_tags=names.node_tags(component, role),
        tags=names.tags(component, f"{role.value}-template"),
    )


def hooks(settings: StackSettings, *, terminate_s: int) -> tuple[HookPlan, ...]:
    """Both hooks of a group; with the group itself, since a later one misses the first launch."""
    return (
        HookPlan(
            name=LAUNCH_HOOK,
            transition="autoscaling:EC2_INSTANCE_LAUNCHING",
            heartbeat_s=launch_heartbeat_s(settings),
            default_result="ABANDON",
        ),
        HookPlan(
            name=TERMINATE_HOOK,
            transition="autoscaling:EC2_INSTANCE_TERMINATING",
            heartbeat_s=terminate_s,
            default_result="CONTINUE",
        ),
    )


def require_drain_within_notice(settings: StackSettings) -> None:
    """Refuse a drain that a spot node has no time for.

    Raises:
        PlanError: names the settings and the longest that fits.
    """
    wanted = _drain_s(settings)
    if wanted <= TERMINATE_S:
        return
    gateway = settings.gateway
    room_ms = 1000 * (TERMINATE_S - DRAIN_MARGIN_S)
    raise PlanError(
        f"gateway.drain_notice_ms {gateway.drain_notice_ms} and gateway.drain_ms "
        f"{gateway.drain_ms} on a spot standby",
        why=f"EC2 takes a spot node {SPOT_NOTICE_S} s after its notice; together they may be "
        f"{room_ms} ms at the most",
        remedy=f"set retrieval:gateway.drain_ms to {max(0, room_ms - gateway.drain_notice_ms)} or "
        "less, or retrieval:standby.mode to off",
    )


def health_check_type(settings: StackSettings) -> str:
    """Whose word counts: the load balancer's where there is one; the host's own always does."""
    return "ELB" if endpoint_kind(settings) is EndpointKind.NLB else "EC2"


def capacity_timeout_s(heartbeat_s: int) -> int:
    """How long `up` waits: one boot given up and the next one done, and five minutes."""
    return 2 * heartbeat_s + 300


def _drain_s(settings: StackSettings) -> int:
    gateway = settings.gateway
    return -(-(gateway.drain_notice_ms + gateway.drain_ms) // 1000) + DRAIN_MARGIN_S


def _zones(settings: StackSettings, facts: AccountFacts, site: Site) -> tuple[str, ...]:
    kind = settings.gpu.instance_type.value
    offering = {zone.name for zone in facts.zones_offering(kind)}
    shared = settings.vector_store.placement is Placement.SHARED
    wanted = (site.data_zone,) if shared else site.zones
    zones = tuple(zone for zone in wanted if zone in offering)
    if zones:
        return zones
    raise PlanError(
        f"no zone for a {kind}: {', '.join(wanted) or 'no zone has a subnet'}",
        why=(
            "the node must be where its data volume is, and that zone does not offer the type"
            if shared
            else "none of the zones with a subnet offers the type"
        )
        + f"; {facts.region} offers it in {', '.join(sorted(offering)) or 'none'}",
        remedy="name such a zone in "
        + ("retrieval:network.vector_store_zone" if shared else "retrieval:network.zones")
        + ", or subnets in one in retrieval:network.subnet_ids",
    )
