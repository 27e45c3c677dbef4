"""Ids, ARNs and other outputs that AWS would make up: honest fakes, a function of the identity."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.standin.catalog import kind_of
from infra.standin.kinds.kind import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The account and region that the fakes are of."""

    account_id: str
    region: str


def fake_outputs(
    token: str, identity: str, inputs: Mapping[str, Any], place: Place
) -> tuple[str, dict[str, str | int]]:
    """The id of a new resource, and the outputs that are not among its inputs.

    Args:
        token: the resource type.
        identity: what makes this resource another one than the rest of its type.
        inputs: as they were checked; only textual ones are used.
        place: account and region.
    """
    kind = kind_of(token)
    digest = hashlib.sha256(f"{token} {identity}".encode()).hexdigest()
    fields = {name: value for name, value in inputs.items() if isinstance(value, str)}
    known = _Fields(
        {"name": identity.rpartition("::")[2], **_defaults(kind), **fields}
        | {
            "account": place.account_id,
            "region": place.region,
            "hex": f"0{digest[:16]}",
            "short": digest[16:24],
            "number": f"{int(digest[24:40], 16) % 10**12:012}",
        }
    )
    # An id may hold the ARN or the ARN the id, never both.
    if "{arn}" in kind.id and "arn" not in fields:
        known["arn"] = kind.arn.format_map(known)
        known["id"] = kind.id.format_map(known)
    else:
        known["id"] = kind.id.format_map(known)
        if kind.arn:
            known["arn"] = kind.arn.format_map(known)
    outputs: dict[str, str | int] = {
        name: template.format_map(known) for name, template in kind.computed.items()
    }
    outputs |= dict.fromkeys(kind.counters, 1)
    if kind.arn:
        outputs["arn"] = known["arn"]
    return known["id"], {name: value for name, value in outputs.items() if name not in inputs}


def computed_names(token: str) -> list[str]:
    """Outputs of a type that are unknown until it is created."""
    kind = kind_of(token)
    return [*kind.computed, *kind.counters, *(["arn"] if kind.arn else [])]


class _Fields(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "standin"


def _defaults(kind: Kind) -> dict[str, str]:
    """Computed outputs without a placeholder are defaults that other templates may name."""
    return {name: text for name, text in kind.computed.items() if "{" not in text}
