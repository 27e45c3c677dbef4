"""What a plan must know about the account, gathered at the edge and passed in as one record.

`AccountFacts` is frozen and comes from one of two places: a look-up in the account, or the dated
samples that ship with the product, from which anyone may preview. No plan calls anything; what is
not known is None or absent, never a guess. This module reads text that it is given, no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from ipaddress import IPv4Network

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import InternalError, SettingsError
from infra.settings.aws.account import PLACEHOLDER_ACCOUNT_ID

SAMPLE_FILE = "sample_facts.json"

AUTO_SCALING_ROLE = "AWSServiceRoleForAutoScaling"
SPOT_ROLE = "AWSServiceRoleForEC2Spot"
LOAD_BALANCING_ROLE = "AWSServiceRoleForElasticLoadBalancing"
"""Service-linked roles that the stack relies on; AWS makes one per account at first use."""


class FactsOrigin(StrEnum):
    """Where a record of facts comes from."""

    ACCOUNT = "account"
    SAMPLE = "sample"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ZoneFacts(_Facts):
    """An availability zone; its name means another place in each account, its id does not."""

    name: str
    zone_id: str
    offers: frozenset[str]
    """Of the instance types that were asked about, those that the zone has."""


class AmiFacts(_Facts):
    """A machine image as EC2 describes it."""

    id: str
    name: str
    owner_id: str
    architecture: str
    root_snapshot_gib: int
    built_on: date
    deprecated_on: date | None
    root_device: str


class QuotaFacts(_Facts):
    """Limits on running instances, in vCPUs; None where they were not asked."""

    on_demand_gpu_vcpus: int | None
    """L-DB2E81BA, Running On-Demand G and VT instances."""
    spot_gpu_vcpus: int | None
    """L-3819A6DF, All G and VT Spot Instance Requests."""


class SubnetFacts(_Facts):
    """A subnet of an existing VPC, with what its route table allows."""

    id: str
    zone: str
    cidr: IPv4Network
    free_addresses: int
    route_table_id: str
    internet_gateway_route: bool
    nat_route: bool
    """0.0.0.0/0 leads to a NAT gateway, transit gateway or similar, so that a node without a public
    address gets out."""


class VpcFacts(_Facts):
    """An existing VPC that a stack may adopt."""

    id: str
    cidrs: tuple[IPv4Network, ...]
    dns_support: bool
    dns_hostnames: bool
    subnets: tuple[SubnetFacts, ...]
    s3_gateway_route_table_ids: frozenset[str]
    """Route tables that already lead to S3 through a gateway endpoint; empty without one."""
    interface_endpoint_services: frozenset[str]
    """Short names such as `ssm` or `logs`, of endpoints with private DNS."""
    private_zones: tuple[str, ...]
    """Names of the private zones that the VPC resolves."""
    security_group_ids: frozenset[str]


class AccountFacts(_Facts):
    """Everything that plans know about an account and region."""

    schema_version: int = Field(ge=1, le=1)
    origin: FactsOrigin
    gathered_on: date
    account_id: str
    region: str
    zones: tuple[ZoneFacts, ...]
    amis: tuple[AmiFacts, ...]
    """Of the pinned ids, those that the account can see."""
    quotas: QuotaFacts
    vpcs: tuple[VpcFacts, ...]
    service_linked_roles: frozenset[str]
    ebs_encryption_by_default: bool
    ebs_default_key: str
    """ARN or alias of the key that an encrypted volume gets when none is named."""
    artifact_bucket: str | None
    """The bucket that bootstrap made; None before."""
    sources: Mapping[str, str]
    """For each field: where its value was read."""

    def zones_offering(self, *instance_types: str) -> tuple[ZoneFacts, ...]:
        """Zones that have every one of these types, by name."""
        wanted = set(instance_types)
        found = (zone for zone in self.zones if wanted <= zone.offers)
        return tuple(sorted(found, key=lambda zone: zone.name))

    def zone(self, name: str) -> ZoneFacts | None:
        """The zone of this name in the account."""
        return next((zone for zone in self.zones if zone.name == name), None)

    def ami(self, ami_id: str) -> AmiFacts | None:
        """What EC2 says about a pinned image, if the account can see it."""
        return next((ami for ami in self.amis if ami.id == ami_id), None)

    def vpc(self, vpc_id: str) -> VpcFacts | None:
        """An existing VPC by its id."""
        return next((vpc for vpc in self.vpcs if vpc.id == vpc_id), None)

    @property
    def are_samples(self) -> bool:
        """Whether these facts are samples: a plan from them says so, and none is applied."""
        return self.origin is FactsOrigin.SAMPLE

    @property
    def account_is_known(self) -> bool:
        """Whether the id is that of a real account."""
        return self.account_id != PLACEHOLDER_ACCOUNT_ID


def parse_facts(text: str, *, source: str) -> AccountFacts:
    """Facts from their JSON.

    Args:
        text: a JSON object with the fields of `AccountFacts`.
        source: what to call it in messages.

    Raises:
        SettingsError: it is not such an object, or a field has no source.
    """
    try:
        facts = AccountFacts.model_validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise SettingsError(
            f"{source} is no record of account facts",
            why=f"{'.'.join(str(part) for part in first['loc']) or 'the file'}: {first['msg']}",
            remedy="gather the facts anew, or leave the file out to preview from the samples",
        ) from problem
    missing = sorted(set(AccountFacts.model_fields) - _SELF_EVIDENT - set(facts.sources))
    if missing:
        raise SettingsError(
            f"{source} does not say where {', '.join(missing)} comes from",
            why="a fact without a source cannot be checked later",
            remedy="name a source for each under `sources`",
        )
    return facts


@cache
def sample_facts() -> AccountFacts:
    """The dated samples that ship with the product."""
    text = resources.files("infra.plans").joinpath("data", SAMPLE_FILE).read_text("utf-8")
    facts = parse_facts(text, source=SAMPLE_FILE)
    if not facts.are_samples:
        raise InternalError(
            f"{SAMPLE_FILE} claims to describe an account",
            why="samples must be marked as such, or a plan from them would look like a real one",
            remedy='set its origin to "sample"',
        )
    return facts


_SELF_EVIDENT = {"schema_version", "origin", "gathered_on", "sources"}
