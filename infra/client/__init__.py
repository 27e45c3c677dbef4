"""A small client of the gateway for Python applications; needs `requests` only."""

from infra.client.client import RetrievalClient
from infra.client.errors import (
    GatewayBusyError,
    GatewayError,
    GatewayRefusedError,
    GatewayUnavailableError,
)
from infra.client.records import BothVectors, Found, Ranked, SearchFilters, SearchReply, TokenCount

__all__ = [
    "BothVectors",
    "Found",
    "GatewayBusyError",
    "GatewayError",
    "GatewayRefusedError",
    "GatewayUnavailableError",
    "Ranked",
    "RetrievalClient",
    "SearchFilters",
    "SearchReply",
    "TokenCount",
]
