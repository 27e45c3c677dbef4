"""The vector store: a data volume that outlives everything, and the machine it is attached to.

A dedicated machine has a network interface of its own, so that its address survives it: the name
in the zone never points to an address that another machine may have got meanwhile, and what
resolved it once stays right. An interface that exists before the machine gets no public address by
itself, so where nodes reach AWS by public IPv4 it has an Elastic IP, at the same price.

Replacing the machine is down time of minutes, in this order: stop it (Qdrant closes its files),
detach, end it, launch the new one on the same interface, attach. A volume is with one machine only,
so nothing can be launched beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.errors import PlanError
from infra.plans.addresses import QDRANT_PORT, qdrant_name, qdrant_url
from infra.plans.facts import AccountFacts
from infra.plans.naming import Component, Names, Role
from infra.plans.store_alarms import StoreAlarm, data_alarms, machine_alarms
from infra.plans.unresolved import ami_id
from infra.settings import StackSettings
from infra.settings.aws.instances import VECTOR_SILICON, VectorInstanceType
from infra.settings.aws.network import Egress
from infra.settings.aws.vector_store import Placement
from infra.settings.aws.volumes import GP3_BASE_IOPS, GP3_BASE_MIB_S

DEVICE = "/dev/sdf"
"""What EC2 wants to hear; the host finds the disk by the volume's id, never by a device name."""

DATA_VOLUME_TAG = "DataVolume"
"""Tag of the machine that holds the volume's id, which its host reads from its own metadata."""

ARCHITECTURE = "x86_64"


@dataclass(frozen=True, kw_only=True, slots=True)
class CpuCredits:
    """What a burstable machine may do in standard mode, in which it never costs more.

    A credit is one vCPU at full speed for a minute. T3 gets none at launch: until it has earned
    some it runs at its baseline. `least` is what the alarm stands at: half an hour's earnings.
    """

    earned_per_hour: int
    vcpus: int

    @property
    def baseline_percent(self) -> float:
        """Share of every vCPU that can be used without end."""
        return 100 * self.earned_per_hour / (60 * self.vcpus)

    @property
    def most(self) -> int:
        """Credits that it can save up: those of a day."""
        return 24 * self.earned_per_hour

    @property
    def least(self) -> float:
        """Below this for an hour, and it is held at its baseline."""
        return self.earned_per_hour / 2

    @property
    def first_day(self) -> str:
        """What indexing on the first day gets, for people."""
        return (
            f"no CPU credits at launch: {self.baseline_percent:g} % of {self.vcpus} vCPUs until "
            f"some are earned ({self.earned_per_hour} an hour, {self.most} at the most); a large "
            "first index goes faster a day later, or on a larger vector_store.instance_type"
        )


CREDITS_PER_HOUR: Mapping[VectorInstanceType, int] = {
    VectorInstanceType.T3_MEDIUM: 24,
    VectorInstanceType.T3_LARGE: 36,
    VectorInstanceType.T3_XLARGE: 96,
}
"""EC2 User Guide, "Key concepts and definitions for burstable performance instances"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataVolume:
    """An encrypted gp3 volume. It is protected, and kept when the stack is destroyed."""

    zone: str
    gib: int
    iops: int
    mib_s: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class MachinePlan:
    """A dedicated machine. IMDSv2 only, hop limit 1, an encrypted root are no choice.

    `ami_resolved` is false while `ami_id` is a placeholder, which EC2 would refuse. `user_data`
    holds no secret; another one replaces the machine.
    """

    zone: str
    ami_id: str
    ami_resolved: bool
    instance_type: str
    root_gib: int
    public_ipv4: bool
    user_data: str
    record_name: str
    record_ttl_s: int
    credits: CpuCredits
    tags: Mapping[str, str]
    root_tags: Mapping[str, str]
    interface_tags: Mapping[str, str]
    address_tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorStorePlan:
    """`machine` is None where Qdrant shares the GPU node, which attaches the volume at boot."""

    url: str
    volume: DataVolume
    machine: MachinePlan | None
    alarms: tuple[StoreAlarm, ...]
    notes: tuple[str, ...]


def plan_vector_store(
    settings: StackSettings, facts: AccountFacts, names: Names, *, zone: str, user_data: str
) -> VectorStorePlan:
    """The vector store of a stack.

    Args:
        settings: of the stack.
        facts: of its account.
        names: of the stack.
        zone: where it lives; the network's plan says.
        user_data: what a dedicated machine boots with; not looked at where it is shared.

    Raises:
        PlanError: the zone does not offer the machine, or the image does not fit it.
    """
    store = settings.vector_store
    volume = DataVolume(
        zone=zone,
        gib=store.data_volume_gib,
        iops=store.data_volume_iops,
        mib_s=store.data_volume_mib_s,
        tags=names.tags(Component.VECTOR_STORE, "data"),
    )
    if store.placement is Placement.SHARED:
        return VectorStorePlan(
            url=f"http://127.0.0.1:{QDRANT_PORT}",
            volume=volume,
            machine=None,
            alarms=data_alarms(names),
            notes=(),
        )
    _require_offer(settings, facts, zone)
    machine = _machine(settings, facts, names, user_data, zone)
    return VectorStorePlan(
        url=qdrant_url(settings.endpoint),
        volume=volume,
        machine=machine,
        alarms=(
            *data_alarms(names),
            *machine_alarms(names, least_credits=machine.credits.least),
        ),
        notes=(machine.credits.first_day, *_too_fast(settings)),
    )


def _machine(
    settings: StackSettings, facts: AccountFacts, names: Names, user_data: str, zone: str
) -> MachinePlan:
    store, pin = settings.vector_store, settings.pins.vector_store_ami
    known = facts.ami(pin.id) if pin.resolved else None
    if known is not None and known.architecture != ARCHITECTURE:
        raise PlanError(
            f"pins.vector_store_ami.id {pin.id} is built for {known.architecture}",
            why=f"a {store.instance_type.value} is {ARCHITECTURE}",
            remedy="run `retrieval pin`, or pin an image for x86_64",
        )
    if known is not None and known.root_snapshot_gib > store.root_volume_gib:
        raise PlanError(
            f"vector_store.root_volume_gib is {store.root_volume_gib}",
            why=f"the snapshot of {pin.id} has {known.root_snapshot_gib} GiB, and a smaller volume "
            "does not launch",
            remedy="set retrieval:vector_store.root_volume_gib to "
            f"{known.root_snapshot_gib} or more",
        )
    component, role = Component.VECTOR_STORE, Role.VECTOR_STORE
    return MachinePlan(
        zone=zone,
        ami_id=ami_id(pin),
        ami_resolved=pin.resolved,
        instance_type=store.instance_type.value,
        root_gib=store.root_volume_gib,
        public_ipv4=settings.network.egress is Egress.PUBLIC_IPV4,
        user_data=user_data,
        record_name=qdrant_name(settings.endpoint),
        record_ttl_s=settings.endpoint.record_ttl_s,
        credits=CpuCredits(
            earned_per_hour=CREDITS_PER_HOUR[store.instance_type],
            vcpus=VECTOR_SILICON[store.instance_type].vcpus,
        ),
        tags={**names.tags(component, role.value), "Role": role.value},
        root_tags=names.tags(component, "vector-store-root"),
        interface_tags=names.tags(component, "vector-store-interface"),
        address_tags=names.tags(component, "vector-store-address"),
    )


def _require_offer(settings: StackSettings, facts: AccountFacts, zone: str) -> None:
    kind = settings.vector_store.instance_type.value
    offering = [each.name for each in facts.zones_offering(kind)]
    if zone in offering:
        return
    raise PlanError(
        f"zone {zone} does not offer {kind}",
        why=f"the vector store must be where its data volume is; {facts.region} offers the type in "
        f"{', '.join(offering) or 'no zone'}",
        remedy="name another zone in retrieval:network.vector_store_zone, or another type in "
        "retrieval:vector_store.instance_type",
    )


def _too_fast(settings: StackSettings) -> tuple[str, ...]:
    """Money for a volume that the machine cannot keep up with."""
    store = settings.vector_store
    silicon = VECTOR_SILICON[store.instance_type]
    paid = (
        ("iops", store.data_volume_iops, GP3_BASE_IOPS, silicon.ebs_iops, "operations a second"),
        ("mib_s", store.data_volume_mib_s, GP3_BASE_MIB_S, silicon.ebs_mb_per_s, "MB/s"),
    )
    return tuple(
        f"vector_store.data_volume_{name} is {value}, but a {store.instance_type.value} sustains "
        f"{most:g} {unit}: more is paid for in vain, except in bursts"
        for name, value, free, most, unit in paid
        if value > max(free, most)
    )
