"""The generated launchers: they start the right interpreter from a folder of any name."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts.toolchain.launchers import (
    DYNAMIC_PROVIDER,
    LANGUAGE_HOST,
    launcher_texts,
    write_launchers,
)

pytestmark = pytest.mark.runs("pulumi-language-python", "pulumi-resource-pulumi-python")

SHOW_ARGUMENTS = '#!/bin/sh\nprintf "%s\\n" "$@"\n'


def make(folder: Path) -> tuple[Path, Path]:
    """A fake interpreter that shows its arguments, and launchers for it; their folders."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(SHOW_ARGUMENTS)
    python.chmod(0o755)
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    texts = launcher_texts(code_root=folder / "code", python=python, folder=bin_folder)
    write_launchers(texts, bin_folder)
    return python, bin_folder


@pytest.mark.parametrize("name", ["plain", "with space", 'it\'s $HOME `x` "y"', "урок"])
def test_paths_of_any_name_arrive_whole(tmp_path: Path, name: str) -> None:
    """The interpreter gets the code's folder, our folder, then what the engine gave, unsplit."""
    _, folder = make(tmp_path / name)
    shown = subprocess.run(
        [folder / LANGUAGE_HOST, "-tracing", "a b", "127.0.0.1:1"],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    ).stdout.splitlines()
    assert shown[:3] == ["-I", "-u", "-c"]
    assert shown[4:] == [
        str(tmp_path / name / "code"),
        str(folder),
        "-tracing",
        "a b",
        "127.0.0.1:1",
    ]


def test_the_provider_gets_the_engine_address(tmp_path: Path) -> None:
    """The dynamic provider's launcher passes on the engine's only argument."""
    _, folder = make(tmp_path)
    shown = subprocess.run(
        [folder / DYNAMIC_PROVIDER, "127.0.0.1:1"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert shown[-1] == "127.0.0.1:1"


def test_a_lost_environment_is_told(tmp_path: Path) -> None:
    """Without the project's interpreter the launcher says what to run."""
    python, folder = make(tmp_path / "a b")
    python.unlink()
    done = subprocess.run([folder / LANGUAGE_HOST], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"error: {python} is missing: run `make venv` in the project\n"


def test_an_unchanged_launcher_is_left_alone(tmp_path: Path) -> None:
    """Writing the same text again touches no file."""
    python, folder = make(tmp_path)
    before = (folder / LANGUAGE_HOST).stat().st_ino
    texts = launcher_texts(code_root=tmp_path / "code", python=python, folder=folder)
    write_launchers(texts, folder)
    assert (folder / LANGUAGE_HOST).stat().st_ino == before
