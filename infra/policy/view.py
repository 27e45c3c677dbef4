"""What a rule sees of a resource: plain data, in which a value not known yet is `UNKNOWN`.

During a preview ids and what is computed from them are unknown. A rule judges what is known and
says which value kept it from a verdict; it never takes "unknown" for "good". Secrets arrive here
in plain text, so no message may repeat a value that could be one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

Properties = Mapping[str, Any]


class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        return "<not known during preview>"


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Undecided:
    """A rule could not judge, because the value at `path` is not known yet."""

    path: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule is broken; `urn` says where, in a rule over the whole stack."""

    message: str
    urn: str | None = None


Finding = Problem | Undecided


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One resource. `uses` maps a property to the URNs of the resources that its value is from."""

    type: str
    name: str
    urn: str
    props: Properties
    protect: bool = False
    provider_name: str = ""
    provider_props: Properties = field(default_factory=dict[str, Any])
    uses: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @property
    def used(self) -> frozenset[str]:
        """URNs of everything that it takes a value from."""
        return frozenset(urn for urns in self.uses.values() for urn in urns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """All resources of a stack, and the configuration of the rule that looks at them."""

    resources: Sequence[Resource]
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def of(self, *types: str) -> list[Resource]:
        """All resources of these types, in order."""
        return [each for each in self.resources if each.type in types]

    def users(self, resource: Resource, *types: str) -> list[Resource]:
        """Resources of these types that take a value from `resource`."""
        return [each for each in self.of(*types) if resource.urn in each.used]


def plain(value: Any, *, unknown: type[Exception]) -> Any:
    """A copy of properties without proxies.

    Args:
        value: properties, or a part of them.
        unknown: what the proxies raise when an unknown value is read.
    """
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {key: _read(members, key, unknown) for key in members}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        entries = cast("Sequence[Any]", value)
        return [_read(entries, index, unknown) for index in range(len(entries))]
    return value


def at(props: Any, path: str) -> Any:
    """The value at a dotted path: None if a step is missing, `UNKNOWN` if one is not known."""
    value = props
    for step in path.split("."):
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def entries(props: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Each entry of a list with its own path; one unknown entry for an unknown list."""
    value = at(props, path)
    if value is UNKNOWN:
        yield path, UNKNOWN
    elif isinstance(value, list):
        for index, entry in enumerate(cast("list[Any]", value)):
            yield f"{path}[{index}]", entry
    elif value is not None:
        yield path, value


def expect(
    props: Any, path: str, good: Callable[[Any], bool], message: str
) -> Iterator[Problem | Undecided]:
    """A problem unless the value at a path is good; undecided while it is unknown.

    Args:
        props: of the resource, or of a part of it.
        path: dotted.
        good: takes the value, None where it is not set.
        message: what is wrong; it must not repeat the value.
    """
    value = at(props, path)
    if value is UNKNOWN:
        yield Undecided(path)
    elif not good(value):
        yield Problem(message)


def is_true(value: Any) -> bool:
    """Launch templates hold booleans as text."""
    return value is True or value == "true"


def _read(container: Any, key: Any, unknown: type[Exception]) -> Any:
    try:
        return plain(container[key], unknown=unknown)
    except unknown:
        return UNKNOWN
