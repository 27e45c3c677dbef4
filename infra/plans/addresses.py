"""Ports and names by which the parts of a stack on AWS find each other. Knows no resource.

Inside a VPC only the gateway's port is opened to clients, the agent's to a load balancer, and
Qdrant's to GPU nodes. The model servers listen on loopback alone (infra/plans/serving.py).
"""

from __future__ import annotations

from infra.plans.naming import host_name
from infra.settings import EndpointSettings

GATEWAY_PORT = 8000
"""What clients call; plain HTTP inside the VPC."""

AGENT_PORT = 8090
"""The node agent's, for a load balancer's health checks only."""

AGENT_HEALTH_PATH = "/healthz"

QDRANT_PORT = 6333
"""Qdrant's HTTP port; its gRPC port 6334 is used by nothing and stays closed."""

GATEWAY_HOST, QDRANT_HOST = "gateway", "qdrant"
"""First labels in the stack's private zone."""


def gateway_name(endpoint: EndpointSettings) -> str:
    """The gateway's name, whatever stands behind it: `gateway.retrieval.internal`."""
    return host_name(GATEWAY_HOST, endpoint.zone_name)


def gateway_url(endpoint: EndpointSettings) -> str:
    """What clients call."""
    return f"http://{gateway_name(endpoint)}:{GATEWAY_PORT}"


def qdrant_name(endpoint: EndpointSettings) -> str:
    """The vector store's fixed name: `qdrant.retrieval.internal`."""
    return host_name(QDRANT_HOST, endpoint.zone_name)


def qdrant_url(endpoint: EndpointSettings) -> str:
    """Where the gateway finds a dedicated vector store."""
    return f"http://{qdrant_name(endpoint)}:{QDRANT_PORT}"
