"""The real runner and downloader, on loopback and on small Python processes."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from infra.clock import SystemClock
from scripts.toolchain.machine import HttpsDownloader, SystemRunner, WayFailedError

pytestmark = [pytest.mark.runs("python"), pytest.mark.real_time]


@pytest.fixture
def runner() -> SystemRunner:
    """The real runner."""
    return SystemRunner(SystemClock())


class TestRunner:
    """Commands as child processes."""

    def test_much_output_does_not_block(self, runner: SystemRunner) -> None:
        """A megabyte on each stream arrives whole, with the exit code."""
        code = "import sys; print('o' * 10**6); print('e' * 10**6, file=sys.stderr); sys.exit(5)"
        done = runner.run([sys.executable, "-c", code], env={}, timeout_s=20)
        assert (done.code, len(done.out), len(done.err)) == (5, 10**6 + 1, 10**6 + 1)

    def test_a_missing_command_is_a_reason(self, runner: SystemRunner, tmp_path: Path) -> None:
        """It says what cannot be started and why."""
        missing = tmp_path / "python-missing"
        with pytest.raises(WayFailedError, match="python-missing cannot be started: No such file"):
            runner.run([str(missing)], env={}, timeout_s=20)

    def test_a_hanging_command_is_ended(self, runner: SystemRunner, tmp_path: Path) -> None:
        """After the timeout the process is gone, even if it ignores interrupts."""
        pid = tmp_path / "pid"
        code = (
            "import os, pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
            "pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
        )
        ticks: list[float] = []
        with pytest.raises(WayFailedError, match="did not end within 2 s"):
            runner.run(
                [sys.executable, "-c", code, str(pid)], env={}, timeout_s=1.6, tick=ticks.append
            )
        assert len(ticks) >= 1
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)

    def test_an_interrupt_ends_the_command_first(
        self, runner: SystemRunner, tmp_path: Path
    ) -> None:
        """Ctrl-C during a build leaves no build behind."""
        pid = tmp_path / "pid"
        code = (
            "import os, pathlib, sys, time; "
            "pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
        )

        def interrupt_when_started(elapsed_s: float) -> None:
            if pid.exists():
                os.kill(os.getpid(), signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            runner.run(
                [sys.executable, "-c", code, str(pid)],
                env={},
                timeout_s=30,
                tick=interrupt_when_started,
            )
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


def answer_with(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes) -> None:
    """Let the HTTP library answer without a connection."""

    def get(url: str, **kwargs: object) -> requests.Response:
        response = requests.Response()
        response.url, response.status_code, response.raw = url, status, io.BytesIO(body)
        return response

    monkeypatch.setattr(requests, "get", get)


class TestDownloader:
    """Downloads in one try, over https only."""

    @pytest.fixture
    def plain_site(self) -> Iterator[str]:
        """A site without TLS on loopback."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"data")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - base's name
                pass

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}/file"
            server.shutdown()
            thread.join()

    def test_a_site_without_tls_is_refused(self, plain_site: str, tmp_path: Path) -> None:
        """Nothing of its answer is kept."""
        with pytest.raises(WayFailedError, match="is not https"):
            HttpsDownloader(SystemClock()).fetch(plain_site, tmp_path / "file")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(("status", "reason"), [(404, "answered 404"), (503, "answered 503")])
    def test_another_answer_than_200_is_a_reason(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, reason: str
    ) -> None:
        """An error page is not a release."""
        answer_with(monkeypatch, status, b"<html>")
        with pytest.raises(WayFailedError, match=reason):
            HttpsDownloader(SystemClock()).fetch("https://site/file", tmp_path / "file")
        assert list(tmp_path.iterdir()) == []

    def test_the_answer_becomes_a_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Every byte arrives, and the progress is told on the way."""
        data = bytes(range(256)) * 10_000
        answer_with(monkeypatch, 200, data)
        ticks: list[float] = []
        HttpsDownloader(SystemClock()).fetch(
            "https://site/file", tmp_path / "file", tick=ticks.append
        )
        assert (tmp_path / "file").read_bytes() == data
        assert len(ticks) == 3

    def test_an_unreachable_site_gives_the_systems_reason(
        self, free_port: int, tmp_path: Path
    ) -> None:
        """The reason is what the system said, not the layers that wrapped it."""
        url = f"https://127.0.0.1:{free_port}/file"
        with pytest.raises(WayFailedError, match=r"cannot be reached \(Connection refused\)"):
            HttpsDownloader(SystemClock()).fetch(url, tmp_path / "file")
