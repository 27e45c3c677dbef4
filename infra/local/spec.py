"""What the supervisor is told about one service process. Knows no Pulumi and no settings."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ServiceSpec(BaseModel):
    """One service process: command, folder, health check and deadlines (seconds).

    `secret_environment` maps a variable to the name of a key file under `keys/`; `client_keys` maps
    the name of a key that clients of the service use to its scopes, and the service finds their
    hashes in a file. Values never appear here, so a spec may be stored and shown.

    A stack's state holds specs of older versions: a new field needs a default.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    folder: Path
    python: Path
    arguments: tuple[str, ...]
    port: int
    health_path: str
    start_deadline_s: float
    stop_grace_s: float
    code_version: str
    environment: dict[str, str]
    secret_environment: dict[str, str]
    client_keys: dict[str, list[str]] = Field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """The process's full command line; with its port and folder it is unique to this stack."""
        return [str(self.python), *self.arguments]

    @property
    def record_file(self) -> Path:
        """Where the running process is written down."""
        return self.folder / "run" / f"{self.name}.json"

    @property
    def log_file(self) -> Path:
        """Output of the running process; the run before it is kept beside it as `.1`."""
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys_folder(self) -> Path:
        """Where the stack's keys are, one file each."""
        return self.folder / "keys"

    @property
    def key_names(self) -> list[str]:
        """Every key that the service cannot do without."""
        return [*self.secret_environment.values(), *self.client_keys]

    def properties(self) -> dict[str, Any]:
        """The spec as plain values, as a provider stores and compares it."""
        return self.model_dump(mode="json")


def fingerprint(*folders: Path) -> str:
    """Short digest of the Python and data files under `folders`, to notice new code."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(folder)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
