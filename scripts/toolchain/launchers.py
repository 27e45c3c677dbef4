"""The small shell scripts beside a built `pulumi` that start our language host and provider.

They carry absolute paths, since the engine starts them with any working directory and the
project's folder may have any name. `ensure_pulumi` writes them again when the folder has moved.
"""

from __future__ import annotations

import shlex
from pathlib import Path

LANGUAGE_HOST = "pulumi-language-python"
# Upstream's script that runs a program; it comes with the Go SDK module.
EXEC_SCRIPT = "pulumi-language-python-exec"
DYNAMIC_PROVIDER = "pulumi-resource-pulumi-python"
EXECUTABLE_MODE = 0o755

# The code's folder is on the path only while our own module is imported, so that a program's
# modules are found where the official CLI would find them.
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from {module} import main; del sys.path[0]; main()"
)


def launcher_texts(*, code_root: Path, python: Path, folder: Path) -> dict[str, str]:
    """File name to text of each launcher.

    `code_root` is the folder that holds this package, `python` the interpreter of the project's
    environment, `folder` the one of `pulumi`.
    """
    return {
        LANGUAGE_HOST: _script(
            module="scripts.toolchain.language_host.serve",
            code_root=code_root,
            python=python,
            # Isolated: the program's environment must not change how the host itself starts.
            flags="-I -u",
            first_argument=str(folder),
        ),
        DYNAMIC_PROVIDER: _script(
            module="scripts.toolchain.dynamic_provider",
            code_root=code_root,
            python=python,
            flags="-u",
            first_argument=None,
        ),
    }


def write_launchers(texts: dict[str, str], folder: Path) -> None:
    """Write each launcher whose text differs, replacing it in one step."""
    for name, text in texts.items():
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        fresh = folder / f".{name}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(EXECUTABLE_MODE)
        fresh.replace(path)


def _script(
    *, module: str, code_root: Path, python: Path, flags: str, first_argument: str | None
) -> str:
    start = shlex.quote(_START.format(module=module))
    extra = f" {shlex.quote(first_argument)}" if first_argument is not None else ""
    return (
        "#!/bin/sh\n"
        "# Written by the project's toolchain, with the paths of this folder.\n"
        f"python={shlex.quote(str(python))}\n"
        'if [ ! -x "$python" ]; then\n'
        '  echo "error: $python is missing: run \\`make venv\\` in the project" >&2\n'
        "  exit 1\n"
        "fi\n"
        f'exec "$python" {flags} -c {start} {shlex.quote(str(code_root))}{extra} "$@"\n'
    )
