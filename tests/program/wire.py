"""Properties as the SDK sends them: secrets unwrapped, unknown values named, every text found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi.runtime import rpc


class Unknown:
    """The one value that stands for what is not known during a preview."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN = Unknown()


def plain(value: Any) -> Any:
    """A protobuf value as Python's: secrets unwrapped, unknown values named."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _is_secret(value):
            return plain(fields["value"])
        return {name: plain(member) for name, member in fields.items()}
    if kind == "list_value":
        return [plain(member) for member in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _is_secret(value: Any) -> bool:
    if value.WhichOneof("kind") != "struct_value":
        return False
    signature = value.struct_value.fields.get(rpc._special_sig_key)
    return signature is not None and signature.string_value == rpc._special_secret_sig


def secret_paths(struct: Any) -> Iterator[str]:
    """Paths of everything that is wrapped as a secret."""
    seen: set[str] = set()
    for path, value in _walk(struct):
        if _is_secret(value) and path not in seen:
            seen.add(path)
            yield path


def texts(struct: Any) -> Iterator[tuple[str, str, bool]]:
    """Path, text and whether it is inside a secret, of every string in a struct."""
    secret_roots: set[str] = set()
    for path, value in _walk(struct):
        if _is_secret(value):
            secret_roots.add(path)
        elif value.WhichOneof("kind") == "string_value":
            inside = any(_is_under(path, root) for root in secret_roots)
            yield path, value.string_value, inside


def _is_under(path: str, root: str) -> bool:
    return path == root or path.startswith((f"{root}.", f"{root}["))


def _walk(struct: Any) -> Iterator[tuple[str, Any]]:
    """Every value with its path, parents before children; the wrapper of a secret adds no step."""
    for name, member in struct.fields.items():
        yield from _walk_value(name, member)


def _walk_value(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield path, value
    if _is_secret(value):
        inner = value.struct_value.fields["value"]
        yield from _walk_value(path, inner)
        return
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        for name, member in value.struct_value.fields.items():
            yield from _walk_value(f"{path}.{name}", member)
    elif kind == "list_value":
        for index, member in enumerate(value.list_value.values):
            yield from _walk_value(f"{path}[{index}]", member)
