"""What the stand-in knows of each resource type that the program makes: one reviewable table.

`replaces` are the properties whose change makes AWS's provider create a new resource: the
`ForceNew` fields of Terraform's AWS provider, which the real plugin is built on. Names of
properties are Pulumi's. Those of groups and instances were read in its source; the rest is what
that provider is known to do, and was not compared with a running plugin. A type that is not here
works: it gets a generic id, and every change of it is an update.
"""

from __future__ import annotations

from collections.abc import Mapping

from infra.standin.kinds import machines, network, services
from infra.standin.kinds.kind import Kind

KINDS: Mapping[str, Kind] = {**network.KINDS, **machines.KINDS, **services.KINDS}

_GENERIC = Kind()


def kind_of(token: str) -> Kind:
    """What is known of a type; a generic kind for others."""
    return KINDS.get(token, _GENERIC)
