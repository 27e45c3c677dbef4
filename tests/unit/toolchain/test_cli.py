"""`PulumiCli` against a small shell script in the place of `pulumi`."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from infra.errors import StackError, ToolMissingError
from scripts.toolchain.cli import PulumiCli
from scripts.toolchain.pins import How, Toolchain

pytestmark = [pytest.mark.runs("pulumi"), pytest.mark.real_time]


def a_cli(folder: Path, script: str) -> PulumiCli:
    """The runner, with a script as its `pulumi`."""
    pulumi = folder / "pulumi"
    pulumi.write_text(f"#!/bin/sh\n{script}\n")
    pulumi.chmod(0o755)
    toolchain = Toolchain(pulumi=pulumi, version="3.250.0", how=How.PATH, folder=folder)
    return PulumiCli(toolchain=toolchain, env={"PATH": "/usr/bin:/bin", "A": "b c"}, folder=folder)


class TestShow:
    """Commands whose output is for the user."""

    def test_both_streams_reach_the_user(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Arguments, environment and folder arrive; output goes where it belongs."""
        a_cli(tmp_path, 'echo "$1 $A $PWD"; echo careful >&2').show("up")
        captured = capfd.readouterr()
        assert captured.out == f"up b c {tmp_path}\n"
        assert captured.err == "careful\n"

    def test_a_failure_is_an_operator_error(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """What pulumi said is shown once and understood."""
        cli = a_cli(tmp_path, "echo \"error: no stack named 'x' found\" >&2; exit 6")
        with pytest.raises(StackError, match="there is no stack x"):
            cli.show("up")
        assert capfd.readouterr().err.count("no stack named") == 1

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupt_reaches_pulumi_once(self, tmp_path: Path, number: signal.Signals) -> None:
        """Pulumi gets one interrupt, ends in its own time, and only then we are interrupted."""
        note = tmp_path / "note"
        cli = a_cli(
            tmp_path,
            f'trap \'echo interrupted >> "{note}"\' INT; echo started > "{note}"\n'
            f'for i in 1 2 3 4 5; do sleep 0.1; done; echo ended >> "{note}"',
        )

        def interrupt() -> None:
            deadline = time.monotonic() + 10
            while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
                time.sleep(0.01)
            os.kill(os.getpid(), number)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            cli.show("up")
        thread.join()
        assert note.read_text().split() == ["started", "interrupted", "ended"]

    def test_the_callers_handlers_come_back(self, tmp_path: Path) -> None:
        """After the command, signals mean what they meant before."""
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        a_cli(tmp_path, "true").show("up")
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before

    def test_a_process_left_behind_does_not_hold_us(self, tmp_path: Path) -> None:
        """A service that inherits pulumi's stderr must not keep `up` from returning."""
        started = time.monotonic()
        a_cli(tmp_path, "sleep 60 >/dev/null & echo $! > service").show("up")
        service = int((tmp_path / "service").read_text())
        os.kill(service, signal.SIGKILL)
        assert time.monotonic() - started < 10


class TestRead:
    """Commands whose output is for us."""

    def test_json_is_parsed(self, tmp_path: Path) -> None:
        """The answer's value, whatever the warnings on stderr."""
        cli = a_cli(tmp_path, "echo '{\"a\": [1]}'; echo warning >&2")
        assert cli.read_json("stack", "output", "--json") == {"a": [1]}

    def test_an_answer_that_is_not_json_is_told(self, tmp_path: Path) -> None:
        """With its beginning, and the command to run by hand."""
        cli = a_cli(tmp_path, "echo Welcome")
        with pytest.raises(StackError, match=r"`pulumi stack ls` .* not JSON.*'Welcome"):
            cli.read_json("stack", "ls")

    def test_a_failure_keeps_pulumis_words(self, tmp_path: Path) -> None:
        """stderr is not shown, so the error carries it."""
        cli = a_cli(tmp_path, "echo 'error: it is late' >&2; exit 1")
        with pytest.raises(StackError, match="it is late"):
            cli.read("stack", "ls")


def test_a_vanished_cli_is_told(tmp_path: Path) -> None:
    """Between finding and running it, the file may have gone."""
    cli = a_cli(tmp_path, "true")
    cli.toolchain.pulumi.unlink()
    with pytest.raises(ToolMissingError, match="cannot be started"):
        cli.read("version")
