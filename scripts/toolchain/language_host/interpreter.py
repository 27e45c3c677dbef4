"""Which Python runs a program or a plugin: the same order as upstream's host."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class NoInterpreterError(Exception):
    """The options name an interpreter that is not there; the text is shown to the user."""


def choose_interpreter(
    options: Mapping[str, Any], *, root: str, env: Mapping[str, str], own: str
) -> str:
    """Path of the interpreter.

    The `virtualenv` option (relative to the folder of Pulumi.yaml), else `PULUMI_PYTHON_CMD`,
    else `own`, the interpreter of this host, which is the one of the project's environment.

    Raises:
        NoInterpreterError: the named environment or command does not exist.
    """
    virtualenv = options.get("virtualenv")
    if virtualenv:
        folder = Path(root, str(virtualenv))
        python = folder / "bin" / "python"
        if not python.is_file():
            raise NoInterpreterError(
                f"the virtualenv option names {folder}, which has no bin/python: create it and "
                "install the project's requirements into it"
            )
        return str(python)
    command = env.get("PULUMI_PYTHON_CMD")
    if command:
        found = shutil.which(command, path=env.get("PATH"))
        if found is None:
            raise NoInterpreterError(
                f"PULUMI_PYTHON_CMD names {command}, which is not an executable on PATH"
            )
        return found
    return own
