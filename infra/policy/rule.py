"""A rule as a record: what it forbids, what to do, which scanners ask for the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.policy.view import Finding, Resource, Stack


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What every rule has.

    `scanners` are ids of Checkov, Trivy or Prowler rules of the same meaning; `advisory` rules
    inform and never stop a preview.
    """

    name: str
    description: str
    remedy: str
    scanners: tuple[str, ...] = ()
    advisory: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceRule(Rule):
    """A rule over one resource at a time; `types` are those that it looks at, empty means all."""

    types: frozenset[str]
    check: Callable[[Resource], Iterator[Finding]]


@dataclass(frozen=True, kw_only=True, slots=True)
class StackRule(Rule):
    """A rule over all resources together; `config` describes its configuration as JSON schema."""

    check: Callable[[Stack], Iterator[Finding]]
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
