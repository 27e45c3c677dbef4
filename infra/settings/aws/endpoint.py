"""The address that the application calls."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from infra.settings.base import Settings


class EndpointMode(StrEnum):
    """What stands at the address."""

    AUTO = "auto"
    DNS = "dns"
    NLB = "nlb"


class EndpointSettings(Settings):
    """A name in a private zone; behind it the healthy node, or a load balancer."""

    mode: EndpointMode = Field(
        default=EndpointMode.AUTO,
        strict=False,
        description="`dns`: the healthy node's own address, $0.50 a month for the zone; failover "
        "waits for caches. `nlb`: an internal load balancer, $16.43 a month and its use. `auto`: "
        "nlb with a hot standby or several nodes, else dns.",
    )
    zone_name: str = Field(
        default="retrieval.internal",
        max_length=200,
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$",
        description="Private DNS zone of the stack. In an adopted VPC it hides a public domain of "
        "the same name, and two stacks there need two names. A change replaces the zone.",
    )
    record_ttl_s: int = Field(
        default=10,
        ge=1,
        le=300,
        description="How long clients may remember the node's address, which adds to a failover.",
    )
