"""The server as a process: recorded start errors, exit codes, signals, key by environment."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.tei.recorded_cases import Case, cases_of
from tests.contract.tei.serving import Client, wait_until

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]

_START_ERRORS = [
    case
    for case in cases_of("startup.")
    if not case.recorded.get("ready") and case.name != "startup.port_in_use"
]


def command(role: str, flags: Sequence[str]) -> list[str]:
    """The command line of one server."""
    return [sys.executable, "-m", "infra.local.tei", "--role", role, *flags]


def run_to_end(case: Case, root: Path, *extra: str) -> subprocess.CompletedProcess[str]:
    """Run a server that is expected to end by itself."""
    role = "rerank" if "rerank" in case.server.model else "embed"
    return subprocess.run(
        command(role, [*case.server.flags, *extra]),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@contextmanager
def process(
    root: Path, port: int, role: str = "embed", *flags: str, **environment: str
) -> Generator[subprocess.Popen[bytes]]:
    """A server process that answers its health check."""
    with subprocess.Popen(
        command(role, ["--port", str(port), *flags]), cwd=root, env=os.environ | environment
    ) as running:
        try:
            wait_until(lambda: is_listening(port))
            yield running
        finally:
            running.kill()


def is_listening(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("case", _START_ERRORS, ids=lambda case: case.name)
def test_start_error_is_as_recorded(case: Case, project_root: Path, free_port: int) -> None:
    """The exit code, and TEI's own last line where the reason is not the flag parser's."""
    ended = run_to_end(case, project_root, "--port", str(free_port))
    assert ended.returncode == case.recorded["exit_code"]
    assert ended.stdout == ""
    if ended.returncode == 1:
        assert ended.stderr.strip() == case.recorded["log_tail"][-1]
    else:
        assert ended.stderr.startswith("error: ")


def test_port_in_use_ends_with_1(project_root: Path) -> None:
    """A busy port is an error of the start, not a traceback."""
    (case,) = (case for case in cases_of("startup.port_in_use"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run_to_end(case, project_root, "--port", str(taken.getsockname()[1]))
    assert ended.returncode == case.recorded["exit_code"]
    assert "address already in use" in ended.stderr.lower()
    assert "Traceback" not in ended.stderr


def test_pooling_on_a_reranker_is_ignored(project_root: Path, free_port: int) -> None:
    """As recorded, the server starts and warns."""
    (case,) = (case for case in cases_of("startup.") if case.recorded.get("ready"))
    with process(project_root, free_port, "rerank", *case.server.flags):
        client = Client(free_port)
        assert b'"reranker"' in client.send("GET", "/info").body
        client.close()


def test_another_address_than_loopback_is_refused(project_root: Path) -> None:
    """TEI would listen on every interface; the local target never does."""
    ended = subprocess.run(
        command("embed", ["--hostname", "0.0.0.0"]),  # noqa: S104 - what is refused
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert "loopback" in ended.stderr


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_signal_drains_and_ends_with_0(
    ending: signal.Signals, project_root: Path, free_port: int
) -> None:
    """The call in flight gets its answer, new connections are refused, the exit code is 0."""
    with process(project_root, free_port) as server:
        # One word of this many letters keeps the tokenizer busy for about a second.
        body = '{"inputs":"%s","truncation_direction":"left"}' % ("w" * 1_500_000)
        statuses: list[int] = []
        client = Client(free_port)
        call = threading.Thread(
            target=lambda: statuses.append(client.post_json("/embed", body).status)
        )
        call.start()
        watcher = Client(free_port)
        wait_until(lambda: b"te_embed_count 1" in watcher.send("GET", "/metrics").body)
        server.send_signal(ending)
        wait_until(lambda: not is_listening(free_port))
        call.join(timeout=20)
        client.close()
        watcher.close()
        assert server.wait(timeout=20) == 0
    assert statuses == [200]


def test_the_key_comes_by_environment_and_is_never_printed(
    project_root: Path, free_port: int
) -> None:
    """`API_KEY` protects the private routes, as `--api-key` does."""
    with process(project_root, free_port, API_KEY="from-the-environment"):
        client = Client(free_port)
        assert client.post_json("/embed", '{"inputs":"a"}').status == 401
        assert (
            client.post_json("/embed", '{"inputs":"a"}', key="from-the-environment").status == 200
        )
        assert client.send("GET", "/health").status == 200
        client.close()


def test_help_names_every_flag(project_root: Path) -> None:
    """`--help` is the reference of the flags."""
    shown = subprocess.run(
        command("embed", ["--help"]),
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    flags = set(re.findall(r"--[a-z-]+", shown))
    assert {"--model-id", "--max-batch-tokens", "--dimensions", "--api-key"} <= flags
