"""The local stack under the real engine: up, no-op, drift, repair, update, destroy.

The tests of this module share one stack and bring it back to what they found.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from pulumi import automation
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, VectorParams

from infra.errors import OperatorError, StackError
from scripts.deployment import Deployment
from scripts.health import probe
from scripts.stack import StackOperator
from tests.engine.conftest import STACK, free_ports, write_settings

pytestmark = [pytest.mark.runs("pulumi", "python", "sh", "git"), pytest.mark.real_time]

KEYS = (
    "gateway_application_key",
    "gateway_operator_key",
    "qdrant_api_key",
    "qdrant_read_only_api_key",
    "tei_api_key",
)


@pytest.fixture
def up(operator: StackOperator) -> Deployment:
    """The stack as its settings say, with every service healthy."""
    operator.up(None)
    return operator.connect(None)


def pids(project: Path) -> dict[str, int]:
    """Process id of each service, from the supervisor's records."""
    records = (project / "data" / "run").glob("*.json")
    return {path.stem: json.loads(path.read_text())["pid"] for path in records}


def sick(deployment: Deployment) -> list[str]:
    """Names of services that do not answer."""
    return [service.name for service in probe(deployment) if not service.healthy]


def client_of(deployment: Deployment) -> QdrantClient:
    """The official client; its warning about keys without TLS does not apply on loopback."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return QdrantClient(
            url=deployment.endpoints.qdrant, api_key=deployment.secrets["qdrant_api_key"]
        )


def kill(pid: int) -> None:
    """kill -9, and wait until the process is gone."""
    process = psutil.Process(pid)
    process.kill()
    process.wait(timeout=10)


class TestUp:
    """Bringing the stack up."""

    def test_every_service_answers_and_outputs_have_one_shape(
        self, up: Deployment, operator: StackOperator
    ) -> None:
        """After `up` all services are healthy, and the outputs are those of every target."""
        assert sick(up) == []
        outputs = operator.cli().read_json("stack", "output", "--json", "--stack", STACK)
        assert set(outputs) == {"target", "endpoints", "secret_names", "design_point"}
        assert set(outputs["endpoints"]) == {"gateway", "qdrant", "embed", "rerank"}
        assert all(url.startswith("http://127.0.0.1:") for url in outputs["endpoints"].values())
        assert outputs["design_point"]["p90_ms"] == 300

    def test_a_second_up_changes_nothing(
        self, up: Deployment, operator: StackOperator, project: Path
    ) -> None:
        """`up` again finds no change and leaves every process alone."""
        before = pids(project)
        operator.cli().show("up", "--stack", STACK, "--yes", "--refresh", "--expect-no-changes")
        assert pids(project) == before

    def test_no_key_is_in_state_outputs_or_logs(
        self, up: Deployment, operator: StackOperator, project: Path
    ) -> None:
        """Keys live in their own files and nowhere else."""
        values = [up.secrets[name] for name in KEYS]
        exported = operator.cli().read("stack", "export", "--stack", STACK, "--show-secrets")
        texts = [exported, *(p.read_text() for p in (project / "data" / "logs").iterdir())]
        texts += [p.read_text() for p in (project / "data" / "run").iterdir()]
        texts.append(repr(up))
        assert all(len(value) >= 32 for value in values)
        assert not any(value in text for value in values for text in texts)


class TestDrift:
    """What happens to the processes behind the engine's back."""

    def test_a_killed_process_is_seen_and_repaired(
        self, up: Deployment, operator: StackOperator, project: Path
    ) -> None:
        """`refresh` shows the loss; the next `up` starts that service and no other."""
        before = pids(project)
        kill(before["embed"])
        assert sick(up) == ["embed"]
        with pytest.raises(StackError):
            operator.cli().read(
                *("refresh", "--stack", STACK, "--yes", "--preview-only", "--expect-no-changes")
            )
        operator.up(None)
        after = pids(project)
        assert sick(up) == []
        assert after["embed"] != before["embed"]
        assert (after["rerank"], after["qdrant"]) == (before["rerank"], before["qdrant"])

    def test_a_refresh_from_the_shell_then_a_plain_up_repair_as_well(
        self, up: Deployment, operator: StackOperator, project: Path
    ) -> None:
        """With the exported environment, `pulumi refresh` and `pulumi up` do it without us."""
        kill(pids(project)["rerank"])
        script = (
            operator.export_lines()
            + f"pulumi refresh --yes --stack {STACK} && pulumi up --yes --stack {STACK}"
        )
        run = subprocess.run(
            ["sh", "-c", script], cwd=project, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert "LocalService local-rerank deleted" in run.stdout
        assert "LocalService local-rerank created" in run.stdout
        assert sick(up) == []


class TestChange:
    """Changing settings."""

    def test_a_changed_setting_restarts_only_what_it_touches(
        self, up: Deployment, operator: StackOperator, project: Path
    ) -> None:
        """A new limit of the rerank server restarts that server alone, in place."""
        before = pids(project)
        write_settings(project, rerank={"max_client_batch_size": 16})
        operator.up(None)
        after = pids(project)
        assert after["rerank"] != before["rerank"]
        # The gateway splits to that limit, so it restarts as well.
        assert after["gateway"] != before["gateway"]
        assert (after["embed"], after["qdrant"]) == (before["embed"], before["qdrant"])

    def test_a_taken_port_costs_nothing(
        self,
        up: Deployment,
        operator: StackOperator,
        project: Path,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """Moving to a port that a stranger holds fails by name, and the old service still runs."""
        before = pids(project)
        stack_file = project / f"Pulumi.{STACK}.yaml"
        text = stack_file.read_text()
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.listen()
            port = stranger.getsockname()[1]
            write_settings(project, local={"embed_port": port})
            with pytest.raises(StackError):
                operator.up(None)
        stack_file.write_text(text)
        shown = "".join(capfd.readouterr())
        assert f"port {port} for embed is in use" in shown
        assert "retrieval:local.embed_port" in shown
        assert "Traceback" not in shown
        assert pids(project) == before
        assert sick(up) == []

    @pytest.mark.parametrize(
        ("groups", "expected"),
        [
            ({"search": {"top_q": 3}}, "retrieval:search.top_q is not a setting"),
            ({"local": {"embed_port": 80}}, "retrieval:local.embed_port = 80"),
        ],
    )
    def test_wrong_settings_fail_in_the_program_without_a_traceback(
        self,
        up: Deployment,
        operator: StackOperator,
        project: Path,
        groups: dict[str, Any],
        expected: str,
    ) -> None:
        """Plain `pulumi preview` names key and rule too, and nothing is touched."""
        before = pids(project)
        stack_file = project / f"Pulumi.{STACK}.yaml"
        text = stack_file.read_text()
        write_settings(project, **groups)
        run = subprocess.run(
            ["sh", "-c", operator.export_lines() + f"pulumi preview --stack {STACK}"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        stack_file.write_text(text)
        assert run.returncode != 0
        assert expected in run.stdout
        assert "hint: " in run.stdout
        assert "Traceback" not in run.stdout + run.stderr
        assert pids(project) == before


class TestDown:
    """Stopping."""

    def test_data_outlives_down_and_goes_only_when_asked(
        self, up: Deployment, operator: StackOperator, project: Path
    ) -> None:
        """`down` leaves no process and keeps the index; `destroy --with-data` removes it."""
        client = client_of(up)
        client.create_collection("kept", vectors_config=VectorParams(size=4, distance=Distance.DOT))
        client.upsert("kept", points=[{"id": 1, "vector": [1, 2, 3, 4]}])  # pyright: ignore[reportArgumentType]
        client.close()
        running = pids(project)
        operator.down(None)
        assert not any(psutil.pid_exists(pid) for pid in running.values())

        operator.up(None)
        client = client_of(operator.connect(None))
        assert client.count("kept").count == 1
        client.close()

        assert operator.destroy(None, with_data=True) is None
        assert not (project / "data").exists()

    def test_down_twice_is_no_error(self, operator: StackOperator) -> None:
        """Stopping what is stopped does nothing."""
        operator.down(None)
        operator.down(None)
        with pytest.raises(StackError, match="is not up"):
            operator.connect(None)


class TestInterrupted:
    """An `up` that was killed can be repeated."""

    def test_a_killed_up_is_completed_by_the_next(
        self, operator: StackOperator, project: Path
    ) -> None:
        """After kill -9 of the engine, `cancel` and `up` end with one process per service."""
        operator.down(None)
        cli = operator.cli()
        engine = subprocess.Popen(
            [str(cli.toolchain.pulumi), "up", "--stack", STACK, "--yes", "--skip-preview"],
            cwd=project,
            env=dict(cli.env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while not pids(project) and time.monotonic() < deadline:
            time.sleep(0.02)
        engine.send_signal(signal.SIGKILL)
        engine.wait(timeout=30)
        with pytest.raises(StackError, match=r"locked"):
            operator.up(None)
        cli.read("cancel", "--yes", "--stack", STACK)
        operator.up(None)
        assert sick(operator.connect(None)) == []
        commands = [
            tuple(process.info["cmdline"] or ())
            for process in psutil.process_iter(["cmdline"])
            if str(project) in " ".join(process.info["cmdline"] or ())
            and "infra." in " ".join(process.info["cmdline"] or ())
        ]
        assert len(commands) == len(set(commands)) == 4


class TestAutomation:
    """The same program through the Automation API."""

    def test_up_and_destroy_through_the_api(
        self, operator: StackOperator, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A program that embeds Pulumi gets the same stack."""
        config: dict[str, Any] = {
            "config": {
                "retrieval:target": "local",
                "retrieval:local": {**free_ports(), "folder": str(project / "api data")},
            }
        }
        (project / "Pulumi.api.yaml").write_text(yaml.safe_dump(config))
        cli = operator.cli()
        monkeypatch.setenv("PATH", cli.env["PATH"])
        stack = automation.create_or_select_stack(
            stack_name="api",
            work_dir=str(project),
            opts=automation.LocalWorkspaceOptions(env_vars=dict(cli.env)),
        )
        try:
            first = stack.up()
            assert first.summary.resource_changes == {"create": 6}
            assert first.outputs["target"].value == "local"
            second = stack.up()
            assert second.summary.resource_changes == {"same": 6}
        finally:
            stack.destroy()
        assert not any(
            "api data" in " ".join(process.info["cmdline"] or ())
            for process in psutil.process_iter(["cmdline"])
        )


class TestOtherTargets:
    """Targets that are not built yet."""

    def test_they_are_refused_by_name(self, operator: StackOperator, project: Path) -> None:
        """A Docker stack says that it is not built, and `down` leaves it alone."""
        (project / "Pulumi.dock.yaml").write_text("config:\n  retrieval:target: docker\n")
        run = subprocess.run(
            [
                "sh",
                "-c",
                operator.export_lines() + "pulumi stack init dock && pulumi preview --stack dock",
            ],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode != 0
        assert "this version builds `local` and `aws`" in run.stdout
        with pytest.raises(OperatorError, match="only touch processes of this machine"):
            operator.down("dock")


def test_the_environment_names_no_machine_wide_place(
    operator: StackOperator, project: Path
) -> None:
    """State, plugins and passphrase of a project stay in its own folder."""
    env = operator.cli().env
    if "PULUMI_BACKEND_URL" not in os.environ:
        assert str(project).replace(" ", "%20") in env["PULUMI_BACKEND_URL"]
    assert env["PULUMI_HOME"].startswith(str(project))
