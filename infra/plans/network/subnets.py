"""The zones of a stack and the addresses of their subnets, in a VPC that is made.

A VPC is cut into eight equal slots, and a zone's letter says which is its own. So sizes are equal,
none overlaps, at least two slots stay free (no region has more than six zones), and a zone that
comes or goes moves no other: order would have renumbered subnets and with them replaced nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

from infra.errors import PlanError
from infra.plans.facts import AccountFacts
from infra.settings import StackSettings
from infra.settings.aws.vector_store import Placement

SLOTS = 8

_SLOT_BITS = 3
_LETTERS = "abcdefgh"


def slot(vpc: IPv4Network, zone: str) -> IPv4Network:
    """The addresses of a zone's subnet.

    Args:
        vpc: the VPC's addresses.
        zone: its name, such as us-east-1a.

    Raises:
        PlanError: the name does not end in one of eight letters.
    """
    letter = zone[-1:]
    if letter not in _LETTERS or not letter:
        raise PlanError(
            f"zone {zone} has no place in the VPC",
            why=f"a zone's last letter chooses its addresses, and only {_LETTERS[0]} to "
            f"{_LETTERS[-1]} have any",
            remedy="keep to other zones by retrieval:network.zones",
        )
    subnets = vpc.subnets(prefixlen_diff=_SLOT_BITS)
    return list(subnets)[_LETTERS.index(letter)]


def chosen_zones(settings: StackSettings, facts: AccountFacts) -> tuple[str, ...]:
    """Zones of a created VPC: those that have the GPU type, the vector store's first.

    Raises:
        PlanError: the facts are of another region, no zone has the type, or a zone that is named
            in the settings lacks it.
    """
    require_same_region(settings, facts)
    gpu_type = settings.gpu.instance_type.value
    offering = [zone.name for zone in facts.zones_offering(gpu_type)]
    wanted = settings.network.zones
    lacking = [zone for zone in wanted if zone not in offering]
    if lacking:
        raise PlanError(
            f"retrieval:network.zones names {', '.join(lacking)}",
            why=f"{gpu_type} is not offered there; it is in {_listed(offering)}",
            remedy="leave it out, or leave zones empty for every zone that has the type",
        )
    zones = list(wanted) or offering
    if not zones:
        raise PlanError(
            f"no zone of {facts.region} offers {gpu_type}",
            why="a node can be launched only where its type is offered",
            remedy="choose another retrieval:gpu.instance_type or retrieval:aws.region",
        )
    return store_first(settings, facts, zones)


def store_first(
    settings: StackSettings, facts: AccountFacts, zones: Sequence[str]
) -> tuple[str, ...]:
    """The zones in the order of the plan, the vector store's first.

    Args:
        settings: of the stack.
        facts: of its account.
        zones: those with subnets, in the order in which they would be taken.

    Raises:
        PlanError: the vector store's zone is not among them or lacks the store's type.
    """
    store = settings.vector_store
    chosen = settings.network.vector_store_zone
    if store.placement is Placement.SHARED:
        hosting = list(zones)
        type_name = settings.gpu.instance_type.value
    else:
        type_name = store.instance_type.value
        having = {zone.name for zone in facts.zones_offering(type_name)}
        hosting = [zone for zone in zones if zone in having]
    if chosen and chosen not in hosting:
        raise PlanError(
            f"retrieval:network.vector_store_zone is {chosen}",
            why=f"of the stack's zones, those with {type_name} are {_listed(hosting)}",
            remedy="choose one of them, or leave it empty for the first; data in another zone "
            "needs a restore from backup",
        )
    if not hosting:
        raise PlanError(
            f"no zone of the stack ({_listed(zones)}) offers {type_name} for the vector store",
            why="the vector store lives in one of the stack's zones, near the nodes that search it",
            remedy="choose another retrieval:vector_store.instance_type or other zones",
        )
    first = chosen or hosting[0]
    return (first, *(zone for zone in zones if zone != first))


def require_same_region(settings: StackSettings, facts: AccountFacts) -> None:
    """Refuse facts of another region, whose zones say nothing about this one.

    Raises:
        PlanError: they are.
    """
    if facts.region != settings.aws.region:
        raise PlanError(
            f"the account facts are of {facts.region}, retrieval:aws.region is "
            f"{settings.aws.region}",
            why="which zones offer the GPU type is known only for the facts' own region"
            + (", and samples ship for no other" if facts.are_samples else ""),
            remedy="run with credentials of the account, which are asked for the region's zones",
        )


def _listed(zones: Sequence[str]) -> str:
    return ", ".join(zones) or "none"
