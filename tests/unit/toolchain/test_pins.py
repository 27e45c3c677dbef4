"""The pins: one version everywhere, and names of release files."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

import pytest

from scripts.toolchain.build import GO_MODULE
from scripts.toolchain.pins import (
    MINIMUM_VERSION,
    PINNED_VERSION,
    archive_name,
    checksums_name,
    parse_version,
    platform_name,
)


def test_cli_go_module_and_python_sdk_are_one_version(project_root: Path) -> None:
    """The Go modules, the project's dependency and the installed SDK are all at the pin."""
    go_mod = (project_root / GO_MODULE / "go.mod").read_text()
    for module in ("pkg", "sdk"):
        assert f"github.com/pulumi/pulumi/{module}/v3 v{PINNED_VERSION}" in go_mod
    project = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]
    assert f"pulumi=={PINNED_VERSION}" in project["dependencies"]
    assert importlib.metadata.version("pulumi") == PINNED_VERSION


def test_the_pin_is_new_enough() -> None:
    """The version that we install is one that we accept."""
    parsed = parse_version(PINNED_VERSION)
    assert parsed is not None
    assert parsed >= MINIMUM_VERSION


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.250.0\n", (3, 250, 0)),
        ("3.9.12", (3, 9, 12)),
        ("v4.0.0-alpha.1", (4, 0, 0)),
        ("", None),
        ("pulumi", None),
        ("v3", None),
    ],
)
def test_versions_are_read(text: str, version: tuple[int, int, int] | None) -> None:
    """With and without the leading v; anything else is no version."""
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", "linux-x64"),
        ("Linux", "aarch64", "linux-arm64"),
        ("Darwin", "arm64", "darwin-arm64"),
        ("Linux", "riscv64", None),
        ("Plan9", "x86_64", None),
    ],
)
def test_platforms_have_release_names(system: str, machine: str, name: str | None) -> None:
    """As upstream names them; a platform without a release is none."""
    assert platform_name(system=system, machine=machine) == name


def test_release_files_are_named_as_upstream_names_them() -> None:
    """The archive carries a v before its version, the checksums do not."""
    assert archive_name("linux-x64") == "pulumi-v3.250.0-linux-x64.tar.gz"
    assert checksums_name() == "pulumi-3.250.0-checksums.txt"
