"""The supervisor starts, sees, repairs and stops its own processes, and spares everyone else's.

These tests start real processes, since process identity is what they are about; each one is a
small Python server that is stopped at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.errors import PortInUseError, ServiceUnavailableError
from infra.local import supervisor
from infra.local.spec import ServiceSpec
from infra.local.supervisor import ServiceState

pytestmark = [pytest.mark.runs("python"), pytest.mark.real_time]

SERVER = textwrap.dedent("""
    import http.server, os, sys
    port, answer = int(sys.argv[1]), int(sys.argv[2])
    print("starting with", sorted(k for k in os.environ if k.startswith("FAKE_")), flush=True)
    if answer == 0:
        print("no such model", flush=True)
        sys.exit(3)
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(answer)
            self.end_headers()
        def log_message(self, *args):
            pass
    http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
""")


@pytest.fixture
def spec(tmp_path: Path, free_port: int) -> Iterator[ServiceSpec]:
    """A service whose folder has a space in its name; stopped afterwards."""
    folder = tmp_path / "a stack"
    folder.mkdir()
    (folder / "server.py").write_text(SERVER)
    made = make_spec(folder, free_port, answer=200)
    yield made
    supervisor.stop(made)


def another_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_spec(folder: Path, port: int, *, answer: int, deadline_s: float = 20) -> ServiceSpec:
    """A service that answers its health check with `answer`, or exits at once for 0."""
    return ServiceSpec(
        name="fake",
        folder=folder,
        python=Path(sys.executable),
        arguments=("server.py", str(port), str(answer)),
        port=port,
        health_path="/health",
        start_deadline_s=deadline_s,
        stop_grace_s=5,
        code_version="1",
        environment={"FAKE_PLAIN": "yes"},
        secret_environment={"FAKE_KEY": "fake_key"},
        client_keys={"app_key": ["search"]},
    )


class TestStart:
    """Starting."""

    def test_a_started_service_runs_and_is_written_down(self, spec: ServiceSpec) -> None:
        """After start the process lives, answers, and its record names it."""
        running = supervisor.start(spec)
        assert supervisor.state(spec) is ServiceState.RUNNING
        assert json.loads(spec.record_file.read_text())["pid"] == running.pid

    def test_secrets_reach_the_process_but_no_file_except_their_own(
        self, spec: ServiceSpec
    ) -> None:
        """The key is in the process's environment; record, log and command line lack it."""
        running = supervisor.start(spec)
        key = (spec.keys_folder / "fake_key").read_text()
        assert psutil.Process(running.pid).environ()["FAKE_KEY"] == key
        assert (spec.keys_folder / "fake_key").stat().st_mode & 0o077 == 0
        clients = (spec.keys_folder / "clients.json").read_text()
        client_key = (spec.keys_folder / "app_key").read_text()
        assert hashlib.sha256(client_key.encode()).hexdigest() in clients
        assert client_key not in clients
        assert "FAKE_KEY" in spec.log_file.read_text()
        for text in (spec.record_file.read_text(), spec.log_file.read_text(), *running.command):
            assert key not in text

    def test_a_service_that_exits_shows_its_last_words(self, spec: ServiceSpec) -> None:
        """A failed start names the exit code and the end of the log, and leaves nothing."""
        broken = make_spec(spec.folder, spec.port, answer=0)
        with pytest.raises(ServiceUnavailableError, match=r"(?s)exit code 3.*no such model"):
            supervisor.start(broken)
        assert supervisor.state(broken) is ServiceState.STOPPED
        assert not broken.record_file.exists()

    def test_a_service_that_is_never_ready_is_removed(self, spec: ServiceSpec) -> None:
        """A half-started service does not stay behind."""
        sick = make_spec(spec.folder, spec.port, answer=503, deadline_s=1)
        with pytest.raises(ServiceUnavailableError, match=r"no answer from .* in 1 s"):
            supervisor.start(sick)
        assert supervisor.running_process(sick) is None

    def test_a_port_of_a_stranger_is_refused(self, spec: ServiceSpec) -> None:
        """A taken port is an error that names the setting, and the stranger is unharmed."""
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", spec.port))
            stranger.listen()
            with pytest.raises(PortInUseError, match=rf"process {os.getpid()}.*") as caught:
                supervisor.start(spec)
            assert "retrieval:local.fake_port" in caught.value.remedy
            assert stranger.getsockname()[1] == spec.port

    def test_starting_again_replaces_the_own_process(self, spec: ServiceSpec) -> None:
        """A second start stops the first process, so that two never share a folder."""
        first = supervisor.start(spec)
        second = supervisor.start(spec)
        assert first.pid != second.pid
        assert not psutil.pid_exists(first.pid)

    def test_a_process_whose_starter_died_early_is_found(self, spec: ServiceSpec) -> None:
        """Without a record, the port and the exact command line tell that a process is ours."""
        orphan = supervisor.start(spec)
        spec.record_file.unlink()
        running = supervisor.running_process(spec)
        assert running is not None
        assert running.pid == orphan.pid


class TestRestart:
    """Replacing a process by one with another spec."""

    def test_a_moved_service_leaves_its_old_port(self, spec: ServiceSpec) -> None:
        """After a restart only the new process runs."""
        old = supervisor.start(spec)
        moved = make_spec(spec.folder, another_port(), answer=200)
        supervisor.restart(spec, moved)
        try:
            assert not psutil.pid_exists(old.pid)
            assert supervisor.state(moved) is ServiceState.RUNNING
        finally:
            supervisor.stop(moved)

    def test_a_taken_port_leaves_the_old_process_alone(self, spec: ServiceSpec) -> None:
        """A wrong port in the settings does not cost the service that runs."""
        old = supervisor.start(spec)
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.listen()
            moved = make_spec(spec.folder, stranger.getsockname()[1], answer=200)
            with pytest.raises(PortInUseError):
                supervisor.restart(spec, moved)
        assert supervisor.running_process(spec) == old

    def test_a_failed_restart_brings_the_old_service_back(self, spec: ServiceSpec) -> None:
        """Settings that do not start are reported, and the service runs as before."""
        supervisor.start(spec)
        with pytest.raises(ServiceUnavailableError, match="no such model"):
            supervisor.restart(spec, make_spec(spec.folder, spec.port, answer=0))
        assert supervisor.state(spec) is ServiceState.RUNNING


class TestState:
    """Seeing what became of a process."""

    def test_a_killed_service_is_stopped(self, spec: ServiceSpec) -> None:
        """kill -9 is seen although nobody collects the exit status."""
        running = supervisor.start(spec)
        os.kill(running.pid, signal.SIGKILL)
        gone, _ = psutil.wait_procs([psutil.Process(running.pid)], timeout=5)
        assert gone
        assert supervisor.state(spec) is ServiceState.STOPPED

    def test_a_service_whose_key_is_gone_is_unhealthy(self, spec: ServiceSpec) -> None:
        """Nobody can call a service whose key was deleted, so it needs a new start."""
        supervisor.start(spec)
        (spec.keys_folder / "fake_key").unlink()
        assert supervisor.state(spec) is ServiceState.UNHEALTHY
        supervisor.start(spec)
        assert supervisor.state(spec) is ServiceState.RUNNING

    def test_a_changed_key_needs_a_new_start(self, spec: ServiceSpec) -> None:
        """Putting another value into a key file and starting again changes the key."""
        supervisor.start(spec)
        (spec.keys_folder / "fake_key").write_text("another")
        assert supervisor.state(spec) is ServiceState.UNHEALTHY
        running = supervisor.start(spec)
        assert supervisor.state(spec) is ServiceState.RUNNING
        assert psutil.Process(running.pid).environ()["FAKE_KEY"] == "another"

    def test_a_hung_service_is_unhealthy_and_can_be_repaired(
        self, spec: ServiceSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A process that lives but does not answer is told apart, and start replaces it."""
        monkeypatch.setattr(supervisor, "HEALTH_TIMEOUT_S", 0.3)
        hung = supervisor.start(spec.model_copy(update={"stop_grace_s": 0.3}))
        os.kill(hung.pid, signal.SIGSTOP)
        assert supervisor.state(spec) is ServiceState.UNHEALTHY
        fresh = supervisor.start(spec.model_copy(update={"stop_grace_s": 0.3}))
        assert fresh.pid != hung.pid
        assert supervisor.state(spec) is ServiceState.RUNNING


class TestStop:
    """Stopping."""

    def test_stop_ends_the_process_and_keeps_the_folder(self, spec: ServiceSpec) -> None:
        """After stop nothing runs, and files of the stack are still there."""
        running = supervisor.start(spec)
        supervisor.stop(spec)
        assert not psutil.pid_exists(running.pid)
        assert (spec.keys_folder / "fake_key").exists()
        assert not spec.record_file.exists()

    def test_stop_without_a_process_does_nothing(self, spec: ServiceSpec) -> None:
        """Stopping twice is no error."""
        supervisor.stop(spec)
        supervisor.stop(spec)

    def test_a_reused_pid_is_never_killed(self, spec: ServiceSpec) -> None:
        """A record whose pid now belongs to a stranger leads to no signal."""
        stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        try:
            spec.record_file.parent.mkdir(parents=True)
            spec.record_file.write_text(json.dumps({"pid": stranger.pid, "command": spec.command}))
            assert supervisor.state(spec) is ServiceState.STOPPED
            supervisor.stop(spec)
            assert stranger.poll() is None
        finally:
            stranger.communicate(b"\n", timeout=10)

    @pytest.mark.parametrize("text", ["", "{", '{"pid": "x"}', "[]", '{"pid": 1}'])
    def test_a_damaged_record_is_no_record(self, spec: ServiceSpec, text: str) -> None:
        """A record cut short by a crash does not stop the next start."""
        spec.record_file.parent.mkdir(parents=True)
        spec.record_file.write_text(text)
        assert supervisor.running_process(spec) is None
        supervisor.start(spec)
        assert supervisor.state(spec) is ServiceState.RUNNING
