"""Which Pulumi CLI this project wants, and what its release files are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

# The Python SDK, the Go modules in tools/pulumi-cli and the CLI are pinned together.
PINNED_VERSION = "3.250.0"
# Program, provider and stack options are tested with the pinned version; within one major version
# newer CLIs keep serving older SDKs, an older CLI may lack what this SDK asks for.
MINIMUM_VERSION = (3, 250, 0)
FIRST_REFUSED_VERSION = (4, 0, 0)

OFFICIAL_SITE = "https://get.pulumi.com/releases/sdk"

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class How(StrEnum):
    """Where a CLI came from."""

    PATH = "path"
    OFFICIAL = "official"
    BUILT = "built"


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolchain:
    """A usable Pulumi CLI."""

    pulumi: Path
    version: str
    """Without a leading v."""
    how: How
    folder: Path
    """The folder that holds `pulumi`, to be put on PATH."""


def parse_version(text: str) -> tuple[int, int, int] | None:
    """The version that a text begins with (`v3.250.0`), or None."""
    match = _VERSION.match(text.strip())
    if match is None:
        return None
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


def platform_name(*, system: str, machine: str) -> str | None:
    """The name of this machine in release files (`linux-x64`); None when there is no release."""
    known_system = _SYSTEMS.get(system)
    known_machine = _ARCHITECTURES.get(machine.lower())
    if known_system is None or known_machine is None:
        return None
    return f"{known_system}-{known_machine}"


def archive_name(platform: str) -> str:
    """File name of the official release archive."""
    return f"pulumi-v{PINNED_VERSION}-{platform}.tar.gz"


def checksums_name() -> str:
    """File name of the SHA-256 sums that the release carries."""
    return f"pulumi-{PINNED_VERSION}-checksums.txt"
