"""Runs `pulumi` commands: to the terminal, or for their answer. Failures become operator errors."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from infra.errors import StackError, ToolMissingError
from scripts.toolchain.failures import failure
from scripts.toolchain.pins import Toolchain

# After pulumi has ended, its stderr may still be held open by a process that it left behind.
_DRAIN_S = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PulumiCli:
    """`pulumi` in one project.

    `env` is what `pulumi_environment` returned, `folder` the one of Pulumi.yaml.
    """

    toolchain: Toolchain
    env: Mapping[str, str]
    folder: Path

    def show(self, *arguments: str) -> None:
        """Run a command with its output on our stdout and stderr, as the user would.

        Raises:
            KeyboardInterrupt: we were interrupted; pulumi was told once and has ended.
            StackError: the command failed.
            ToolMissingError: the CLI or its language host is gone.
        """
        # With a terminal, pulumi shares our process group: it must be able to read keys and draw,
        # and Ctrl-C reaches both of us. Without one it gets a group of its own and hears of an
        # interrupt from us alone: a second one would make it stop without cleaning up.
        shares_terminal = sys.stdin is not None and sys.stdin.isatty()
        process = self._start(arguments, stdout=None, stdin=None, own_group=not shares_terminal)
        heard: list[str] = []
        echo = threading.Thread(
            target=_echo, args=(cast("IO[bytes]", process.stderr), heard), daemon=True
        )
        echo.start()
        with _signals_to(process, forward=not shares_terminal) as interrupts:
            code = process.wait()
        echo.join(_DRAIN_S)
        self._check(arguments, code, "".join(heard), interrupts=interrupts)

    def read(self, *arguments: str) -> str:
        """Run a command and return what it wrote to stdout.

        Raises: as `show`.
        """
        process = self._start(
            arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, own_group=True
        )
        with _signals_to(process, forward=True) as interrupts:
            out, err = process.communicate()
        self._check(
            arguments, process.returncode, err.decode(errors="replace"), interrupts=interrupts
        )
        return out.decode(errors="replace")

    def read_json(self, *arguments: str) -> Any:
        """Run a command that answers in JSON and return its value.

        Raises: as `show`.
        """
        text = self.read(*arguments)
        try:
            return json.loads(text)
        except ValueError as error:
            raise StackError(
                f"`pulumi {' '.join(arguments)}` answered something that is not JSON",
                why=f"it begins with {text[:60]!r}",
                remedy="run the command in a shell to see its whole answer",
            ) from error

    def _start(
        self, arguments: Sequence[str], *, stdout: int | None, stdin: int | None, own_group: bool
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [str(self.toolchain.pulumi), *arguments],
                cwd=self.folder,
                env=dict(self.env),
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                process_group=0 if own_group else None,
            )
        except OSError as error:
            raise ToolMissingError(
                f"{self.toolchain.pulumi} cannot be started",
                why=str(error.strerror),
                remedy="run `make up`: it finds or installs a Pulumi CLI",
            ) from error

    def _check(
        self, arguments: Sequence[str], code: int, stderr: str, *, interrupts: list[int]
    ) -> None:
        if interrupts:
            raise KeyboardInterrupt
        if code != 0:
            raise failure(arguments, code=code, stderr=stderr)


def _echo(stream: IO[bytes], heard: list[str]) -> None:
    with stream:
        for line in stream:
            text = line.decode(errors="replace")
            heard.append(text)
            sys.stderr.write(text)
            sys.stderr.flush()


@contextmanager
def _signals_to(
    process: subprocess.Popen[bytes], *, forward: bool
) -> Generator[list[int], None, None]:
    """Note interrupts while pulumi runs, and pass each on if it does not get them by itself."""
    noted: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield noted
        return

    def note(number: int, frame: object) -> None:
        del frame
        noted.append(number)
        if forward or number != signal.SIGINT:
            process.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
