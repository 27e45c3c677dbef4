"""The application's VPC: what it must have for a stack to live in it. Changes nothing there.

Every lack is a refusal that names the way out: a node that cannot reach AWS would boot, report
nothing and be replaced for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from infra.errors import PlanError
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.facts import AccountFacts, SubnetFacts, VpcFacts
from infra.plans.network.endpoints import needed_services
from infra.plans.network.records import AdoptedVpc
from infra.plans.network.subnets import require_same_region, store_first
from infra.settings import StackSettings
from infra.settings.aws.network import DOCKER_BRIDGE, Egress
from infra.settings.aws.standby import StandbyMode
from infra.settings.aws.vector_store import Placement


def adopt(settings: StackSettings, facts: AccountFacts) -> tuple[AdoptedVpc, tuple[str, ...]]:
    """The part of the application's VPC that a stack uses, and what to know about it.

    Raises:
        PlanError: the VPC is unknown or lacks something; the message lists all that it lacks.
    """
    require_same_region(settings, facts)
    vpc = _known_vpc(settings, facts)
    notes: list[str] = []
    subnets = _by_zone(settings, facts, _named_subnets(settings, vpc), notes)
    lacks = [
        *_lacking_dns(vpc),
        *_lacking_clients(settings, vpc),
        *_overlaps(vpc),
        *_small(settings, subnets),
        *_lacking_way_out(settings, vpc, subnets),
    ]
    if lacks:
        raise PlanError(
            f"{vpc.id} cannot hold the stack",
            why="; ".join(lack for lack, _ in lacks),
            remedy="; ".join(dict.fromkeys(remedy for _, remedy in lacks)),
        )
    notes += _without_s3(vpc, subnets)
    notes += _tight(settings, subnets)
    zones = store_first(settings, facts, list(subnets))
    ids = {zone: subnets[zone].id for zone in zones}
    return AdoptedVpc(vpc_id=vpc.id, subnet_ids=ids), tuple(notes)


def _known_vpc(settings: StackSettings, facts: AccountFacts) -> VpcFacts:
    vpc = facts.vpc(settings.network.vpc_id)
    if vpc is None:
        raise PlanError(
            f"retrieval:network.vpc_id {settings.network.vpc_id} is not known",
            why="the samples describe only the VPC of zeros"
            if facts.are_samples
            else f"account {facts.account_id} has no such VPC in {facts.region}",
            remedy="run with credentials of the account, which are asked about the VPC"
            if facts.are_samples
            else "correct the id, or retrieval:aws.region",
        )
    return vpc


def _named_subnets(settings: StackSettings, vpc: VpcFacts) -> tuple[SubnetFacts, ...]:
    known = {subnet.id: subnet for subnet in vpc.subnets}
    missing = [name for name in settings.network.subnet_ids if name not in known]
    if missing:
        raise PlanError(
            f"retrieval:network.subnet_ids names {', '.join(missing)}",
            why=f"{vpc.id} has no such subnet",
            remedy=f"name subnets of {vpc.id}, or correct vpc_id",
        )
    return tuple(known[name] for name in settings.network.subnet_ids)


def _by_zone(
    settings: StackSettings,
    facts: AccountFacts,
    subnets: tuple[SubnetFacts, ...],
    notes: list[str],
) -> Mapping[str, SubnetFacts]:
    """One subnet for each zone that offers the GPU type: where there are two, the roomier."""
    gpu_type = settings.gpu.instance_type.value
    offering = {zone.name for zone in facts.zones_offering(gpu_type)}
    chosen: dict[str, SubnetFacts] = {}
    for subnet in subnets:
        if subnet.zone not in offering:
            notes.append(f"{subnet.id} is left out: {subnet.zone} does not offer {gpu_type}")
            continue
        other = chosen.get(subnet.zone)
        if other is None or subnet.free_addresses > other.free_addresses:
            chosen[subnet.zone] = subnet
        if other is not None:
            spare = other if chosen[subnet.zone] is subnet else subnet
            notes.append(
                f"{spare.id} is left out: {chosen[subnet.zone].id} is in {subnet.zone} too and "
                "has as much room or more"
            )
    if not chosen:
        raise PlanError(
            f"no subnet of retrieval:network.subnet_ids is in a zone that offers {gpu_type}",
            why=f"they are in {', '.join(sorted({subnet.zone for subnet in subnets}))}; the type "
            f"is offered in {', '.join(sorted(offering)) or 'no zone'}",
            remedy="name a subnet in one of those zones",
        )
    if len(chosen) == 1:
        notes.append(
            f"all nodes are in {next(iter(chosen))}: while that zone is out of {gpu_type}, a lost "
            "node is not replaced; name subnets in more zones"
        )
    return chosen


_Lack = tuple[str, str]
"""What is missing, and the remedy."""


def _lacking_dns(vpc: VpcFacts) -> Iterator[_Lack]:
    off = [
        name
        for name, on in (
            ("enableDnsSupport", vpc.dns_support),
            ("enableDnsHostnames", vpc.dns_hostnames),
        )
        if not on
    ]
    if off:
        yield (
            f"{' and '.join(off)} of the VPC is off, so that the stack's private zone would not "
            "resolve",
            f"have {' and '.join(off)} of {vpc.id} turned on by its owner",
        )


def _lacking_clients(settings: StackSettings, vpc: VpcFacts) -> Iterator[_Lack]:
    network = settings.network
    unknown = [g for g in network.client_security_group_ids if g not in vpc.security_group_ids]
    if unknown:
        yield (
            f"retrieval:network.client_security_group_ids names {', '.join(unknown)}, which the "
            "VPC does not have",
            f"name groups of {vpc.id}; callers in another network are named by "
            "retrieval:network.client_cidrs",
        )


def _overlaps(vpc: VpcFacts) -> Iterator[_Lack]:
    for cidr in vpc.cidrs:
        if cidr.overlaps(DOCKER_BRIDGE):
            yield (
                f"its addresses {cidr} overlap Docker's own network {DOCKER_BRIDGE} on each node, "
                "so that answers to such addresses never leave the host",
                "use another VPC, or set retrieval:network.mode to create and peer it",
            )


def _small(settings: StackSettings, subnets: Mapping[str, SubnetFacts]) -> Iterator[_Lack]:
    needed = _nodes(settings)
    for zone, subnet in subnets.items():
        if subnet.free_addresses < needed:
            yield (
                f"{subnet.id} has {subnet.free_addresses} free addresses, and {needed} are needed "
                f"for nodes that are launched in {zone}",
                f"name a subnet in {zone} with {needed} free addresses or leave {zone} out",
            )


def _tight(settings: StackSettings, subnets: Mapping[str, SubnetFacts]) -> Iterator[str]:
    # A note, not a refusal: once the stack is there, its own nodes are among what is not free.
    store = settings.vector_store.placement is Placement.DEDICATED
    balancer = endpoint_kind(settings) is EndpointKind.NLB
    wanted = 2 * _nodes(settings) + store + balancer
    for zone, subnet in subnets.items():
        if subnet.free_addresses < wanted:
            yield (
                f"{subnet.id} has {subnet.free_addresses} free addresses: a stack that is wholly "
                f"in {zone} takes {wanted} while its nodes are replaced"
            )


def _nodes(settings: StackSettings) -> int:
    """GPU nodes that may be launched in one zone at once."""
    return settings.gpu.nodes + (settings.standby.mode is not StandbyMode.OFF)


def _lacking_way_out(
    settings: StackSettings, vpc: VpcFacts, subnets: Mapping[str, SubnetFacts]
) -> Iterator[_Lack]:
    match settings.network.egress:
        case Egress.EXISTING:
            closed = [subnet.id for subnet in subnets.values() if not subnet.nat_route]
            lack = "no route to a NAT or transit gateway"
            remedy = (
                "give their route tables one, name other subnets, or set retrieval:network.egress "
                "to public_ipv4 (subnets with an internet gateway) or interface_endpoints"
            )
        case Egress.PUBLIC_IPV4:
            closed = [subnet.id for subnet in subnets.values() if not subnet.internet_gateway_route]
            lack = "no route to an internet gateway"
            remedy = (
                "name public subnets, or set retrieval:network.egress to existing (subnets behind "
                "NAT) or interface_endpoints"
            )
        case Egress.INTERFACE_ENDPOINTS:
            yield from _lacking_endpoints(settings, vpc, subnets)
            return
        case _:
            assert_never(settings.network.egress)
    if closed:
        yield f"{', '.join(closed)} has {lack}, so that a node could not reach AWS", remedy


def _lacking_endpoints(
    settings: StackSettings, vpc: VpcFacts, subnets: Mapping[str, SubnetFacts]
) -> Iterator[_Lack]:
    needed = needed_services(settings)
    missing = [name for name in needed if name not in vpc.interface_endpoint_services]
    if missing:
        reasons = ", ".join(f"{name} ({needed[name]})" for name in missing)
        # Made by us, an endpoint with private DNS would catch the whole VPC's calls to the service.
        yield (
            f"it lacks interface endpoints with private DNS for {reasons}",
            f"have them made by the owner of {vpc.id}, since they serve the whole VPC, or set "
            "retrieval:network.egress to existing",
        )
    for subnet in subnets.values():
        if subnet.route_table_id not in vpc.s3_gateway_route_table_ids:
            yield (
                f"{subnet.route_table_id} of {subnet.id} has no S3 gateway endpoint, through which "
                "models and backups go",
                "have the S3 gateway endpoint added to the route tables of the subnets; "
                "it costs nothing",
            )


def _without_s3(vpc: VpcFacts, subnets: Mapping[str, SubnetFacts]) -> Iterator[str]:
    tables = dict.fromkeys(
        subnet.route_table_id
        for subnet in subnets.values()
        if subnet.route_table_id not in vpc.s3_gateway_route_table_ids
    )
    if tables:
        yield (
            f"{', '.join(tables)} has no S3 gateway endpoint: models and backups take the VPC's "
            "way out, whose NAT charges $0.045 a GB; the endpoint is free, its owner may add it"
        )
