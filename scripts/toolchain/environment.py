"""The environment that `pulumi` needs for this project, and how to say it to a shell.

What the user has exported wins for the state's address and the passphrase, so a shared state or a
secret store needs no other switch. Files are made here on first use, readable by the user only.
"""

from __future__ import annotations

import secrets
import shlex
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from infra.errors import StackError
from scripts.toolchain.pins import How, Toolchain

FOLDER = ".retrieval"
_STATE = "state"
_STATE_ENDING = f"/{FOLDER}/{_STATE}"
_HOME = "pulumi-home"
_PASSPHRASE = "passphrase"  # noqa: S105 - the name of a file
# 32 random bytes: 256 bits, as many as the key that Pulumi derives from it.
_PASSPHRASE_BYTES = 32
_PASSPHRASE_VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def pulumi_environment(
    project_root: Path,
    toolchain: Toolchain,
    base_env: Mapping[str, str],
    *,
    backend_url: str | None = None,
) -> dict[str, str]:
    """The whole environment for `pulumi` in this project.

    Args:
        project_root: folder of Pulumi.yaml.
        toolchain: what `ensure_pulumi` returned.
        base_env: the caller's environment; an exported `PULUMI_BACKEND_URL`,
            `PULUMI_CONFIG_PASSPHRASE` or `PULUMI_CONFIG_PASSPHRASE_FILE` stays as it is.
        backend_url: where state lives if nothing is exported, such as `s3://bucket/path`; a folder
            of the project by default.

    Raises:
        StackError: there is local state, but the passphrase file that protects it is gone; or the
            project's folder cannot be written.
    """
    root = project_root.resolve()
    kept = {name: value for name, value in base_env.items() if not _is_made_by_us(name, value)}
    env = {
        **kept,
        "PATH": _path(toolchain, base_env.get("PATH", "")),
        "PULUMI_HOME": str(_private_folder(root / FOLDER / _HOME)),
        "PULUMI_BACKEND_URL": kept.get("PULUMI_BACKEND_URL")
        or backend_url
        or local_state_url(root),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # An Output that is turned into text raises, in place of deploying a repr.
        "PULUMI_ERROR_OUTPUT_STRING": "true",
        # Both language hosts and both dynamic providers run the project's own interpreter.
        "PULUMI_PYTHON_CMD": str(root / ".venv" / "bin" / "python"),
        "PULUMI_RUNTIME_VIRTUALENV": str(root / ".venv"),
    }
    if not any(name in env for name in _PASSPHRASE_VARIABLES):
        is_local = env["PULUMI_BACKEND_URL"].endswith(_STATE_ENDING)
        env["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase_file(root, state_is_local=is_local))
    if toolchain.how is How.BUILT:
        # Where the CLI had to be built there is no plugin site either: a missing plugin must be
        # an error at once, not a download that hangs.
        env.setdefault("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
    return env


def local_state_url(project_root: Path) -> str:
    """The file backend of a project; percent-encoded, since the folder may have any name."""
    return "file://" + quote(str(_private_folder(project_root / FOLDER / _STATE)))


def export_lines(env: Mapping[str, str], base_env: Mapping[str, str]) -> str:
    """POSIX shell lines that turn `base_env` into `env`, for `eval "$(retrieval env)"`."""
    changed = [
        f"export {name}={shlex.quote(value)}\n"
        for name, value in sorted(env.items())
        if base_env.get(name) != value
    ]
    dropped = [f"unset {name}\n" for name in sorted(base_env) if name not in env]
    return "".join([*changed, *dropped])


def _is_made_by_us(name: str, value: str) -> bool:
    """Whether a value was exported from another clone by `retrieval env`: not the user's choice."""
    made = {
        "PULUMI_BACKEND_URL": _STATE_ENDING,
        "PULUMI_CONFIG_PASSPHRASE_FILE": f"/{FOLDER}/{_PASSPHRASE}",
    }
    ending = made.get(name)
    return ending is not None and value.endswith(ending)


def _path(toolchain: Toolchain, path: str) -> str:
    found = shutil.which("pulumi", path=path)
    if found is not None and Path(found) == toolchain.pulumi:
        return path
    folder = str(toolchain.folder)
    return ":".join([folder, *(entry for entry in path.split(":") if entry and entry != folder)])


def _passphrase_file(root: Path, *, state_is_local: bool) -> Path:
    path = root / FOLDER / _PASSPHRASE
    if path.is_file():
        return path
    if state_is_local and _has_stacks(root / FOLDER / _STATE):
        raise StackError(
            f"{path} is missing",
            why="the stacks in the local state were made with the passphrase in that file, and "
            "their secrets cannot be read without it",
            remedy=f"restore {path} from your backup, or export PULUMI_CONFIG_PASSPHRASE; without "
            f"either, stop the services and remove {root / FOLDER / _STATE} to start afresh",
        )
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    fresh.touch(mode=0o600, exist_ok=False)
    fresh.write_text(secrets.token_urlsafe(_PASSPHRASE_BYTES) + "\n", encoding="utf-8")
    try:
        # Of two first runs at once one wins, and nobody ever reads a half-written file.
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink()
    return path


def _has_stacks(state: Path) -> bool:
    return any((state / ".pulumi" / "stacks").glob("**/*.json"))


def _private_folder(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StackError(
            f"the folder {path} cannot be made",
            why=f"{error.strerror}; state, passphrase and plugins of this project live there",
            remedy="make the project's folder writable",
        ) from error
    return path
