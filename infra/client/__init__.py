"""A small client of the gateway for Python applications; needs `requests` only."""

from infra.client.client import RetrievalClient
from infra.client.errors import (
    GatewayBusyError,
    GatewayError,
    GatewayRefusedError,
    GatewayUnavailableError,
)
from infra.client.records import Found, Ranked, SearchFilters, SearchReply, TokenCount

__all__ = [
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
