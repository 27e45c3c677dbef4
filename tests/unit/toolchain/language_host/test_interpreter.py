"""Which Python runs a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.toolchain.language_host.interpreter import NoInterpreterError, choose_interpreter


def executable(path: Path) -> Path:
    """An executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_the_virtualenv_option_comes_first(tmp_path: Path) -> None:
    """Relative to the folder of Pulumi.yaml, whatever else is set."""
    python = executable(tmp_path / "a b" / "env" / "bin" / "python")
    options = {"virtualenv": "env", "toolchain": "pip"}
    env = {"PULUMI_PYTHON_CMD": "/other"}
    assert choose_interpreter(options, root=str(tmp_path / "a b"), env=env, own="/own") == str(
        python
    )


def test_an_absolute_virtualenv_stays(tmp_path: Path) -> None:
    """An absolute folder is taken as it is."""
    python = executable(tmp_path / "env" / "bin" / "python")
    options = {"virtualenv": str(tmp_path / "env")}
    assert choose_interpreter(options, root="/elsewhere", env={}, own="/own") == str(python)


def test_a_missing_virtualenv_is_told(tmp_path: Path) -> None:
    """Not replaced by another interpreter: the program's packages would be missing."""
    with pytest.raises(NoInterpreterError, match="env, which has no bin/python"):
        choose_interpreter({"virtualenv": "env"}, root=str(tmp_path), env={}, own="/own")


def test_the_named_command_comes_second(tmp_path: Path) -> None:
    """By name on PATH, or by path."""
    python = executable(tmp_path / "mypython")
    for command in ("mypython", str(python)):
        env = {"PULUMI_PYTHON_CMD": command, "PATH": str(tmp_path)}
        assert choose_interpreter({}, root="/", env=env, own="/own") == str(python)


def test_a_missing_command_is_told() -> None:
    """The variable is named."""
    env = {"PULUMI_PYTHON_CMD": "nopython", "PATH": ""}
    with pytest.raises(NoInterpreterError, match="PULUMI_PYTHON_CMD names nopython"):
        choose_interpreter({}, root="/", env=env, own="/own")


def test_the_hosts_own_comes_last() -> None:
    """The project's interpreter, which runs the host."""
    assert choose_interpreter({}, root="/", env={}, own="/own") == "/own"
