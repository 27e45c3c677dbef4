"""Hosts as user data: goldens per example, size, no secrets, and what the scripts are told."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from infra.errors import InternalError, PlanError
from infra.node.cloud_init import USER_DATA_MAX, render_gpu_host, render_vector_store
from infra.node.gpu_host import gpu_host
from infra.node.specs import HostSpec
from infra.node.stack import HostStack
from infra.node.vector_store_host import vector_store_host
from infra.plans.naming import Role, names_of
from infra.plans.secrets import plan_secrets
from infra.settings import StackSettings
from infra.settings.load import load_from_file
from tests.unit.plans.aws_stacks import EXAMPLES, ROOT, aws_settings, valid_settings

GOLDENS = Path(__file__).parent / "goldens"
SCRIPTS = ROOT / "infra" / "node" / "data"
IDS = {"zone": "Z0EXAMPLE", "data_volume": "vol-0e0e0e0e0e0e0e0e0", "health_check": "check-id"}
SHARED: dict[str, Any] = {"vector_store": {"placement": "shared"}, "standby": {"mode": "off"}}


def stack_of(stack: StackSettings, name: str = "prod") -> HostStack:
    """A stack as its hosts see it."""
    names = names_of(stack.aws, stack=name)
    return HostStack(
        settings=stack,
        names=names,
        secret_paths=plan_secrets(stack, names).names,
        artifact_bucket=names.artifact_bucket,
    )


def gpu_text(stack: StackSettings, role: Role = Role.PRIMARY, name: str = "prod") -> str:
    """User data of a GPU node."""
    return render_gpu_host(gpu_host(stack_of(stack, name), role).with_ids(IDS))


def files_of(text: str) -> dict[str, str]:
    """What the user data writes, by path."""
    document: dict[str, Any] = yaml.safe_load(text)
    return {each["path"]: each["content"] for each in document["write_files"]}


def without_scripts(text: str) -> str:
    """The user data but for both scripts, which are files of the repository themselves."""
    for script in SCRIPTS.glob("*.sh"):
        body = "".join(
            f"    {line}\n" if line else "\n" for line in script.read_text("utf-8").splitlines()
        )
        assert body in text, f"{script.name} is not in the user data as it is in the repository"
        text = text.replace(body, f"    (the text of {script.name})\n")
    return text


@pytest.mark.parametrize("example", EXAMPLES)
def test_gpu_hosts_of_the_examples(example: str) -> None:
    """The user data of each example's primary is its golden."""
    text = gpu_text(load_from_file(ROOT, example), name=example)
    assert without_scripts(text) == (GOLDENS / f"gpu-{example}.yaml").read_text("utf-8")


def test_vector_store_host_of_prod() -> None:
    """The user data of the dedicated vector store is its golden."""
    text = render_vector_store(vector_store_host(stack_of(load_from_file(ROOT, "prod"))))
    assert without_scripts(text) == (GOLDENS / "vector-store-prod.yaml").read_text("utf-8")


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much], deadline=None)
@given(stack=valid_settings)
def test_user_data_fits_and_is_cloud_config(stack: StackSettings) -> None:
    """Whatever the settings, EC2 takes the text, and YAML reads it back."""
    for text in (gpu_text(stack), render_vector_store(vector_store_host(stack_of(stack)))):
        assert len(text.encode()) <= USER_DATA_MAX
        assert text.startswith("#cloud-config\n")
        assert set(yaml.safe_load(text)) <= {"packages", "users", "write_files", "runcmd"}


def test_user_data_that_is_too_long_is_refused() -> None:
    """The message names the size, the limit and what makes it long."""
    names = [f"{'a-very-long-name-of-a-model-' * 6}{number}" for number in range(40)]
    with pytest.raises(PlanError) as refused:
        gpu_text(aws_settings(gateway={"embed_aliases": names}))
    assert str(USER_DATA_MAX) in refused.value.why
    assert "embed_aliases" in refused.value.remedy


def test_secrets_are_named_and_never_there() -> None:
    """Each unit's list holds paths of parameters; containers get a file in memory."""
    files = files_of(gpu_text(aws_settings(**SHARED)))
    lists = {path: text for path, text in files.items() if path.startswith("/etc/retrieval/secr")}
    assert {path.rpartition("/")[2] for path in lists} == {
        "embed", "rerank", "qdrant", "gateway", "agent",
    }  # fmt: skip
    for text in lists.values():
        for line in text.splitlines():
            kind, name, parameter = line.split(" ")
            assert kind in {"variable", "file"}
            assert name
            assert parameter.startswith("/retrieval/prod/")
    unit = files["/etc/systemd/system/retrieval-embed.service"]
    assert "--env-file=/run/retrieval/embed/env" in unit
    assert "API_KEY" not in unit


def test_nothing_but_the_gateway_listens_for_others() -> None:
    """Containers publish on loopback only, Qdrant on a shared host included."""
    host = gpu_host(stack_of(aws_settings(**SHARED)), Role.PRIMARY)
    assert {port.address for each in host.containers for port in each.ports} == {"127.0.0.1"}


def test_containers_run_what_is_pinned() -> None:
    """By id from the bucket, by digest from a registry, never by a tag alone."""
    image_id, digest = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
    pins = {"tei": {"image_id": image_id, "digest": digest}}
    by_bucket = gpu_host(stack_of(aws_settings(pins=pins)), Role.PRIMARY)
    by_hub = gpu_host(stack_of(aws_settings(pins=pins, serving={"source": "hub"})), Role.PRIMARY)
    assert {each.image for each in by_bucket.containers} == {image_id}
    assert by_bucket.images[0].key == f"images/{'a' * 64}.tar"
    assert all(each.image.endswith(f"@{digest}") for each in by_hub.containers)
    assert by_hub.models == ()


def test_an_archive_that_is_not_pinned_fits_no_file() -> None:
    """Zeros stand where a checksum will be: such a host gives itself up instead of guessing."""
    files = files_of(gpu_text(aws_settings()))
    lines = [line for line in files["/etc/retrieval/artifacts"].splitlines() if "archive" in line]
    assert len(lines) == 2
    assert all(f"archive {'0' * 64} archives/" in line for line in lines)


def test_a_pinned_archive_is_found_by_its_checksum() -> None:
    """The key in the bucket holds it, so a new archive never overwrites an old one."""
    pins = {"archives": {"gateway_sha256": "c" * 64}}
    host = gpu_host(stack_of(aws_settings(pins=pins)), Role.PRIMARY)
    assert host.archives[0].key == f"archives/gateway-{'c' * 64}.tar.gz"


def test_primary_and_standby_differ_in_their_role_only() -> None:
    """Same programs, models and limits: the standby can do all that the primary can."""
    stack = aws_settings()
    primary, standby = (files_of(gpu_text(stack, role)) for role in (Role.PRIMARY, Role.STANDBY))
    differing = {path for path in primary if primary[path] != standby[path]}
    assert differing == {"/etc/retrieval/boot.env", "/etc/retrieval/node.json"}


def test_the_agent_is_told_who_it_is() -> None:
    """Role, ids and what each unit's health looks like are in one JSON file."""
    told = json.loads(files_of(gpu_text(aws_settings()))["/etc/retrieval/node.json"])
    assert told["role"] == "primary"
    assert told["ids"] == IDS
    assert told["facts"]["record_name"] == "gateway.retrieval.internal"
    assert told["facts"]["failover"] == "PRIMARY"
    assert set(told["health"]) == {
        "retrieval-embed.service", "retrieval-rerank.service", "retrieval-gateway.service",
    }  # fmt: skip


def test_the_gateway_reads_its_configuration_back() -> None:
    """What the unit's environment holds is what the gateway's own reader accepts."""
    from infra.gateway.config import parse_config  # noqa: PLC0415 (loads the whole gateway)

    line = files_of(gpu_text(aws_settings()))["/etc/retrieval/gateway.env"].splitlines()[1]
    name, _, quoted = line.partition("=")
    assert name == "GATEWAY_CONFIG"
    config = parse_config(quoted[1:-1])
    assert config.addresses.qdrant == "http://qdrant.retrieval.internal:6333"


def test_a_boot_has_the_deadline_of_the_settings() -> None:
    """systemd ends the boot at the deadline and the script tells the group."""
    unit = files_of(gpu_text(aws_settings(gpu={"boot_deadline_s": 700})))[
        "/etc/systemd/system/retrieval-boot.service"
    ]
    assert "TimeoutStartSec=700" in unit
    assert "ExecStopPost=/usr/local/sbin/retrieval-boot signal" in unit


def test_a_renderer_refuses_the_other_host() -> None:
    """A GPU node without a group would be given up; a store without a volume would lose data."""
    stack = stack_of(aws_settings())
    store: HostSpec = vector_store_host(stack)
    with pytest.raises(InternalError):
        render_gpu_host(store)
    with pytest.raises(InternalError):
        render_vector_store(gpu_host(stack, Role.PRIMARY))


@pytest.mark.runs("bash")
@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.sh")))
def test_scripts_are_bash(script: str) -> None:
    """Bash reads each script without complaint."""
    done = subprocess.run(
        ["bash", "-n", str(SCRIPTS / script)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.runs("cloud-init")
@pytest.mark.skipif(
    shutil.which("cloud-init") is None,
    reason="cloud-init is not installed (`apt-get install cloud-init`): its schema is not asked",
)
@pytest.mark.parametrize("example", EXAMPLES)
def test_cloud_init_accepts_the_user_data(example: str, tmp_path: Path) -> None:
    """cloud-init's own schema finds nothing wrong."""
    path = tmp_path / "user-data"
    path.write_text(gpu_text(load_from_file(ROOT, example)), encoding="utf-8")
    done = subprocess.run(
        ["cloud-init", "schema", "--config-file", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.runs("systemd-analyze")
@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (`apt-get install systemd`): units are not verified",
)
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """systemd reads every unit of a shared host; only programs of the host itself are missing."""
    units = [
        (tmp_path / Path(path).name, content)
        for path, content in files_of(gpu_text(aws_settings(**SHARED))).items()
        if path.startswith("/etc/systemd/system/")
    ]
    for path, content in units:
        path.write_text(content, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(path) for path, _ in units)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "retrieval-" in line]
    missing = ("is not executable: No such file", "Failed to add dependency", "not found")
    assert [line for line in ours if not any(text in line for text in missing)] == []
