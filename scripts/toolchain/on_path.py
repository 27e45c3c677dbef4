"""The first way: a `pulumi` that the user has installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scripts.toolchain.launchers import LANGUAGE_HOST
from scripts.toolchain.machine import Machine, WayFailedError
from scripts.toolchain.pins import (
    FIRST_REFUSED_VERSION,
    MINIMUM_VERSION,
    How,
    Toolchain,
    parse_version,
)
from scripts.toolchain.store import STAMP, Store

NOT_THERE = "there is no pulumi on PATH"
# A working CLI answers in well under a second.
_VERSION_TIMEOUT_S = 20.0


def find_on_path(store: Store, *, env: Mapping[str, str], machine: Machine) -> Toolchain:
    """The first `pulumi` on PATH that we did not install ourselves.

    Raises:
        WayFailedError: there is none, or it is broken, of a wrong version or without its Python
            language host; the text names the file.
    """
    path = _without_ours(env.get("PATH", ""))
    found = machine.which("pulumi", path)
    if found is None:
        raise WayFailedError(NOT_THERE)
    pulumi = Path(found)
    version = store.remembered_version(pulumi)
    if version is None:
        version = _ask(pulumi, env=env, machine=machine)
    _check_version(pulumi, version)
    folders = (pulumi.parent, pulumi.resolve().parent)
    if machine.which(LANGUAGE_HOST, path) is None and not any(
        (folder / LANGUAGE_HOST).is_file() for folder in folders
    ):
        raise WayFailedError(
            f"{pulumi} has no {LANGUAGE_HOST} beside it or on PATH, so it cannot run Python"
        )
    store.remember_version(pulumi, version)
    return Toolchain(pulumi=pulumi, version=version, how=How.PATH, folder=pulumi.parent)


def _ask(pulumi: Path, *, env: Mapping[str, str], machine: Machine) -> str:
    quiet = {**env, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    answer = machine.runner.run([str(pulumi), "version"], env=quiet, timeout_s=_VERSION_TIMEOUT_S)
    if answer.code != 0 or parse_version(answer.out) is None:
        raise WayFailedError(
            f"{pulumi} is broken: `pulumi version` ended with exit code {answer.code} and no "
            "version"
        )
    return answer.out.strip().removeprefix("v")


def _check_version(pulumi: Path, version: str) -> None:
    parsed = parse_version(version)
    if parsed is None or not MINIMUM_VERSION <= parsed < FIRST_REFUSED_VERSION:
        least, most = (
            ".".join(map(str, bound)) for bound in (MINIMUM_VERSION, FIRST_REFUSED_VERSION)
        )
        raise WayFailedError(
            f"{pulumi} is version {version}; needed is {least} or newer, below {most}"
        )


def _without_ours(path: str) -> str:
    """PATH without folders that we installed, here or in another clone."""
    kept = [entry for entry in path.split(":") if entry and not Path(entry, STAMP).is_file()]
    return ":".join(kept)
