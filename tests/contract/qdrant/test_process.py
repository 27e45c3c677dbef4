"""The service as a process: one per data folder, clear refusals, a clean end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.qdrant.server import Server, free_port, running

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The service with these arguments, expected to end by itself."""
    command = [sys.executable, "-m", "infra.local.qdrant", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


def test_second_process_on_a_folder_is_refused(storage: Path) -> None:
    """It ends with exit code 1 and says what to do; the first goes on."""
    with running(storage):
        ended = run("--storage", str(storage), "--port", str(free_port()))

    assert ended.returncode == 1
    assert f"data folder {storage} is in use" in ended.stderr
    assert "hint: stop that process" in ended.stderr


def test_folder_is_free_after_a_clean_end(storage: Path) -> None:
    """SIGTERM ends the process with exit code 0 and another may take the folder."""
    server = Server(storage)
    assert server.stop() == 0
    server.restart()
    assert server.stop() == 0


def test_damaged_catalog_is_named(storage: Path) -> None:
    """A catalog that is not JSON is one message, not a traceback."""
    storage.mkdir()
    (storage / "catalog.json").write_text("{")

    ended = run("--storage", str(storage), "--port", str(free_port()))

    assert ended.returncode == 1
    assert "catalog.json cannot be read" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["--storage", "x", "--port", "y"], {}, "invalid int value: 'y'"),
        (["--port", "1"], {}, "the following arguments are required: --storage"),
        (
            ["--storage", "x", "--port", "1"],
            {"QDRANT__SERVICE__JWT_RBAC": "maybe"},
            "it is neither true nor false",
        ),
        (
            ["--storage", "x", "--port", "1"],
            {"QDRANT__SERVICE__MAX_REQUEST_SIZE_MB": "0"},
            "it is not a positive number of megabytes",
        ),
    ],
)
def test_wrong_start_is_one_message(
    arguments: list[str], environment: dict[str, str], message: str
) -> None:
    """A wrong command line or environment ends with exit code 1 and the rule that it breaks."""
    ended = run(*arguments, **environment)

    assert ended.returncode == 1
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_other_than_loopback_is_refused(storage: Path) -> None:
    """The service never listens where another machine could reach it."""
    ended = run("--storage", str(storage), "--host", "0.0.0.0", "--port", str(free_port()))  # noqa: S104  # the refused value

    assert ended.returncode == 1
    assert "loopback addresses only" in ended.stderr
