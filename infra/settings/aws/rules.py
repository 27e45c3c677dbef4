"""Rules between the groups of an AWS stack. Each problem names the settings and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.settings.aws.compatibility import driver_problem
from infra.settings.aws.endpoint import EndpointMode
from infra.settings.aws.instances import GPU_SILICON, VECTOR_SILICON
from infra.settings.aws.network import Egress
from infra.settings.aws.serving import WeightSource
from infra.settings.aws.standby import StandbyMode
from infra.settings.aws.vector_store import Placement

if TYPE_CHECKING:
    from infra.settings.stack import StackSettings

HOST_RESERVE_MIB = 2048
"""Kept for the operating system, Docker, the agent and the gateway. Assumed, not measured."""

VECTOR_HOST_RESERVE_MIB = 512
"""The same on a dedicated vector store, which runs no gateway. Assumed, not measured."""

PAIR_EXTRA_TOKENS = 64
"""What a query and the separators add to a passage in a rerank pair, at the most planned for."""


def aws_problems(settings: StackSettings) -> list[str]:
    """What is wrong between the groups of a stack on AWS; empty if nothing is."""
    return [
        *_endpoint(settings),
        *_placement(settings),
        *_memory(settings),
        *_lengths(settings),
        *_software(settings),
        *_zones(settings),
    ]


def _endpoint(settings: StackSettings) -> Iterator[str]:
    if settings.endpoint.mode is not EndpointMode.DNS:
        return
    if settings.standby.mode is StandbyMode.HOT:
        yield (
            "standby.mode is hot, but endpoint.mode is dns: both nodes serve, and only a load "
            "balancer sends queries to both; set endpoint.mode to nlb or auto ($16.43 a month), or "
            "standby.mode to cold"
        )
    if settings.gpu.nodes > 1:
        yield (
            f"gpu.nodes is {settings.gpu.nodes}, but endpoint.mode is dns, which names one node; "
            "set endpoint.mode to nlb or auto ($16.43 a month), or gpu.nodes to 1"
        )


def _placement(settings: StackSettings) -> Iterator[str]:
    if settings.vector_store.placement is not Placement.SHARED:
        return
    if settings.standby.mode is not StandbyMode.OFF:
        yield (
            f"vector_store.placement is shared, but standby.mode is {settings.standby.mode.value}: "
            "the data volume is with the primary, so a standby would have nothing to search; set "
            "standby.mode to off, or vector_store.placement to dedicated"
        )
    if settings.gpu.nodes > 1:
        yield (
            f"vector_store.placement is shared, but gpu.nodes is {settings.gpu.nodes}: the volume "
            "can be with one node only; set vector_store.placement to dedicated"
        )
    if settings.commitment.vector_store.value != "none":
        yield (
            "commitment.vector_store is set, but with vector_store.placement shared there is no "
            "such machine; set it to none"
        )


def _memory(settings: StackSettings) -> Iterator[str]:
    silicon = GPU_SILICON[settings.gpu.instance_type]
    store = settings.vector_store
    wanted = 2 * settings.serving.container_memory_mib + HOST_RESERVE_MIB
    names = "twice serving.container_memory_mib"
    if store.placement is Placement.SHARED:
        wanted += store.memory_mib
        names += " and vector_store.memory_mib"
    if wanted > silicon.memory_mib:
        yield (
            f"{names} with {HOST_RESERVE_MIB} MiB for the host make {wanted} MiB, but a "
            f"{settings.gpu.instance_type.value} has {silicon.memory_mib}; lower one of them"
        )
    own = VECTOR_SILICON[store.instance_type].memory_mib - VECTOR_HOST_RESERVE_MIB
    if store.placement is Placement.DEDICATED and store.memory_mib > own:
        yield (
            f"vector_store.memory_mib is {store.memory_mib}, but a {store.instance_type.value} "
            f"leaves {own}; lower it or take a larger vector_store.instance_type"
        )


def _lengths(settings: StackSettings) -> Iterator[str]:
    passage = settings.passages.max_tokens
    if passage > settings.embed.max_batch_tokens:
        yield (
            f"passages.max_tokens is {passage}, more than embed.max_batch_tokens "
            f"{settings.embed.max_batch_tokens}, where the server cuts every text: the end of a "
            "passage would be in no vector; lower the first or raise the second"
        )
    pair = passage + PAIR_EXTRA_TOKENS
    if settings.search.candidates_reranked and pair > settings.rerank.max_batch_tokens:
        yield (
            f"passages.max_tokens is {passage}; with its query a pair has up to {pair} tokens, "
            f"more than rerank.max_batch_tokens {settings.rerank.max_batch_tokens}, where the "
            "server cuts; lower the first or raise the second"
        )


def _software(settings: StackSettings) -> Iterator[str]:
    driver = settings.pins.gpu_ami.driver
    if driver:
        problem = driver_problem(settings.pins.tei.release, driver)
        if problem:
            yield f"pins.gpu_ami.driver and pins.tei.tag: {problem}"
    closed = settings.network.egress is Egress.INTERFACE_ENDPOINTS
    if closed and settings.serving.source is WeightSource.HUB:
        yield (
            "network.egress is interface_endpoints, through which no hub or registry is reached, "
            "but serving.source is hub; set serving.source to bucket"
        )


def _zones(settings: StackSettings) -> Iterator[str]:
    zones, chosen = settings.network.zones, settings.network.vector_store_zone
    if zones and chosen and chosen not in zones:
        yield (
            f"network.vector_store_zone {chosen} is not among network.zones ({', '.join(zones)}); "
            "add it there or choose one of them"
        )
    region = settings.aws.region
    foreign = [name for name in (*zones, *filter(None, [chosen])) if not name.startswith(region)]
    if foreign:
        yield (
            f"{', '.join(dict.fromkeys(foreign))} is no zone of aws.region {region}; write zones "
            f"as {region}a"
        )
