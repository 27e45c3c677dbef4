"""Keys of a stack and the SSM parameters that hold them: names, readers, versions; never a value.

Two versions of a key may be valid at once: name a new current version and the old one as previous,
`up`, move the callers, then leave the previous one out and `up` again. The model servers know one
key only, which never leaves their hosts, so a new one needs new nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from infra.errors import PlanError
from infra.plans.local import (
    GATEWAY_APPLICATION_KEY,
    GATEWAY_OPERATOR_KEY,
    QDRANT_KEY,
    QDRANT_READ_ONLY_KEY,
    TEI_KEY,
)
from infra.plans.naming import Component, Names, Role
from infra.settings import StackSettings

GATEWAY_AGENT_KEY = "gateway_agent_key"
GATEWAY_CLIENTS = "gateway_clients"
QDRANT_PREVIOUS_KEY = "qdrant_previous_api_key"
QDRANT_SEARCH_TOKEN = "qdrant_search_token"  # noqa: S105 (a name, no secret)
"""Names that only a stack on AWS has; the others are those of the local target."""


PREVIOUS_ALIAS_SUFFIX = ".previous"
"""Ends the alias of the collection that was searched before the last cutover.

Qdrant compares a token's names with that of the request before it looks up what an alias stands
for, so a token names aliases; the collections behind them are made and removed by indexing.
"""


class KeyKind(StrEnum):
    """A key that the program draws at random; the value is the name that outputs use."""

    OPERATOR = GATEWAY_OPERATOR_KEY
    APPLICATION = GATEWAY_APPLICATION_KEY
    AGENT = GATEWAY_AGENT_KEY
    TEI = TEI_KEY
    QDRANT_ADMIN = QDRANT_KEY
    QDRANT_READ_ONLY = QDRANT_READ_ONLY_KEY


CLIENT_SCOPES: Mapping[KeyKind, tuple[str, ...]] = {
    KeyKind.OPERATOR: ("search", "embed", "index"),
    KeyKind.APPLICATION: ("search", "embed"),
    KeyKind.AGENT: ("search", "embed"),
}
"""What each client of the gateway may do. The agent's is for its canary, which goes the way that
an application goes, and keeps the application's key off the host."""

_OVERLAPPING = (*CLIENT_SCOPES, KeyKind.QDRANT_ADMIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyVersions:
    """Which versions of a key are valid: numbers from 1, and `previous` only while callers move."""

    current: int = 1
    previous: int | None = None

    @property
    def valid(self) -> tuple[int, ...]:
        """Newest first."""
        return (self.current,) if self.previous is None else (self.current, self.previous)


class Source(StrEnum):
    """How a parameter's value is made."""

    KEY = "key"
    """A key as it is."""
    CLIENTS = "clients"
    """The gateway's file of clients: hashes of their keys, and what each may do."""
    TOKEN = "token"  # noqa: S105 (a kind of value, no secret)
    """A token that Qdrant accepts, signed with its admin key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPlan:
    """One version of one key, as a resource of its own; `child` is its Pulumi name."""

    kind: KeyKind
    version: int
    child: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ParameterPlan:
    """One SecureString. `key` is what it holds, or what signs the token; None for the clients.

    `readers` are the nodes that may read it; nobody's are read by operators only.
    """

    name: str
    path: str
    child: str
    description: str
    source: Source
    key: KeyPlan | None
    readers: frozenset[Role]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientPlan:
    """One entry of the gateway's file of clients."""

    name: str
    key: KeyPlan
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretsPlan:
    """Everything that is secret in a stack. `search_access` are the claims of the search token."""

    keys: tuple[KeyPlan, ...]
    clients: tuple[ClientPlan, ...]
    search_access: tuple[Mapping[str, str], ...]
    parameters: tuple[ParameterPlan, ...]

    @property
    def names(self) -> dict[str, str]:
        """Where each secret is kept, by the name that outputs use."""
        return {parameter.name: parameter.path for parameter in self.parameters}

    def paths_for(self, *roles: Role) -> tuple[str, ...]:
        """Paths that a node may read.

        Args:
            roles: all that it plays; a GPU node with the vector store on it plays both.
        """
        return tuple(each.path for each in self.parameters if each.readers.intersection(roles))


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    parts: tuple[str, ...]
    description: str
    readers: frozenset[Role] = field(default_factory=frozenset[Role])


_GPU = frozenset({Role.PRIMARY, Role.STANDBY})
_STORE = frozenset({Role.VECTOR_STORE})

_HOLDERS: Mapping[KeyKind, _Parameter] = {
    KeyKind.OPERATOR: _Parameter(
        GATEWAY_OPERATOR_KEY, ("gateway", "operator-key"), "Key of operators: search, embed, index"
    ),
    KeyKind.APPLICATION: _Parameter(
        GATEWAY_APPLICATION_KEY,
        ("gateway", "application-key"),
        "Key of the application: search, embed",
    ),
    KeyKind.AGENT: _Parameter(
        GATEWAY_AGENT_KEY, ("gateway", "agent-key"), "Key of the node agent's canary", _GPU
    ),
    KeyKind.TEI: _Parameter(
        TEI_KEY, ("tei", "key"), "Key of the model servers, inside a host only", _GPU
    ),
    KeyKind.QDRANT_ADMIN: _Parameter(
        QDRANT_KEY, ("qdrant", "admin-key"), "Qdrant's admin key; signs tokens", _STORE
    ),
    KeyKind.QDRANT_READ_ONLY: _Parameter(
        QDRANT_READ_ONLY_KEY,
        ("qdrant", "read-only-key"),
        "Reads everything in Qdrant, snapshots too",
        _STORE,
    ),
}


def plan_secrets(
    settings: StackSettings,
    names: Names,
    versions: Mapping[KeyKind, KeyVersions] | None = None,
) -> SecretsPlan:
    """Keys, clients and parameters of a stack.

    Args:
        settings: of the stack.
        names: of the stack.
        versions: of keys that are not at their first version.

    Raises:
        PlanError: a version is no version, or two are wanted of a key that its server knows once.
    """
    chosen = {kind: (versions or {}).get(kind, KeyVersions()) for kind in KeyKind}
    _refuse_impossible(chosen)
    keys = tuple(_key(kind, version) for kind in KeyKind for version in chosen[kind].valid)
    return SecretsPlan(
        keys=keys,
        clients=tuple(
            ClientPlan(
                name=f"{_HOLDERS[key.kind].name.removeprefix('gateway_')}_v{key.version}",
                key=key,
                scopes=CLIENT_SCOPES[key.kind],
            )
            for key in keys
            if key.kind in CLIENT_SCOPES
        ),
        search_access=tuple(
            {"collection": alias, "access": "r"}
            for alias in (
                settings.store.collection,
                settings.store.collection + PREVIOUS_ALIAS_SUFFIX,
            )
        ),
        parameters=tuple(_parameters(names, chosen)),
    )


def _key(kind: KeyKind, version: int) -> KeyPlan:
    return KeyPlan(kind=kind, version=version, child=f"{kind.value.replace('_', '-')}-v{version}")


def _parameters(names: Names, chosen: Mapping[KeyKind, KeyVersions]) -> Iterable[ParameterPlan]:
    for kind, holder in _HOLDERS.items():
        yield _parameter(names, holder, Source.KEY, _key(kind, chosen[kind].current))
    previous = chosen[KeyKind.QDRANT_ADMIN].previous
    if previous is not None:
        yield _parameter(
            names,
            _Parameter(
                QDRANT_PREVIOUS_KEY,
                ("qdrant", "previous-admin-key"),
                "Qdrant's admin key before the current one, valid while callers move",
                _STORE,
            ),
            Source.KEY,
            _key(KeyKind.QDRANT_ADMIN, previous),
        )
    yield _parameter(
        names,
        _Parameter(
            GATEWAY_CLIENTS, ("gateway", "clients"), "Clients of the gateway, keys as hashes", _GPU
        ),
        Source.CLIENTS,
        None,
    )
    yield _parameter(
        names,
        _Parameter(
            QDRANT_SEARCH_TOKEN,
            ("qdrant", "search-token"),
            "Token of the gateway: reads what the alias of searches stands for",
            _GPU,
        ),
        Source.TOKEN,
        _key(KeyKind.QDRANT_ADMIN, chosen[KeyKind.QDRANT_ADMIN].current),
    )


def _parameter(
    names: Names, holder: _Parameter, source: Source, key: KeyPlan | None
) -> ParameterPlan:
    role = "-".join(holder.parts)
    return ParameterPlan(
        name=holder.name,
        path=names.parameter(*holder.parts),
        child=role,
        description=holder.description,
        source=source,
        key=key,
        readers=holder.readers,
        tags=names.tags(Component.SECRETS, role),
    )


def _refuse_impossible(chosen: Mapping[KeyKind, KeyVersions]) -> None:
    problems: list[str] = []
    for kind, versions in chosen.items():
        if min(versions.valid) < 1:
            problems.append(f"{kind.value} has a version below 1; count from 1")
        if versions.previous == versions.current:
            problems.append(
                f"{kind.value} has version {versions.current} as current and as previous; name "
                "another or leave the previous one out"
            )
        if versions.previous is not None and kind not in _OVERLAPPING:
            problems.append(
                f"{kind.value} has a previous version, but its server knows one key only; leave "
                "it out and replace the nodes that use it"
            )
    if problems:
        raise PlanError(
            "the versions of the stack's keys cannot be",
            why="; ".join(problems),
            remedy="correct them; a key that never changed has version 1 and no previous one",
        )
