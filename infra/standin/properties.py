"""Properties as protobuf structs: reading, comparing, merging. Secrets and unknowns pass untouched.

An unknown value is a string of this one constant; a secret is a struct that carries a signature.
Both come from the SDK, so that they are what the engine sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import rpc

UNKNOWN = rpc.UNKNOWN
DEFAULTS = "__defaults"
"""Input that names the others that were filled in, as the real provider's bridge has it."""

# The SDK has no public name for the signature of secrets.
_SIGNATURE: str = rpc._special_sig_key  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
_SECRET: str = rpc._special_secret_sig  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


class Change(Enum):
    """What happened to one property."""

    ADDED = auto()
    DELETED = auto()
    UPDATED = auto()


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed property: its path as the engine writes it, and as the catalog does."""

    path: str
    plain_path: str
    change: Change


def plain(value: Value) -> Any:
    """A value as Python's, secrets unwrapped; unknown values stay the constant."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        if is_secret(value):
            return plain(value.struct_value.fields["value"])
        return plain_struct(value.struct_value)
    if kind == "list_value":
        return [plain(member) for member in value.list_value.values]
    return None if kind is None or kind == "null_value" else getattr(value, kind)


def plain_struct(struct: Struct) -> dict[str, Any]:
    """All members of a struct as Python's."""
    return {name: plain(member) for name, member in struct.fields.items()}


def is_secret(value: Value) -> bool:
    """Whether a value is wrapped as a secret."""
    if value.WhichOneof("kind") != "struct_value":
        return False
    signature = value.struct_value.fields.get(_SIGNATURE)
    return signature is not None and signature.string_value == _SECRET


def copy_of(struct: Struct) -> Struct:
    """A struct of its own with the same members."""
    made = Struct()
    made.CopyFrom(struct)
    return made


def put(struct: Struct, members: Mapping[str, Any]) -> None:
    """Set members from plain values; one that is None is left out."""
    struct.update({name: value for name, value in members.items() if value is not None})


def differences(old: Struct, new: Struct) -> list[Difference]:
    """Every property that is not the same, the deepest path that tells it."""
    return [
        found
        for found in _differences("", "", plain_struct(old), plain_struct(new))
        if not found.plain_path.startswith("__")
    ]


def _differences(path: str, bare: str, old: Any, new: Any) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            step = f"{path}.{name}" if path else name
            bare_step = f"{bare}.{name}" if bare else name
            yield from _difference(step, bare_step, old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            yield from _difference(f"{path}[{index}]", bare, before, after)
    elif old != new:
        yield Difference(path, bare, Change.UPDATED)


def _difference(path: str, bare: str, old: Any, new: Any) -> Iterator[Difference]:
    if old is None and new is None:
        return
    if old is None:
        yield Difference(path, bare, Change.ADDED)
    elif new is None:
        yield Difference(path, bare, Change.DELETED)
    else:
        yield from _differences(path, bare, old, new)
