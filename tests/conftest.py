"""What holds for every test: no real network, no unasked process, a header that names versions.

A test that starts processes says which with `@pytest.mark.runs("python", ...)`; a test that waits
in real time says so with `@pytest.mark.real_time`.
"""

from __future__ import annotations

import gc
import importlib.metadata
import socket
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.clock import SystemClock

_ROOT = Path(__file__).resolve().parents[1]
_LOOPBACK_NAMES = {"127.0.0.1", "::1", "localhost", None, b"127.0.0.1", b"localhost"}
_COUNTS_FILE = _ROOT / "tests" / "expected_counts.txt"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--expect-counts` compares what was collected with tests/expected_counts.txt."""
    parser.addoption("--expect-counts", action="store_true", help="fail if tests went missing")


def pytest_report_header() -> list[str]:
    """Versions of what the layers stand on."""
    names = ("pulumi", "qdrant-edge-py", "qdrant-client", "hypothesis")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return [f"retrieval-stack: Python {sys.version.split()[0]}, {versions}"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Compare the number of tests per layer with the recorded one, so that none vanishes unseen."""
    if not config.getoption("--expect-counts"):
        return
    counted = Counter(item.path.relative_to(_ROOT / "tests").parts[0] for item in items)
    found = "".join(f"{layer} {counted[layer]}\n" for layer in sorted(counted))
    expected = "".join(
        line
        for line in _COUNTS_FILE.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.split()[0] in counted
    )
    if found != expected:
        message = (
            f"collected tests differ from {_COUNTS_FILE.name}:\nexpected\n{expected}found\n{found}"
            "if tests were added or removed on purpose, run `make golden`"
        )
        raise pytest.UsageError(message)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name look-ups beyond loopback are a defect of the test; pytest-socket refuses connections."""
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        assert host in _LOOPBACK_NAMES, f"a test looked up {host!r}"
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture(autouse=True)
def _named_processes_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only programs that the `runs` marker names may be started."""
    allowed = {name for mark in request.node.iter_markers("runs") for name in mark.args}
    real = subprocess.Popen.__init__

    def spawn(self: Any, args: Any, *rest: Any, **kwargs: Any) -> None:
        first = args if isinstance(args, str) else str(args[0])
        program = "python" if first == sys.executable else Path(first).name
        if program.startswith("python"):
            program = "python"
        assert program in allowed, f"this test may not start {program!r}; see the `runs` marker"
        real(self, args, *rest, **kwargs)

    monkeypatch.setattr(subprocess.Popen, "__init__", spawn)


@pytest.fixture(autouse=True)
def _no_real_waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own code waits through a clock; a unit test passes a fake one."""
    unit = "unit" in request.path.relative_to(_ROOT / "tests").parts[:1]
    if unit and request.node.get_closest_marker("real_time") is None:

        def refuse(self: SystemClock, seconds: float) -> None:
            raise AssertionError(f"a unit test waited {seconds} s in real time; pass a FakeClock")

        monkeypatch.setattr(SystemClock, "sleep", refuse)


@pytest.fixture(autouse=True, scope="module")
def _sdk_loops_are_collected_here(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pulumi's SDK leaves event loops open; collected later, they would fail some other test."""
    yield
    if {"program", "policy", "engine"} & set(request.path.relative_to(_ROOT / "tests").parts):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@pytest.fixture
def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Root of the project under test."""
    return _ROOT
