"""Asks the account which zones offer the instance types, and what the pinned images are."""

from __future__ import annotations

import re
from datetime import date

from pulumi import InvokeOptions
from pulumi_aws import ec2, get_availability_zones

from infra.plans.facts import AmiFacts, ZoneFacts
from infra.settings import StackSettings
from infra.settings.aws.instances import GpuInstanceType, VectorInstanceType
from stacks.lookups import unless_absent

# Local and wavelength zones have longer names, such as us-east-1-bos-1a.
_ZONE = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]")


def ask_zones(opts: InvokeOptions) -> tuple[ZoneFacts, ...]:
    """All availability zones that can be used, with those of our types that each offers."""
    kinds = [kind.value for kind in (*GpuInstanceType, *VectorInstanceType)]
    offers = ec2.get_instance_type_offerings(
        location_type="availability-zone",
        filters=[ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=kinds)],
        opts=opts,
    )
    pairs = set(zip(offers.locations, offers.instance_types, strict=True))
    zones = get_availability_zones(state="available", opts=opts)
    return tuple(
        ZoneFacts(
            name=name,
            zone_id=zone_id,
            offers=frozenset(kind for kind in kinds if (name, kind) in pairs),
        )
        for name, zone_id in zip(zones.names, zones.zone_ids, strict=True)
        if _ZONE.fullmatch(name)
    )


def ask_amis(settings: StackSettings, opts: InvokeOptions) -> tuple[AmiFacts, ...]:
    """Of the pinned images, those that the account can see."""
    pins = (settings.pins.gpu_ami, settings.pins.vector_store_ami)
    wanted = sorted({pin.id for pin in pins if pin.resolved})
    found = (_ami(each, opts) for each in wanted)
    return tuple(ami for ami in found if ami is not None)


def _ami(ami_id: str, opts: InvokeOptions) -> AmiFacts | None:
    ami = unless_absent(
        lambda: ec2.get_ami(
            filters=[ec2.GetAmiFilterArgs(name="image-id", values=[ami_id])],
            include_deprecated=True,
            opts=opts,
        )
    )
    if ami is None:
        return None
    disks = {each.device_name: each.ebs for each in ami.block_device_mappings}
    ends = ami.deprecation_time
    return AmiFacts(
        id=ami.id,
        name=ami.name,
        owner_id=ami.owner_id,
        architecture=ami.architecture,
        root_snapshot_gib=int(disks[ami.root_device_name]["volume_size"]),
        built_on=date.fromisoformat(ami.creation_date[:10]),
        deprecated_on=date.fromisoformat(ends[:10]) if ends else None,
        root_device=ami.root_device_name,
    )
