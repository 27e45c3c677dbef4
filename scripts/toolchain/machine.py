"""The outside world of the toolchain: commands, downloads, PATH, time. Tests pass fakes instead."""

from __future__ import annotations

import platform
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import requests

from infra.clock import Clock, SystemClock

# One try each: a machine without a way out must reach the next way within seconds.
CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 30.0
_CHUNK_BYTES = 1 << 20
_TICK_S = 0.5
_STOP_GRACE_S = 5.0


class WayFailedError(Exception):
    """One way to a CLI did not work; the text is the reason, shown if all ways fail."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """A command that ended by itself."""

    code: int
    out: str
    err: str


class Runner(Protocol):
    """Runs commands."""

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        timeout_s: float,
        cwd: Path | None = None,
        tick: Callable[[float], None] | None = None,
    ) -> Finished:
        """Run to the end, calling `tick` with the seconds gone by.

        Raises:
            WayFailedError: the command cannot be started, or ran longer than `timeout_s`.
        """
        ...


class Downloader(Protocol):
    """Fetches files."""

    def fetch(self, url: str, to: Path, *, tick: Callable[[float], None] | None = None) -> None:
        """Write what `url` answers to a file, in one try.

        Raises:
            WayFailedError: no connection, no https, or an answer other than 200.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What `ensure_pulumi` needs of this machine."""

    runner: Runner
    downloader: Downloader
    which: Callable[[str, str], str | None]
    """Command name and a PATH value to the command's path."""
    clock: Clock
    system: str
    machine: str


def this_machine() -> Machine:
    """The machine that we run on."""
    clock = SystemClock()
    return Machine(
        runner=SystemRunner(clock),
        downloader=HttpsDownloader(clock),
        which=lambda name, path: shutil.which(name, path=path),
        clock=clock,
        system=platform.system(),
        machine=platform.machine(),
    )


class SystemRunner:
    """Runs commands as child processes; an interrupted wait ends them first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        timeout_s: float,
        cwd: Path | None = None,
        tick: Callable[[float], None] | None = None,
    ) -> Finished:
        # Output goes to files: a command that prints much must not block on a full pipe.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            try:
                process = subprocess.Popen(
                    argv, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=err
                )
            except OSError as error:
                raise WayFailedError(f"{argv[0]} cannot be started: {error.strerror}") from error
            try:
                code = self._wait(process, argv[0], timeout_s, tick)
            finally:
                _end(process)
            out.seek(0)
            err.seek(0)
            return Finished(
                code=code,
                out=out.read().decode(errors="replace"),
                err=err.read().decode(errors="replace"),
            )

    def _wait(
        self,
        process: subprocess.Popen[bytes],
        name: str,
        timeout_s: float,
        tick: Callable[[float], None] | None,
    ) -> int:
        started_s = self._clock.monotonic_s()
        while True:
            try:
                return process.wait(timeout=_TICK_S)
            except subprocess.TimeoutExpired:
                elapsed_s = self._clock.monotonic_s() - started_s
            if elapsed_s >= timeout_s:
                raise WayFailedError(f"{name} did not end within {timeout_s:.0f} s")
            if tick is not None:
                tick(elapsed_s)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=_STOP_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class HttpsDownloader:
    """Downloads over https; proxies come from the usual environment variables."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def fetch(self, url: str, to: Path, *, tick: Callable[[float], None] | None = None) -> None:
        started_s = self._clock.monotonic_s()
        try:
            with requests.get(
                url, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
            ) as response:
                if not response.url.startswith("https://"):
                    raise WayFailedError(f"{url} led to {response.url}, which is not https")
                if response.status_code != requests.codes.ok:
                    raise WayFailedError(f"{url} answered {response.status_code}")
                with to.open("wb") as file:
                    for chunk in response.iter_content(_CHUNK_BYTES):
                        file.write(chunk)
                        if tick is not None:
                            tick(self._clock.monotonic_s() - started_s)
        except requests.RequestException as error:
            raise WayFailedError(f"{url} cannot be reached ({_first_cause(error)})") from error


def _first_cause(error: BaseException) -> str:
    """What the system said, from under the layers that wrap it."""
    cause = error
    while cause.__context__ is not None:
        cause = cause.__context__
    return (cause.strerror if isinstance(cause, OSError) else None) or str(cause)
