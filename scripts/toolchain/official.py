"""The second way: the official release archive, checked against the release's own checksums."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from scripts.toolchain.launchers import EXECUTABLE_MODE
from scripts.toolchain.machine import Machine, WayFailedError
from scripts.toolchain.pins import (
    OFFICIAL_SITE,
    PINNED_VERSION,
    archive_name,
    checksums_name,
)
from scripts.toolchain.progress import Progress

_ARCHIVE_FOLDER = "pulumi"


def install_official(
    folder: Path, *, platform: str | None, machine: Machine, progress: Progress
) -> None:
    """Download, verify and unpack the pinned release into an empty folder.

    The checksum file is small and fetched first, so an unreachable site is noticed at once.

    Raises:
        WayFailedError: no release for this platform, no connection, or a wrong checksum.
    """
    if platform is None:
        raise WayFailedError(f"there is no release for {machine.system} on {machine.machine}")
    name = archive_name(platform)
    checksums, archive = folder / checksums_name(), folder / name
    with progress.working(f"downloading Pulumi {PINNED_VERSION} from {OFFICIAL_SITE}") as beat:
        machine.downloader.fetch(f"{OFFICIAL_SITE}/{checksums.name}", checksums)
        expected = _expected_sum(checksums.read_text(encoding="utf-8", errors="replace"), name)
        machine.downloader.fetch(f"{OFFICIAL_SITE}/{name}", archive, tick=beat)
        _check_sum(archive, expected)
        _unpack(archive, folder)
    checksums.unlink()
    archive.unlink()


def _expected_sum(text: str, name: str) -> str:
    for line in text.splitlines():
        checksum, _, file = line.partition(" ")
        # sha256sum marks binary mode by a star before the name.
        if file.strip().removeprefix("*").removeprefix("./") == name:
            return checksum.lower()
    raise WayFailedError(f"{checksums_name()} has no line for {name}")


def _check_sum(archive: Path, expected: str) -> None:
    with archive.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != expected:
        raise WayFailedError(
            f"{archive.name} has SHA-256 {actual}, the release says {expected}: not installed"
        )


def _unpack(archive: Path, folder: Path) -> None:
    """Copy the plain files of the archive's one folder, and nothing else that it may hold."""
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                parts = PurePosixPath(member.name).parts
                source = tar.extractfile(member) if member.isfile() else None
                if source is None or len(parts) != 2 or parts[0] != _ARCHIVE_FOLDER:
                    continue
                target = folder / parts[1]
                with source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
                target.chmod(EXECUTABLE_MODE)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise WayFailedError(f"{archive.name} cannot be unpacked: {error}") from error
    if not (folder / "pulumi").is_file():
        raise WayFailedError(f"{archive.name} does not contain {_ARCHIVE_FOLDER}/pulumi")
