"""Interface endpoints: the services of AWS that nodes call, and which part of a node needs each."""

from __future__ import annotations

from collections.abc import Mapping

from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.settings import StackSettings
from infra.settings.aws.vector_store import Placement

ZONES_WITH_ENDPOINTS = 2
"""Each is paid for by zone, and one zone may fail; nodes elsewhere cross zones to them."""

ROUTE53 = "route53"


def needed_services(settings: StackSettings) -> Mapping[str, str]:
    """Short names of the services, with the reason for each.

    S3 is not among them: its gateway endpoint is another kind and free. STS and KMS are not either:
    a node has its credentials from its own metadata, and SSM and S3 decrypt for it.
    """
    services = {
        "ssm": "secrets and settings at boot, Session Manager",
        "ssmmessages": "Session Manager and `retrieval tunnel`, the only ways onto a node",
        "logs": "logs of the containers and units",
        "monitoring": "the agent's metrics, on which alarms and failover stand",
        "autoscaling": "a node reports that it booted, drained or is sick",
    }
    if settings.vector_store.placement is Placement.SHARED:
        services["ec2"] = "the GPU node attaches the data volume at boot"
    if endpoint_kind(settings) is EndpointKind.DNS:
        services[ROUTE53] = "the serving node registers its own address"
    return services
