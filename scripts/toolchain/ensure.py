"""One function for everything that needs a Pulumi CLI: `ensure_pulumi`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from infra.errors import ToolMissingError
from scripts.toolchain.build import GO_MODULE, build_from_modules
from scripts.toolchain.launchers import launcher_texts, write_launchers
from scripts.toolchain.machine import Machine, WayFailedError, this_machine
from scripts.toolchain.official import install_official
from scripts.toolchain.on_path import NOT_THERE, find_on_path
from scripts.toolchain.pins import PINNED_VERSION, How, Toolchain, parse_version, platform_name
from scripts.toolchain.progress import ConsoleProgress, Progress
from scripts.toolchain.store import Store

# Where this code lies: launchers import from here, and the Go module of the build is here.
CODE_ROOT = Path(__file__).resolve().parents[2]
_CHECK_TIMEOUT_S = 60.0


def ensure_pulumi(
    project_root: Path,
    *,
    env: Mapping[str, str],
    machine: Machine | None = None,
    progress: Progress | None = None,
) -> Toolchain:
    """Find a Pulumi CLI that is new enough, or install one into `.tools` of the project.

    The order: `pulumi` on PATH, what an earlier call installed, the official release, a build from
    Go modules (minutes, shown on stderr). Later calls take milliseconds.

    Args:
        project_root: folder of Pulumi.yaml; its `.venv` runs the language host of a built CLI.
        env: environment to look in (PATH) and to run commands with.
        machine: the outside world; tests pass their own.
        progress: where to talk; stderr by default.

    Raises:
        ToolMissingError: none of the three ways worked; it tells why, for each.
    """
    root = project_root.resolve()
    installer = _Installer(root, env, machine or this_machine(), progress or ConsoleProgress())
    return installer.find() or installer.install()


class _Installer:
    def __init__(
        self, root: Path, env: Mapping[str, str], machine: Machine, progress: Progress
    ) -> None:
        self._root = root
        self._env = env
        self._machine = machine
        self._progress = progress
        self._platform = platform_name(system=machine.system, machine=machine.machine)
        self._store = Store(root, platform=self._platform)
        self._failures: dict[str, str] = {}

    def find(self) -> Toolchain | None:
        try:
            return find_on_path(self._store, env=self._env, machine=self._machine)
        except WayFailedError as reason:
            self._failures["pulumi on PATH"] = str(reason)
            if str(reason) != NOT_THERE:
                self._progress.say(f"note: {reason}; it is not used")
        return self._cached()

    def install(self) -> Toolchain:
        try:
            with self._store.locked(self._machine.clock, when_waiting=self._tell_waiting):
                done = self._cached() or self._try_official() or self._try_build()
        except OSError as error:
            raise ToolMissingError(
                f"no Pulumi CLI can be installed into {self._store.root}",
                why=f"{error.strerror} ({error.filename})",
                remedy="make that folder writable, with room for the CLI, or install Pulumi "
                f"{PINNED_VERSION} or newer so that `pulumi` is on PATH",
            ) from error
        if done is None:
            raise self._missing()
        self._progress.say(f"Pulumi {done.version} is ready ({done.how}): {done.pulumi}")
        return done

    def _tell_waiting(self) -> None:
        self._progress.say("another run is installing Pulumi for this project: waiting for it")

    def _cached(self) -> Toolchain | None:
        found = self._store.installed()
        if found is not None and found.how is How.BUILT:
            # The project's folder may have moved since, or have been copied.
            self._write_launchers(found.folder)
        return found

    def _try_official(self) -> Toolchain | None:
        def fill(folder: Path) -> None:
            install_official(
                folder,
                platform=self._platform,
                machine=self._machine,
                progress=self._progress,
            )

        return self._attempt("official release", How.OFFICIAL, fill)

    def _try_build(self) -> Toolchain | None:
        def fill(folder: Path) -> None:
            build_from_modules(
                folder,
                go_module=CODE_ROOT / GO_MODULE,
                env=self._env,
                machine=self._machine,
                progress=self._progress,
            )

        done = self._attempt("build from Go modules", How.BUILT, fill)
        if done is not None:
            self._write_launchers(done.folder)
        return done

    def _attempt(self, way: str, how: How, fill: Callable[[Path], None]) -> Toolchain | None:
        def fill_and_check(folder: Path) -> None:
            fill(folder)
            self._check(folder / "pulumi")

        try:
            return self._store.install(how, fill_and_check)
        except WayFailedError as reason:
            self._failures[way] = str(reason)
            self._progress.say(f"note: {way}: {reason}")
            return None

    def _check(self, pulumi: Path) -> None:
        quiet = {**self._env, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        answer = self._machine.runner.run(
            [str(pulumi), "version"], env=quiet, timeout_s=_CHECK_TIMEOUT_S
        )
        if answer.code != 0 or parse_version(answer.out) != parse_version(PINNED_VERSION):
            raise WayFailedError(
                f"the new pulumi does not answer as version {PINNED_VERSION}: exit code "
                f"{answer.code}, {(answer.out or answer.err).strip()[:200]!r}"
            )

    def _write_launchers(self, folder: Path) -> None:
        python = self._root / ".venv" / "bin" / "python"
        texts = launcher_texts(code_root=CODE_ROOT, python=python, folder=folder)
        write_launchers(texts, folder)

    def _missing(self) -> ToolMissingError:
        reasons = "; ".join(f"{way}: {reason}" for way, reason in self._failures.items())
        return ToolMissingError(
            "no Pulumi CLI",
            why=f"none of the three ways worked. {reasons}",
            remedy=f"install Pulumi {PINNED_VERSION} or newer so that `pulumi` is on PATH "
            "(https://www.pulumi.com/docs/install/), or make its download site reachable, or "
            "install Go (https://go.dev/dl/) with a reachable module proxy (GOPROXY); then run "
            "the command again",
        )
