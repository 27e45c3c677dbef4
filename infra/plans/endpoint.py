"""Which kind of endpoint a stack has: derived from standby and node count, or as set."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from infra.settings import StackSettings
from infra.settings.aws.endpoint import EndpointMode
from infra.settings.aws.standby import StandbyMode


class EndpointKind(StrEnum):
    """What stands at the address in the end."""

    DNS = "dns"
    NLB = "nlb"


def endpoint_kind(settings: StackSettings) -> EndpointKind:
    """NLB when several nodes serve at once (hot standby, or more than one), DNS otherwise."""
    match settings.endpoint.mode:
        case EndpointMode.DNS:
            return EndpointKind.DNS
        case EndpointMode.NLB:
            return EndpointKind.NLB
        case EndpointMode.AUTO:
            several = settings.gpu.nodes > 1 or settings.standby.mode is StandbyMode.HOT
            return EndpointKind.NLB if several else EndpointKind.DNS
        case _:
            assert_never(settings.endpoint.mode)
