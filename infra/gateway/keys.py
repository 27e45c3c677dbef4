"""The API keys of applications: hashes in a file, read again when the file changes.

Several keys may be valid at once, so a key is changed without an interruption: add the new one,
move the applications, remove the old one. A file that cannot be used leaves the last good keys in
force. No key itself is ever held beyond the request that carries it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from infra.clock import Clock
from infra.errors import InputFileError

# Seconds between two looks at the file.
CHECK_EVERY_S = 1.0


class Scope(StrEnum):
    """What a key may be used for."""

    SEARCH = "search"
    EMBED = "embed"
    INDEX = "index"


class ApiKey(BaseModel):
    """One entry of the keys file. `sha256` is the hash of the key, hexadecimal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    not_after: AwareDatetime | None = None


class KeysFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: Annotated[tuple[ApiKey, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _entries_differ(self) -> Self:
        for field in ("name", "sha256"):
            values = [getattr(key, field) for key in self.keys]
            if len(set(values)) != len(values):
                raise ValueError(f"two keys have the same {field}: give each entry its own")
        return self


def hash_key(key: str) -> str:
    """What the keys file holds of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


class KeyRing:
    """The keys in force.

    Args:
        path: the keys file.
        clock: for the time between two looks at the file.
        now: the time of day, compared with `not_after`.
        on_failure: told in words when a changed file cannot be used.

    Raises:
        InputFileError: the file cannot be used at the start; there are no older keys to fall back
            to.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_failure: Callable[[str], None] = lambda _problem: None,
    ) -> None:
        self._path = path
        self._clock = clock
        self._now = now
        self._on_failure = on_failure
        self._seen = _signature(path)
        try:
            self._keys = _read(path)
        except ValueError as error:
            raise InputFileError(
                f"the keys file {path} cannot be used",
                why=str(error),
                remedy="write it as docs/gateway.md shows, with at least one key",
            ) from error
        self._checked_s = clock.monotonic_s()
        self.is_current = True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the keys in force, those past their `not_after` included."""
        return tuple(key.name for key in self._keys)

    def find(self, token: str) -> ApiKey | None:
        """The key that `token` is; None for an unknown or expired one.

        Takes the same time whichever entry matches: every hash is compared in full.
        """
        self.refresh()
        given = hash_key(token)
        found: ApiKey | None = None
        for key in self._keys:
            if hmac.compare_digest(key.sha256, given):
                found = key
        if found is None or (found.not_after is not None and self._now() >= found.not_after):
            return None
        return found

    def refresh(self, *, at_once: bool = False) -> None:
        """Read the file again if it changed; looks at most once a second unless `at_once`."""
        now_s = self._clock.monotonic_s()
        if not at_once and now_s - self._checked_s < CHECK_EVERY_S:
            return
        self._checked_s = now_s
        signature = _signature(self._path)
        if signature == self._seen and self.is_current and not at_once:
            return
        try:
            self._keys = _read(self._path)
            self.is_current = True
        except ValueError as error:
            # Looked at again next time: it may have been caught half-written.
            if self.is_current or signature != self._seen:
                self._on_failure(str(error))
            self.is_current = False
        self._seen = signature


def _signature(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None while it cannot be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _read(path: Path) -> tuple[ApiKey, ...]:
    """Raises ValueError with every problem of the file, never with a value of it."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or "it cannot be read") from error
    try:
        return KeysFile.model_validate_json(text).keys
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, detail['loc'])) or 'the file'}: "
            f"{detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_url=False, include_input=False)
        ]
        raise ValueError("; ".join(problems)) from error
