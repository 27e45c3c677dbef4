"""The ignored folder `.tools/pulumi`, where an installed CLI is kept.

An installation appears there in one step, complete or not at all: it is made in a folder beside
and renamed. A stamp inside says what it is, so that later calls need not start the CLI.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from infra.clock import Clock
from scripts.toolchain.pins import PINNED_VERSION, How, Toolchain

STAMP = "toolchain.json"
_STAMP_SCHEMA = 1
_UNFINISHED = ".unfinished-"
_LOCK_POLL_S = 0.5


class Store:
    """Installed CLIs of one project."""

    def __init__(self, project_root: Path, *, platform: str | None) -> None:
        self.root = project_root / ".tools" / "pulumi"
        self.folder = self.root / PINNED_VERSION
        self._platform = platform

    def installed(self) -> Toolchain | None:
        """The pinned CLI, if it was installed here completely and for this kind of machine."""
        stamp = _read_json(self.folder / STAMP)
        pulumi = self.folder / "pulumi"
        if (
            stamp.get("schema") != _STAMP_SCHEMA
            or stamp.get("platform") != self._platform
            or not pulumi.is_file()
            or stamp.get("pulumi_bytes") != pulumi.stat().st_size
        ):
            return None
        return Toolchain(
            pulumi=pulumi, version=PINNED_VERSION, how=How(stamp["how"]), folder=self.folder
        )

    def install(self, how: How, fill: Callable[[Path], None]) -> Toolchain:
        """Let `fill` make the installation in an empty folder, then put it in place.

        Whatever `fill` raises is passed on, and nothing of the attempt is left.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.root))
        try:
            fill(fresh)
            stamp = {
                "schema": _STAMP_SCHEMA,
                "version": PINNED_VERSION,
                "how": how.value,
                "platform": self._platform,
                "pulumi_bytes": (fresh / "pulumi").stat().st_size,
            }
            (fresh / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
            fresh.chmod(0o755)
            shutil.rmtree(self.folder, ignore_errors=True)
            fresh.rename(self.folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return Toolchain(
            pulumi=self.folder / "pulumi", version=PINNED_VERSION, how=how, folder=self.folder
        )

    @contextmanager
    def locked(
        self, clock: Clock, *, when_waiting: Callable[[], None]
    ) -> Generator[None, None, None]:
        """Hold the one installer's place; the system frees it even when a holder is killed."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as file:
            told = False
            while not _try_lock(file.fileno()):
                if not told:
                    when_waiting()
                    told = True
                clock.sleep(_LOCK_POLL_S)
            # Under the lock nobody else is at work: these are what killed attempts left.
            for leftover in self.root.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            yield

    def remembered_version(self, pulumi: Path) -> str | None:
        """What this very file answered to `pulumi version` before; None when it has changed."""
        note = _read_json(self.root / "on-path.json")
        return note.get("version") if note.get("file") == _identity(pulumi) else None

    def remember_version(self, pulumi: Path, version: str) -> None:
        """Keep what this very file answered to `pulumi version`, where the project is writable."""
        note = {"file": _identity(pulumi), "version": version}
        with suppress(OSError):
            self.root.mkdir(parents=True, exist_ok=True)
            (self.root / "on-path.json").write_text(json.dumps(note) + "\n", encoding="utf-8")


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _identity(path: Path) -> list[str | int]:
    real = path.resolve()
    facts = real.stat()
    return [str(real), facts.st_size, facts.st_mtime_ns]


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
