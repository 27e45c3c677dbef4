"""What exists in the imagined account: ids by type, and which calls are told to fail.

Values of properties are not kept here, so no secret is either: the engine's state has them.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


class CloudError(Exception):
    """A refusal as AWS would give it."""


@dataclass
class Cloud:
    """Resources by type and id; with a `path` they outlive the process."""

    path: Path | None = None
    _urns: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    _created: int = 0
    _failures: Counter[str] = field(default_factory=Counter[str])
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self._urns, self._created = kept["resources"], kept["created"]

    def identity(self, urn: str) -> str:
        """A new identity for a resource that is about to be created."""
        with self._lock:
            self._created += 1
            return f"{self._created} {urn}"

    def create(self, token: str, id_: str, urn: str) -> None:
        """Keep a new resource.

        Raises:
            CloudError: there is one of this type and id already, or the call is told to fail.
        """
        with self._lock:
            self._fail_if_told(token)
            if id_ in self._urns.get(token, {}):
                raise CloudError(f"{token} {id_} exists already")
            self._urns.setdefault(token, {})[id_] = urn
            self._keep()

    def update(self, token: str, id_: str) -> None:
        """Change a resource.

        Raises:
            CloudError: it is not there, or the call is told to fail.
        """
        with self._lock:
            self._fail_if_told(token)
            if not self.has(token, id_):
                raise CloudError(f"{token} {id_} does not exist")

    def delete(self, token: str, id_: str) -> None:
        """Remove a resource; one that is gone already is no error.

        Raises:
            CloudError: the call is told to fail.
        """
        with self._lock:
            self._fail_if_told(token)
            self._urns.get(token, {}).pop(id_, None)
            self._keep()

    def has(self, token: str, id_: str) -> bool:
        """Whether a resource exists."""
        return id_ in self._urns.get(token, {})

    def ids(self, token: str) -> list[str]:
        """Ids of all resources of a type, oldest first."""
        return list(self._urns.get(token, {}))

    def fail_next(self, token: str) -> None:
        """Let the next create, update or delete of this type fail once."""
        with self._lock:
            self._failures[token] += 1

    def _fail_if_told(self, token: str) -> None:
        if self._failures[token]:
            self._failures[token] -= 1
            raise CloudError(f"{token}: told to fail once")

    def _keep(self) -> None:
        if self.path is not None:
            kept = {"resources": self._urns, "created": self._created}
            self.path.write_text(json.dumps(kept, indent=1), encoding="utf-8")
