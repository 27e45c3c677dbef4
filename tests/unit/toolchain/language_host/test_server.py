"""The language host over gRPC, as the engine calls it; programs and plugins are tiny scripts."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf import empty_pb2
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from scripts.toolchain.language_host.program import HostFacts
from scripts.toolchain.language_host.server import LanguageHost

pytestmark = [pytest.mark.runs("python"), pytest.mark.real_time]

TELL = """
import json, os, sys
facts = {"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ), "pgid": os.getpgid(0)}
open(os.environ["TELL_TO"], "w").write(json.dumps(facts))
sys.exit(int(os.environ.get("END_WITH", "0")))
"""
SLEEP = """
import os, pathlib, time
pathlib.Path(os.environ["TELL_TO"]).write_text(str(os.getpid()))
time.sleep(60)
"""


class Engine:
    """One host, and the engine's side of the connection to it."""

    def __init__(self, folder: Path, *, script: str, **env: str) -> None:
        self.folder = folder
        self.tell_to = folder / "told.json"
        exec_script = folder / "exec script"
        exec_script.write_text(script)
        self.host = LanguageHost(
            HostFacts(
                engine_address="127.0.0.1:1",
                exec_script=exec_script,
                python=sys.executable,
                env={"TELL_TO": str(self.tell_to), "OWN": "kept", **env},
            )
        )
        self.host.start()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.host.port}")
        self.calls = language_pb2_grpc.LanguageRuntimeStub(self._channel)

    def close(self) -> None:
        """End the connection and the host."""
        self._channel.close()
        self.host.stop()

    def told(self) -> dict[str, Any]:
        """What the script noted."""
        return json.loads(self.tell_to.read_text())

    def wait_for_pid(self) -> int:
        """Process id that a sleeping script noted."""
        deadline = time.monotonic() + 10
        while not (self.tell_to.exists() and self.tell_to.read_text()):
            assert time.monotonic() < deadline, "the script did not start"
            time.sleep(0.01)
        return int(self.tell_to.read_text())

    def run_request(self, **options: Any) -> language_pb2.RunRequest:
        """As the engine asks for a program in `stacks/`."""
        return language_pb2.RunRequest(
            project="retrieval",
            stack="local",
            organization="organization",
            pwd=str(self.folder),
            parallel=16,
            dryRun=True,
            monitor_address="127.0.0.1:2",
            config={"retrieval:target": "local"},
            configSecretKeys=["retrieval:key"],
            info=language_pb2.ProgramInfo(
                root_directory=str(self.folder),
                program_directory=str(self.folder / "my stacks"),
                entry_point=".",
                options=ParseDict(options, Struct()),
            ),
        )


@pytest.fixture
def make_engine(tmp_path: Path) -> Iterator[Any]:
    """Makes hosts and closes them at the end."""
    made: list[Engine] = []

    def make(script: str = TELL, **env: str) -> Engine:
        made.append(Engine(tmp_path, script=script, **env))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


class TestRun:
    """Programs."""

    def test_the_program_gets_what_the_engine_said(self, make_engine: Any) -> None:
        """Arguments by flag, configuration by environment, output and environment shared."""
        engine = make_engine()
        answer = engine.calls.Run(engine.run_request())
        assert (answer.error, answer.bail) == ("", False)
        told = engine.told()
        program = str(engine.folder / "my stacks")
        assert told["argv"] == [
            *("--monitor", "127.0.0.1:2"),
            *("--engine", "127.0.0.1:1"),
            *("--project", "retrieval"),
            *("--stack", "local"),
            *("--organization", "organization"),
            *("--root_directory", str(engine.folder)),
            *("--pwd", str(engine.folder)),
            *("--dry_run", "true"),
            *("--parallel", "16"),
            program,
        ]
        assert told["cwd"] == str(engine.folder)
        assert told["env"]["OWN"] == "kept"
        assert json.loads(told["env"]["PULUMI_CONFIG"]) == {"retrieval:target": "local"}
        assert json.loads(told["env"]["PULUMI_CONFIG_SECRET_KEYS"]) == ["retrieval:key"]

    @pytest.mark.parametrize(
        ("code", "error", "bail"),
        [
            ("0", "", False),
            ("32", "", True),
            ("3", "program exited with non-zero exit code: 3", False),
        ],
    )
    def test_exit_codes_become_answers(
        self, make_engine: Any, code: str, error: str, bail: bool
    ) -> None:
        """32 says that the user was told already; any other failure is told by the engine."""
        engine = make_engine(END_WITH=code)
        answer = engine.calls.Run(engine.run_request())
        assert (answer.error, answer.bail) == (error, bail)

    def test_a_killed_program_names_the_signal(self, make_engine: Any) -> None:
        """As when the system runs out of memory."""
        engine = make_engine("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        assert "signal SIGKILL" in engine.calls.Run(engine.run_request()).error

    def test_a_wrong_virtualenv_is_an_answer(self, make_engine: Any) -> None:
        """The user sees which folder was meant; the host goes on."""
        engine = make_engine()
        answer = engine.calls.Run(engine.run_request(virtualenv="nowhere"))
        assert "nowhere, which has no bin/python" in answer.error
        assert engine.calls.Run(engine.run_request()).error == ""

    def test_programs_are_not_in_the_hosts_group(self, make_engine: Any) -> None:
        """The engine's interrupt of the group would make a program print a traceback."""
        engine = make_engine()
        engine.calls.Run(engine.run_request())
        assert engine.told()["pgid"] != os.getpgid(0)

    def test_cancel_ends_the_program(self, make_engine: Any) -> None:
        """A cancelled update does not wait for a program that sleeps."""
        engine = make_engine(SLEEP)
        running = engine.calls.Run.future(engine.run_request())
        pid = engine.wait_for_pid()
        engine.calls.Cancel(empty_pb2.Empty())
        assert "signal SIGTERM" in running.result(timeout=10).error
        assert not psutil.pid_exists(pid)

    def test_a_program_that_ignores_the_end_is_killed(self, make_engine: Any) -> None:
        """Stopping the host takes less than the five seconds that the engine allows."""
        ignoring = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SLEEP}"
        engine = make_engine(ignoring)
        running = engine.calls.Run.future(engine.run_request())
        pid = engine.wait_for_pid()
        started = time.monotonic()
        engine.host.stop()
        assert time.monotonic() - started < 4.5
        running.cancel()
        assert not psutil.pid_exists(pid)


class TestRunPlugin:
    """Plugins in Python, above all policy packs."""

    def pack(
        self, engine: Engine, text: str, kind: str = "analyzer"
    ) -> language_pb2.RunPluginRequest:
        """A pack of that text, and the engine's request to run it."""
        folder = engine.folder / "a pack"
        folder.mkdir()
        (folder / "__main__.py").write_text(text)
        env = {"FROM_ENGINE": "a=b", "TELL_TO": str(engine.tell_to)}
        return language_pb2.RunPluginRequest(
            kind=kind,
            pwd=str(engine.folder),
            args=["127.0.0.1:3"],
            env=[f"{name}={value}" for name, value in env.items()],
            info=language_pb2.ProgramInfo(
                root_directory=str(folder), program_directory=str(folder), entry_point="."
            ),
        )

    def test_a_policy_pack_runs_in_its_folder(self, make_engine: Any) -> None:
        """Started by the SDK's policy module, with the engine's address and environment."""
        engine = make_engine()
        request = self.pack(engine, f"print(4242)\nimport sys\nprint('w', file=sys.stderr)\n{TELL}")
        answers = list(engine.calls.RunPlugin(request))
        assert b"".join(answer.stdout for answer in answers) == b"4242\n"
        assert b"".join(answer.stderr for answer in answers) == b"w\n"
        assert answers[-1].WhichOneof("output") == "exitcode"
        assert answers[-1].exitcode == 0
        told = engine.told()
        assert told["argv"] == ["127.0.0.1:3", str(engine.folder / "a pack")]
        assert told["cwd"] == str(engine.folder / "a pack")
        assert told["env"]["FROM_ENGINE"] == "a=b"

    def test_another_plugin_runs_in_the_programs_folder(self, make_engine: Any) -> None:
        """A provider in a folder is started as a folder, with the engine's arguments."""
        engine = make_engine()
        list(engine.calls.RunPlugin(self.pack(engine, TELL, kind="resource")))
        assert engine.told()["argv"] == ["127.0.0.1:3"]
        assert engine.told()["cwd"] == str(engine.folder)

    def test_the_port_is_passed_on_at_once(self, make_engine: Any) -> None:
        """The engine waits for it while the pack goes on running; ending the call ends the pack."""
        engine = make_engine()
        stream = engine.calls.RunPlugin(self.pack(engine, f"print(4242)\n{SLEEP}"))
        heard = b""
        while not heard.endswith(b"\n"):
            heard += next(stream).stdout
        assert heard == b"4242\n"
        pid = engine.wait_for_pid()
        stream.cancel()
        psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
        assert not psutil.pid_exists(pid)

    def test_a_broken_pack_ends_with_its_code(self, make_engine: Any) -> None:
        """The engine learns that the pack did not start."""
        engine = make_engine()
        answers = list(engine.calls.RunPlugin(self.pack(engine, "import sys; sys.exit(7)")))
        assert answers[-1].exitcode == 7

    def test_a_wrong_virtualenv_ends_the_call(self, make_engine: Any) -> None:
        """With a status and the reason."""
        engine = make_engine()
        request = self.pack(engine, TELL)
        ParseDict({"virtualenv": "nowhere"}, request.info.options)
        with pytest.raises(grpc.RpcError) as caught:
            list(engine.calls.RunPlugin(request))
        error: Any = caught.value
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "nowhere" in error.details()


def test_the_small_calls_answer(make_engine: Any) -> None:
    """What the engine asks before a program runs, and `pulumi about`."""
    engine = make_engine()
    assert engine.calls.GetPluginInfo(empty_pb2.Empty()).version == "3.250.0"
    packages = engine.calls.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest())
    assert len(packages.packages) == 0
    assert engine.calls.Handshake(language_pb2.LanguageHandshakeRequest()) is not None
    about = engine.calls.About(language_pb2.AboutRequest())
    assert about.executable == sys.executable


def test_what_is_not_served_says_so(make_engine: Any) -> None:
    """Scaffolding and packaging are not for this host."""
    engine = make_engine()
    with pytest.raises(grpc.RpcError) as caught:
        engine.calls.Pack(language_pb2.PackRequest())
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
