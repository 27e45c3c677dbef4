"""Starts, checks and stops one service process, and never touches anyone else's.

A running process is written down as pid and full command line (interpreter of this project, folder
or port of this stack). Both must match before a signal is sent, so a pid that the system has given
to a stranger since is never killed. Start instants would not do: they move with the system's clock.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from infra.clock import Clock, SystemClock
from infra.errors import OperatorError, PortInUseError, ServiceUnavailableError
from infra.local.keys import digest_of_keys, ensure_key, write_client_keys
from infra.local.spec import ServiceSpec

HEALTH_TIMEOUT_S = 10.0
"""A busy TEI answers its health check only after the running batch: seconds, not milliseconds."""

_POLL_S = 0.05
_LOG_TAIL_LINES = 12

_started: dict[int, subprocess.Popen[bytes]] = {}
"""Children of this process. Services outlive their starter on purpose; while it lives, it must not
lose sight of them, or their exit status is never collected."""


class ServiceState(StrEnum):
    """What became of a service process."""

    RUNNING = "running"
    UNHEALTHY = "unhealthy"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningProcess:
    """Identity of a started process, and a digest of the keys that it was started with."""

    pid: int
    command: tuple[str, ...]
    keys: str | None


def start(spec: ServiceSpec, *, clock: Clock | None = None) -> RunningProcess:
    """Start the service and wait until it is ready. An own process left over is stopped first.

    Raises:
        PortInUseError: the port belongs to a process that is not ours; nothing was touched.
        ServiceUnavailableError: the process ended or was not ready in time; it is gone again.
    """
    clock = clock or SystemClock()
    stop(spec)
    _require_free_port(spec)
    process = _spawn(spec)
    try:
        running = _write_record(spec, process.pid)
        _wait_until_ready(spec, process, clock)
    except BaseException:
        process.kill()
        process.wait()
        spec.record_file.unlink(missing_ok=True)
        raise
    _started[process.pid] = process
    return running


def restart(old: ServiceSpec, new: ServiceSpec, *, clock: Clock | None = None) -> RunningProcess:
    """Replace the process of `old` by one of `new`. If `new` cannot start, `old` runs again.

    Raises:
        PortInUseError: the new port belongs to a process that is not ours; `old` was not touched.
        ServiceUnavailableError: `new` did not become ready; `old` was started again.
    """
    if new.port != old.port and _orphan(new) is None:
        _require_free_port(new)
    was_running = _own_process(old) is not None
    stop(old)
    try:
        return start(new, clock=clock)
    except OperatorError:
        if was_running:
            start(old, clock=clock)
        raise


def stop(spec: ServiceSpec) -> None:
    """Stop the service if it runs: asked first, killed after its grace. Its data stays."""
    process = _own_process(spec)
    if process is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
            try:
                process.wait(timeout=spec.stop_grace_s)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(timeout=spec.stop_grace_s)
    for pid in [pid for pid, child in _started.items() if child.poll() is not None]:
        del _started[pid]
    spec.record_file.unlink(missing_ok=True)


def state(spec: ServiceSpec) -> ServiceState:
    """Whether the service's own process lives, answers its health check and can be called.

    A service whose key files are gone, or are not those it was started with, cannot be called by
    anyone: it counts as unhealthy, so that `up` gives it the keys of now.
    """
    if _own_process(spec) is None:
        return ServiceState.STOPPED
    recorded = _read_record(spec.record_file)
    has_keys_of_now = recorded is None or recorded.keys == _keys(spec)
    healthy = has_keys_of_now and _is_healthy(spec, HEALTH_TIMEOUT_S)
    return ServiceState.RUNNING if healthy else ServiceState.UNHEALTHY


def running_process(spec: ServiceSpec) -> RunningProcess | None:
    """The service's own living process."""
    process = _own_process(spec)
    if process is None:
        return None
    return RunningProcess(pid=process.pid, command=_command(process), keys=_keys(spec))


def _own_process(spec: ServiceSpec) -> psutil.Process | None:
    """The service's living process: by its record, else by its port and command line."""
    recorded = _read_record(spec.record_file)
    if recorded is not None:
        process = _living(recorded.pid)
        if process is not None and _command(process) == recorded.command:
            return process
    return _orphan(spec)


def _orphan(spec: ServiceSpec) -> psutil.Process | None:
    """Our process on the port, whose starter was killed before it could write the record."""
    owner = _port_owner(spec.port)
    return owner if owner is not None and _command(owner) == tuple(spec.command) else None


def _living(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        # Nobody collects the exit status of a process whose starter is gone: a zombie is dead.
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def _command(process: psutil.Process) -> tuple[str, ...]:
    try:
        return tuple(process.cmdline())
    except psutil.Error:
        return ()


def _read_record(path: Path) -> RunningProcess | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return RunningProcess(
            pid=int(data["pid"]), command=tuple(data["command"]), keys=data["keys"]
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write_record(spec: ServiceSpec, pid: int) -> RunningProcess:
    process = RunningProcess(pid=pid, command=tuple(spec.command), keys=_keys(spec))
    fresh = spec.record_file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(process), indent=1), encoding="utf-8")
    fresh.replace(spec.record_file)
    return process


def _keys(spec: ServiceSpec) -> str | None:
    return digest_of_keys(spec.keys_folder, spec.key_names)


def _require_free_port(spec: ServiceSpec) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", spec.port))
        except OSError as problem:
            raise PortInUseError(
                f"port {spec.port} for {spec.name} is in use",
                why=f"it belongs to {_describe_owner(spec.port)}, which this stack did not start",
                remedy="stop that process, or choose another port with "
                f"`pulumi config set --path retrieval:local.{spec.name}_port PORT`",
            ) from problem


def _port_owner(port: int) -> psutil.Process | None:
    """The process that listens on a port, where the system lets us see it."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            for connection in process.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    return process
    return None


def _describe_owner(port: int) -> str:
    owner = _port_owner(port)
    if owner is None:
        return "a process that is not visible to this user"
    return f"process {owner.pid} ({' '.join(_command(owner))[:80]})"


def _spawn(spec: ServiceSpec) -> subprocess.Popen[bytes]:
    for folder in (spec.record_file.parent, spec.log_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    if spec.log_file.exists():
        spec.log_file.replace(spec.log_file.with_suffix(".log.1"))
    if spec.client_keys:
        write_client_keys(spec.keys_folder, spec.client_keys)
    environment = {
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
        **spec.environment,
        **{
            variable: ensure_key(spec.keys_folder / secret_name)
            for variable, secret_name in spec.secret_environment.items()
        },
    }
    with spec.log_file.open("wb") as log:
        return subprocess.Popen(
            spec.command,
            cwd=spec.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal of `up` must not reach the services
        )


def _wait_until_ready(spec: ServiceSpec, process: subprocess.Popen[bytes], clock: Clock) -> None:
    deadline = clock.monotonic_s() + spec.start_deadline_s
    while True:
        healthy = _is_healthy(spec, timeout_s=1.0)
        code = process.poll()
        if code is not None:
            raise _not_ready(spec, f"its process ended with exit code {code}")
        if healthy:
            return
        if clock.monotonic_s() > deadline:
            raise _not_ready(
                spec, f"no answer from {spec.url}{spec.health_path} in {spec.start_deadline_s:g} s"
            )
        clock.sleep(_POLL_S)


def _not_ready(spec: ServiceSpec, reason: str) -> ServiceUnavailableError:
    tail = spec.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    shown = "".join(f"\n  | {line}" for line in tail[-_LOG_TAIL_LINES:]) or "\n  | (empty)"
    return ServiceUnavailableError(
        f"{spec.name} did not start",
        why=f"{reason}; the end of its log:{shown}",
        remedy=f"read {spec.log_file}, mend the cause and run `make up` again",
    )


def _is_healthy(spec: ServiceSpec, timeout_s: float) -> bool:
    # Not urllib or requests: a proxy named in the environment must not see a loopback check.
    connection = http.client.HTTPConnection("127.0.0.1", spec.port, timeout=timeout_s)
    try:
        connection.request("GET", spec.health_path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
