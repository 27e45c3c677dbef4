"""Where the nodes live, who may reach them, and how they reach AWS's own endpoints."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from infra.settings.base import Settings

DOCKER_BRIDGE = IPv4Network("172.17.0.0/16")
"""Docker's own network on every node: an address in it never leaves the host."""

PRIVATE_RANGES = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)

VPC_PREFIX_MIN, VPC_PREFIX_MAX = 16, 24
"""AWS takes /16 to /28; below /24 eight subnets (one per zone) would have too few addresses."""


def _network(value: Any) -> Any:
    """A CIDR block from text, refusing host bits by name instead of dropping them."""
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str):
        raise ValueError(  # noqa: TRY004 (pydantic reports only ValueError)
            f"{value!r} is not an IPv4 network; write it as 10.64.0.0/20"
        )
    try:
        return IPv4Network(value)
    except ValueError:
        pass
    try:
        meant = IPv4Network(value, strict=False)
    except ValueError:
        raise ValueError(f"{value!r} is not an IPv4 network; write it as 10.64.0.0/20") from None
    raise ValueError(f"{value} has bits below its prefix; did you mean {meant}?")


Cidr = Annotated[IPv4Network, BeforeValidator(_network)]
Cidrs = Annotated[tuple[Cidr, ...], Field(strict=False)]


SubnetIds = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")], ...],
    Field(strict=False),
]
SecurityGroupIds = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]{8,17}$")], ...],
    Field(strict=False),
]


class NetworkMode(StrEnum):
    """Whose VPC it is."""

    CREATE = "create"
    ADOPT = "adopt"


class Egress(StrEnum):
    """How a node reaches AWS's endpoints. None of them opens anything inbound."""

    PUBLIC_IPV4 = "public_ipv4"
    INTERFACE_ENDPOINTS = "interface_endpoints"
    EXISTING = "existing"


class NetworkSettings(Settings):
    """A VPC of the stack's own, or the application's, in which nothing shared is changed."""

    mode: NetworkMode = Field(
        default=NetworkMode.CREATE,
        strict=False,
        description="`create` makes a VPC; `adopt` uses the application's, named by ids. A change "
        "replaces every node, and the data volume stays behind in its zone.",
    )
    cidr: Cidr = Field(
        default=IPv4Network("10.64.0.0/20"),
        strict=False,
        description="Addresses of the VPC that `create` makes: private, /16 to /24, apart from "
        "every network that will be connected. A change replaces the whole stack.",
    )
    vpc_id: str = Field(
        default="",
        pattern=r"^(vpc-[0-9a-f]{8,17})?$",
        description="The VPC that `adopt` uses.",
    )
    subnet_ids: SubnetIds = Field(
        default=(),
        description="Its subnets for the nodes, in as many zones as possible: a lone zone that is "
        "out of the GPU type means downtime.",
    )
    zones: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(),
        description="Zones to keep to, with `create`. Empty: every zone that offers the GPU type, "
        "which is the best answer to a zone that has run out.",
    )
    vector_store_zone: str = Field(
        default="",
        description="Zone of the vector store and its data volume. Empty: the first zone. A volume "
        "cannot move: a change needs a restore from backup.",
    )
    client_security_group_ids: SecurityGroupIds = Field(
        default=(),
        description="Security groups of the application, which may call the gateway. Without these "
        "and client_cidrs nobody can.",
    )
    client_cidrs: Cidrs = Field(
        default=(), description="Private networks of callers, for peered or on-premise ones."
    )
    egress: Egress = Field(
        default=Egress.PUBLIC_IPV4,
        strict=False,
        description="How nodes reach AWS: `public_ipv4` ($3.65 a month each, nothing inbound), "
        "`interface_endpoints` (about $7.30 a month each and zone, no hub or registry), "
        "`existing` (the adopted VPC's own way out, checked at preview).",
    )
    flow_logs: bool = Field(
        default=False,
        description="Record connections of the VPC that `create` makes; $0.50 for each GB written.",
    )

    @model_validator(mode="after")
    def _fits_its_mode(self) -> Self:
        problems = [*(self._adopt() if self.mode is NetworkMode.ADOPT else self._create())]
        problems += self._clients()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _adopt(self) -> list[str]:
        problems: list[str] = []
        if not self.vpc_id or not self.subnet_ids:
            problems.append(
                "mode is adopt, but vpc_id or subnet_ids is empty: name the application's VPC and "
                "the subnets for the nodes"
            )
        if len(set(self.subnet_ids)) < len(self.subnet_ids):
            problems.append("subnet_ids names a subnet twice; keep each once")
        set_in_vain = [
            name
            for name in ("cidr", "zones", "flow_logs")
            if getattr(self, name) != type(self).model_fields[name].default
        ]
        if set_in_vain:
            problems.append(
                f"{', '.join(set_in_vain)} would have no effect with mode adopt, which changes "
                "nothing shared; remove it or set mode to create"
            )
        return problems

    def _create(self) -> list[str]:
        problems: list[str] = []
        if self.vpc_id or self.subnet_ids:
            problems.append(
                "mode is create, but vpc_id or subnet_ids is set: remove them, or set mode to adopt"
            )
        if self.egress is Egress.EXISTING:
            problems.append(
                "egress is existing, but a VPC that is created has no way out of its own: use "
                "public_ipv4 or interface_endpoints"
            )
        if not VPC_PREFIX_MIN <= self.cidr.prefixlen <= VPC_PREFIX_MAX:
            problems.append(
                f"cidr {self.cidr} is a /{self.cidr.prefixlen}; take /{VPC_PREFIX_MIN} to "
                f"/{VPC_PREFIX_MAX}, so that a subnet fits into every zone"
            )
        if not is_private(self.cidr):
            problems.append(
                f"cidr {self.cidr} is not private; take one of 10.0.0.0/8, 172.16.0.0/12, "
                "192.168.0.0/16"
            )
        if self.cidr.overlaps(DOCKER_BRIDGE):
            problems.append(
                f"cidr {self.cidr} overlaps Docker's own network {DOCKER_BRIDGE}: nodes could not "
                "reach each other from containers; take another"
            )
        if len(set(self.zones)) < len(self.zones):
            problems.append("zones names a zone twice; keep each once")
        problems += [
            f"client_cidrs {client} overlaps cidr {self.cidr}: two networks with the same "
            "addresses cannot be connected; move one of them"
            for client in self.client_cidrs
            if client.overlaps(self.cidr) and not client.subnet_of(self.cidr)
        ]
        return problems

    def _clients(self) -> list[str]:
        problems = [
            f"client_cidrs {client} is not private: nothing is opened to the internet; name the "
            "callers' own network"
            for client in self.client_cidrs
            if not is_private(client)
        ]
        if len(set(self.client_cidrs)) < len(self.client_cidrs):
            problems.append("client_cidrs names a network twice; keep each once")
        if len(set(self.client_security_group_ids)) < len(self.client_security_group_ids):
            problems.append("client_security_group_ids names a group twice; keep each once")
        return problems


def is_private(network: IPv4Network) -> bool:
    """Whether the whole network lies in the ranges that no internet router forwards."""
    return any(network.subnet_of(private) for private in PRIVATE_RANGES)
