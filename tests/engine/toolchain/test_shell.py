"""The real CLI from a shell, after `eval "$(retrieval env)"`, on a project with one resource."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from scripts.toolchain.failures import failure

pytestmark = [pytest.mark.engine, pytest.mark.runs("sh")]

UP = "pulumi up --stack one --yes --skip-preview"

SLOW_CREATE = """
import pathlib, time
from typing import Any
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Slow(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        pathlib.Path(props["note"]).write_text("creating")
        time.sleep(1.5)
        return CreateResult("slow", {"note": props["note"]})

class Slowly(Resource):
    def __init__(self, name: str, note: str) -> None:
        super().__init__(Slow(), name, {"note": note})

Slowly("first", NOTE)
Slowly("second", NOTE)
"""


def plugins_of(folder: Path) -> list[psutil.Process]:
    """Processes that run with a throwaway project in their environment."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if str(folder) in process.environ().get("PULUMI_HOME", ""):
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until_gone(folder: Path, seconds: float) -> None:
    """Fail unless all processes of a project end in time."""
    _, alive = psutil.wait_procs(plugins_of(folder), timeout=seconds)
    assert alive == []
    assert plugins_of(folder) == []


def start_slow_update(shell: Any) -> tuple[Any, Path]:
    """An `up` whose first resource is being created."""
    note = shell.folder / "note"
    shell.program(SLOW_CREATE.replace("NOTE", repr(str(note))))
    process = shell.start(f"exec {UP}")
    deadline = time.monotonic() + 30
    while not note.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process, note


def test_a_stack_lives_from_up_to_destroy(shell: Any) -> None:
    """up, a second up without changes, preview, output, refresh and destroy, as a user types."""
    assert "+ 2 created" in shell.run(UP)
    assert "2 unchanged" in shell.run(UP)
    shell.run("pulumi preview --stack one --expect-no-changes")
    assert json.loads(shell.run("pulumi stack output --stack one --json")) == {"value": "first"}
    shell.run("pulumi refresh --stack one --yes --skip-preview")
    shell.program((shell.folder / "stacks" / "__main__.py").read_text().replace("first", "second"))
    assert "1 updated" in shell.run(UP) or "1 replaced" in shell.run(UP)
    assert "- 2 deleted" in shell.run("pulumi destroy --stack one --yes --skip-preview")
    wait_until_gone(shell.folder, 5)


class TestAProgramThatFails:
    """What the user sees, once, and the exit code."""

    def test_an_expected_failure_has_no_traceback(self, shell: Any) -> None:
        """`RunError` is shown as its own text."""
        shell.program("import pulumi\nraise pulumi.RunError('port 8080 is taken')\n")
        out = shell.run(UP, code=1)
        assert out.split("Diagnostics:")[1].count("port 8080 is taken") == 1
        assert "Traceback" not in out

    def test_a_defect_has_one_traceback(self, shell: Any) -> None:
        """An unhandled exception is shown once, from the user's own file on."""
        shell.program("def broken() -> None:\n    raise ValueError('boom')\n\n\nbroken()\n")
        out = shell.run(UP, code=1)
        assert out.count("Traceback (most recent call last)") == 1
        assert "ValueError: boom" in out
        assert "pulumi-language-python-exec" not in out

    def test_a_missing_package_is_named(self, shell: Any) -> None:
        """As when the environment is not the project's."""
        shell.program("import no_such_package\n")
        assert "No module named 'no_such_package'" in shell.run(UP, code=1)


class TestEndings:
    """Interrupted and killed runs."""

    def test_an_interrupted_update_leaves_no_lock(self, shell: Any) -> None:
        """One Ctrl-C: what is being created is finished, nothing runs on, the next `up` works."""
        process, _ = start_slow_update(shell)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        assert "update canceled" in out
        assert "Traceback" not in out
        wait_until_gone(shell.folder, 5)
        shell.run(UP)

    def test_a_killed_engine_leaves_no_process(self, shell: Any) -> None:
        """After kill -9 its plugins end by themselves, and `cancel` removes the lock."""
        process, _ = start_slow_update(shell)
        process.kill()
        process.communicate()
        wait_until_gone(shell.folder, 10)
        out = shell.run(UP, code=1)
        assert "the stack is locked by" in str(failure(["up"], code=1, stderr=out))
        shell.run("pulumi cancel --stack one --yes")
        shell.run(UP)


class TestKnownFailures:
    """Texts of the real CLI that `failures.py` must know."""

    def test_a_stack_that_is_not_there(self, shell: Any) -> None:
        """The stack is named."""
        process = shell.start("pulumi stack output --stack nope")
        out, _ = process.communicate(timeout=30)
        error = failure(["stack"], code=process.returncode, stderr=out)
        assert error.what == "there is no stack nope"

    def test_a_wrong_passphrase(self, shell: Any) -> None:
        """The remedy names the file."""
        out = shell.run(f"PULUMI_CONFIG_PASSPHRASE=wrong {UP}", code=1)
        assert "passphrase does not open" in str(failure(["up"], code=1, stderr=out))

    def test_a_salt_of_another_clone(self, shell: Any) -> None:
        """A stack file with the salt of a passphrase that this clone does not have."""
        foreign = "v1:M3nlhIxp0+Q=:v1:tPUep2TEwiiMn8+l:cllUlOotoewbAKL72P7eCYRiz0Ej5g=="
        (shell.folder / "Pulumi.two.yaml").write_text(f"encryptionsalt: {foreign}\n")
        process = shell.start("pulumi stack init two")
        out, _ = process.communicate(timeout=30)
        assert process.returncode != 0
        error = failure(["stack", "init", "two"], code=process.returncode, stderr=out)
        assert "remove the line `encryptionsalt`" in error.remedy

    def test_no_passphrase(self, shell: Any) -> None:
        """As in a shell without the export lines."""
        out = shell.run(f"unset PULUMI_CONFIG_PASSPHRASE_FILE; {UP}", code=1)
        assert 'eval "$(retrieval env)"' in str(failure(["up"], code=1, stderr=out))

    def test_no_language_host(self, shell: Any, toolchain: Any) -> None:
        """A CLI without its host beside it."""
        bare = shell.folder / "bare"
        bare.mkdir()
        os.link(toolchain.pulumi, bare / "pulumi")
        out = shell.run(f'PATH="{bare}:/usr/bin:/bin"; {UP}', code=1)
        error = failure(["up"], code=1, stderr=out)
        assert error.what == "pulumi cannot run Python programs"


def test_the_program_may_name_its_environment(shell: Any) -> None:
    """The `virtualenv` option works from a folder with a hard name, for program and provider."""
    path = shell.folder / "Pulumi.yaml"
    path.write_text(f"{path.read_text()}    virtualenv: .venv\n")
    assert "+ 2 created" in shell.run(UP)


def test_a_plugin_that_is_missing_is_an_error_at_once(shell: Any, toolchain: Any) -> None:
    """A built CLI does not look for plugins on the network."""
    if toolchain.how != "built":
        pytest.skip(f"the CLI is {toolchain.how}: it may download plugins")
    shell.program(
        "import pulumi\n"
        "pulumi.CustomResource('aws:s3/bucket:Bucket', 'b', {},\n"
        "    pulumi.ResourceOptions(version='7.0.0'))\n"
    )
    assert "no resource plugin 'pulumi-resource-aws'" in shell.run(UP, code=1)
