"""The production stack from `up` to a refused destroy, under the real engine on the stand-in.

The goldens in `golden/` say what each kind of change does; `UPDATE_GOLDEN=1` writes them anew, to
be read before they are committed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.program.example_stacks import NEWER_GPU_AMI, STORE_AMI

GOLDEN = Path(__file__).parent / "golden"
SECURE = "aws:ssm/parameter:Parameter"

pytestmark = [pytest.mark.runs("pulumi"), pytest.mark.slow]

# The budget names the ceiling too, so these changes update it.
dear = {"watch": {"ceiling_usd_month": 1000}}

CHANGES: dict[str, dict[str, Any]] = {
    "tag": {"aws": {"tags": {"CostCentre": "42"}}},
    "gpu-instance-type": {"gpu": {"instance_type": "g4dn.2xlarge"}, **dear},
    "store-instance-type": {"vector_store": {"instance_type": "t3.large", "memory_mib": 3072}},
    "gpu-ami": {"pins": {"gpu_ami": {"id": NEWER_GPU_AMI}}},
    "store-ami": {"pins": {"vector_store_ami": {"id": STORE_AMI.replace("2", "5")}}},
    "serving-profile": {"embed": {"max_client_batch_size": 16}},
    "standby-off": {"standby": {"mode": "off"}},
    "standby-hot": {"standby": {"mode": "hot"}, **dear},
    "nodes": {"gpu": {"nodes": 2}, **dear},
    "data-volume-size": {"vector_store": {"data_volume_gib": 100}},
}
"""One change of each kind, as groups of settings."""


def test_up_and_up_again(stack: Any) -> None:
    """The first `up` makes all of it, the second changes nothing, and outputs have their shape."""
    stack.run("up", "--yes", "--skip-preview")
    assert set(stack.cloud.ids("aws:autoscaling/group:Group")) == {
        "retrieval-prod-primary",
        "retrieval-prod-standby",
    }
    stack.run("up", "--yes", "--skip-preview", "--expect-no-changes")
    outputs = json.loads(stack.run("stack", "output", "--json"))
    assert set(outputs) == {
        "target",
        "design_point",
        "endpoints",
        "secret_names",
        "cost_usd_month",
    }
    assert outputs["endpoints"]["gateway"] == "http://gateway.retrieval.internal:8000"


def test_secrets_stay_secret(stack: Any) -> None:
    """No key is in the exported state in plain text; each is there as ciphertext."""
    shown = json.loads(stack.run("stack", "export", "--show-secrets"))
    keys = [
        json.loads(resource["inputs"]["value"]["plaintext"])
        for resource in shown["deployment"]["resources"]
        if resource["type"] == SECURE
    ]
    assert len(keys) >= 6
    exported = stack.run("stack", "export")
    for key in keys:
        assert key not in exported
        assert json.dumps(key)[1:-1] not in exported
    assert "ciphertext" in exported


@pytest.mark.parametrize("change", CHANGES)
def test_change(stack: Any, change: str) -> None:
    """What a change updates, makes and replaces is as reviewed."""
    found = stack.changes(CHANGES[change])
    path = GOLDEN / f"{change}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_what_vanished_is_made_again(stack: Any) -> None:
    """What somebody removed from the account is seen by the next `up --refresh`."""
    stack.configure({})
    token = "aws:cloudwatch/dashboard:Dashboard"
    (dashboard,) = stack.cloud.ids(token)
    stack.cloud.delete(token, dashboard)
    stack.run("up", "--yes", "--skip-preview", "--refresh")
    assert stack.cloud.ids(token) == [dashboard]


def test_a_refused_call_can_be_repeated(stack: Any) -> None:
    """An `up` that AWS refuses in the middle fails by name, and the next one finishes it."""
    stack.configure({"watch": {"log_retention_days": 90}})
    stack.cloud.fail_next("aws:cloudwatch/logGroup:LogGroup")
    assert "told to fail once" in stack.run("up", "--yes", "--skip-preview", code=1)
    stack.run("up", "--yes", "--skip-preview")


def test_destroy_is_refused(stack: Any) -> None:
    """Protected data stops a destroy before anything is gone: the engine's preview refuses it.

    With --skip-preview the engine would delete everything else first.
    """
    before = stack.cloud.ids("aws:ec2/instance:Instance")
    assert "cannot be deleted" in stack.run("destroy", "--yes", code=1)
    assert stack.cloud.ids("aws:ec2/instance:Instance") == before
    assert len(stack.cloud.ids("aws:ebs/volume:Volume")) == 1
