"""A deployed stack as the operators' commands see it: endpoints, keys and settings.

The same record for every target, so that no command needs to know where the stack runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.settings import StackSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """Base URLs without a trailing slash; None where private or not built yet."""

    gateway: str | None
    qdrant: str | None
    embed: str | None
    rerank: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """One stack that is up.

    `secrets` maps a secret's name (`qdrant_api_key`) to its value and stays out of every repr.
    """

    stack: str
    endpoints: Endpoints
    settings: StackSettings
    secrets: Mapping[str, str] = field(repr=False)
