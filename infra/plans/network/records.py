"""What a network plan says, as frozen records. Plain values only, no resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network

from infra.plans.network.rules import Rule, SecurityRole


class WayOut(StrEnum):
    """How traffic of the nodes leaves their subnets."""

    INTERNET_GATEWAY = "internet gateway"
    ENDPOINTS = "interface endpoints"
    EXISTING = "existing NAT"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subnet:
    """A subnet that is made. A node gets a public address only where it asks for one itself."""

    zone: str
    cidr: IPv4Network
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class InterfaceEndpoint:
    """A private entrance to one service of AWS; `why` says who needs it."""

    service: str
    service_name: str
    why: str
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowLogPlan:
    """Connections of the VPC as a log. `role_name` may write it; both policies are JSON text."""

    log_group: str
    retention_days: int
    role_name: str
    trust_policy: str
    write_policy: str
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatedVpc:
    """A VPC of the stack's own.

    `subnets` are in the order of the plan, the vector store's first. `endpoint_zones` are where the
    interface endpoints stand. `s3_service_name` is S3's gateway endpoint, which is always made: it
    costs nothing.
    """

    cidr: IPv4Network
    subnets: tuple[Subnet, ...]
    internet_gateway: bool
    s3_service_name: str
    endpoints: tuple[InterfaceEndpoint, ...]
    endpoint_zones: tuple[str, ...]
    flow_log: FlowLogPlan | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptedVpc:
    """The application's VPC. Nothing in it is made or changed but our own security groups.

    `subnet_ids` is by zone, in the order of the plan.
    """

    vpc_id: str
    subnet_ids: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityGroup:
    """One role's group; its rules are resources of their own."""

    role: SecurityRole
    description: str
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkPlan:
    """The whole network of a stack.

    `zones` are those of the subnets; the vector store lives in the first. `notes` are what an
    operator should know and that stops nothing: they belong into the preview.
    """

    vpc: CreatedVpc | AdoptedVpc
    way_out: WayOut
    zones: tuple[str, ...]
    groups: tuple[SecurityGroup, ...]
    rules: tuple[Rule, ...]
    tags: Mapping[str, Mapping[str, str]]
    notes: tuple[str, ...]

    @property
    def vector_store_zone(self) -> str:
        """Where the vector store and its data volume are."""
        return self.zones[0]

    @property
    def public_ipv4(self) -> bool:
        """Whether a node must ask for a public address to reach AWS; nothing gets in by it."""
        return self.way_out is WayOut.INTERNET_GATEWAY

    @property
    def interface_endpoints(self) -> int:
        """How many interface endpoints are made: `Counts.interface_endpoints` of the cost."""
        return len(self.vpc.endpoints) if isinstance(self.vpc, CreatedVpc) else 0

    @property
    def endpoint_zones(self) -> int:
        """In how many zones each of them stands: `Counts.endpoint_zones` of the cost."""
        return len(self.vpc.endpoint_zones) if isinstance(self.vpc, CreatedVpc) else 0
