"""What the stand-in knows of a resource type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_FIELDS: Mapping[str, str] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One resource type.

    Templates hold `{account}`, `{region}`, `{hex}` (17 digits from the resource's identity),
    `{short}` (8 of them), `{number}` (12 decimal digits), `{id}`, `{arn}`, or any textual input.
    """

    id: str = "standin-{hex}"
    arn: str = ""
    computed: Mapping[str, str] = field(default_factory=lambda: NO_FIELDS)
    named_by: str = ""
    """The property that gets an automatic name when it is not given."""
    replaces: frozenset[str] = frozenset()
    """Paths without list indexes; a change of it or of anything below makes a new resource."""
    replaces_when: Mapping[str, str] = field(default_factory=lambda: NO_FIELDS)
    """Properties that do so only where another property is true."""
    counters: tuple[str, ...] = ()
    """Outputs that begin at 1 and count every change of more than tags."""
    has_tags: bool = True


def forces(*properties: str) -> frozenset[str]:
    """Properties whose change makes a new resource."""
    return frozenset(properties)
