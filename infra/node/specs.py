"""What a host runs, as data: containers, services, what they start from and where secrets are.

No record here ever holds a secret's value: it holds the name of the SSM parameter, which the host
reads by its own role when a unit starts. The same records can be rendered for any target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class SecretKind(StrEnum):
    """How a unit gets a secret."""

    VARIABLE = "variable"
    FILE = "file"


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """One secret of a unit: a variable or file of this `name` from this SSM parameter."""

    name: str
    parameter: str
    kind: SecretKind = SecretKind.VARIABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """A folder of the host in a container."""

    source: str
    target: str
    read_only: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Port:
    """A port of a container on an address of the host."""

    address: str
    host: int
    container: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Where a unit says that it is well, and how patient to be; the node agent acts on it."""

    url: str
    timeout_s: int
    failures: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSpec:
    """One container. `image` is by id (loaded from an archive) or by digest, never by a tag alone.

    `arguments` follow the image; `devices` are CDI names; `memory_mib` is a hard limit, no swap;
    `stop_grace_s` the time between the request to stop and the kill.
    """

    name: str
    description: str
    image: str
    arguments: tuple[str, ...]
    memory_mib: int
    health: Health
    stop_grace_s: int
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: tuple[Secret, ...] = ()
    mounts: tuple[Mount, ...] = ()
    devices: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitSpec:
    """One of our own programs as a service, from its archive. `as_root` is for the agent only."""

    name: str
    description: str
    command: tuple[str, ...]
    stop_grace_s: int
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: tuple[Secret, ...] = ()
    health: Health | None = None
    as_root: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """One of our own programs in the artifact bucket; unpacked into `folder` if it is that file.

    `sha256` is zeros while it is unresolved, which no file has: such a host does not come up.
    """

    key: str
    sha256: str
    folder: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A container image: from the archive `key` in the bucket or, without one, from a registry."""

    reference: str
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFiles:
    """Files of a model in the bucket, with their list of checksums, and where they go."""

    prefix: str
    folder: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataVolume:
    """The volume of Qdrant's data, by its id: `HostSpec.ids`, or the value of the host's own `tag`.

    With `attach` the host takes it itself, as a node of a group must.
    """

    mount: str
    owner: int
    attach: bool
    tag: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LaunchSignal:
    """Whom the host tells that it serves, or that it gives up."""

    group: str
    hook: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HostSpec:
    """Everything about one host.

    `ids` are known only once other resources exist (`data_volume`, `zone`, `health_check`); see
    `with_ids`. `facts` is what the node agent is told beside the units.
    """

    role: str
    region: str
    bucket: str
    boot_deadline_s: int
    ready_url: str
    containers: tuple[ContainerSpec, ...]
    units: tuple[UnitSpec, ...]
    images: tuple[Image, ...]
    archives: tuple[Archive, ...]
    models: tuple[ModelFiles, ...] = ()
    data_volume: DataVolume | None = None
    signal: LaunchSignal | None = None
    has_gpu: bool = False
    packages: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    ids: Mapping[str, str] = field(default_factory=dict[str, str])

    def with_ids(self, ids: Mapping[str, str]) -> HostSpec:
        """The same host once more ids are known."""
        return replace(self, ids={**self.ids, **ids})
