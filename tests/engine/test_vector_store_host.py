"""The vector store's machine is replaced under the real engine: what ends before what begins."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.standin.cloud import Cloud
from infra.standin.server import serve
from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.environment import pulumi_environment

pytestmark = [pytest.mark.runs("pulumi", "python", "sh", "git"), pytest.mark.slow]

PROGRAM = """\
import pulumi
import pulumi_aws as aws
from infra.components.aws.handles import (
    AccessHandles, AccountHandles, EndpointHandles, NetworkHandles, NoticesHandles, SecretsHandles,
)
from infra.components.aws.vector_store import VectorStore, VectorStoreNeeds
from infra.plans.facts import sample_facts
from infra.plans.naming import names_of
from infra.plans.vector_store import plan_vector_store
from infra.settings.load import parse_settings

text = pulumi.Output.from_input
settings = parse_settings({"target": "aws"}, source="a test")
VectorStore(
    "store",
    plan_vector_store(
        settings,
        sample_facts(),
        names_of(settings.aws, stack="test"),
        zone="us-east-1a",
        user_data=pulumi.Config().require("user_data"),
    ),
    VectorStoreNeeds(
        account=AccountHandles(key_arn=None, key_id=None),
        network=NetworkHandles(
            vpc_id=text("vpc-1"), subnet_ids={"us-east-1a": text("subnet-1")},
            gpu_group_id=text("sg-1"), vector_store_group_id=text("sg-2"),
            load_balancer_group_id=None,
        ),
        notices=NoticesHandles(topic_arn=text("arn:aws:sns:us-east-1:000000000000:pages")),
        secrets=SecretsHandles(parameter_names={}, parameter_arns={}, parameters=[]),
        endpoint=EndpointHandles(
            url="", zone_id=text("Z1"), zone_arn=text("arn:aws:route53:::hostedzone/Z1"),
            target_group_arns=[], load_balancer_suffix=None, target_group_suffix=None,
        ),
        access=AccessHandles(
            gpu_profile_arn=text("arn"), vector_store_profile_name=text("store"),
            snapshot_role_arn=text("arn"), ready=[],
        ),
    ),
    pulumi.ResourceOptions(providers=[aws.Provider("aws", region="us-east-1")]),
)
"""

INSTANCE = "aws:ec2/instance:Instance"
VOLUME = "aws:ebs/volume:Volume"
ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"


class Recorded(Cloud):
    """A cloud that remembers what was made and ended, in order, by type."""

    def create(self, token: str, id_: str, urn: str) -> None:
        """Make it, and remember."""
        super().create(token, id_, urn)
        self.events.append(f"create {token}")

    def delete(self, token: str, id_: str) -> None:
        """End it, and remember."""
        super().delete(token, id_)
        self.events.append(f"delete {token}")

    @property
    def events(self) -> list[str]:
        """What happened since it was emptied."""
        found: list[str] = self.__dict__.setdefault("_events", [])
        return found


@dataclass(frozen=True)
class Program:
    """A project with a vector store alone, on an imagined account."""

    folder: Path
    env: Mapping[str, str]
    cloud: Recorded

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the CLI on the stack."""
        return subprocess.run(
            ["pulumi", *arguments, "--stack", "test"],
            cwd=self.folder,
            env=dict(self.env),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def up(self, user_data: str) -> list[str]:
        """Bring the store up with this user data; what was made and ended on the way."""
        self.cloud.events.clear()
        self.pulumi("config", "set", "user_data", user_data)
        done = self.pulumi("up", "--yes", "--skip-preview")
        assert done.returncode == 0, done.stdout + done.stderr
        return list(self.cloud.events)


@pytest.fixture
def program(_installed_cli: None, project_root: Path, tmp_path: Path) -> Iterator[Program]:
    """A fresh project with its own state, passphrase and account."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: store\nruntime:\n  name: python\n  options:\n    toolchain: pip\n"
    )
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / ".venv").symlink_to(project_root / ".venv")
    toolchain = ensure_pulumi(project_root, env=os.environ)
    env = pulumi_environment(tmp_path, toolchain, os.environ)
    cloud = Recorded()
    with serve(cloud) as standin:
        made = Program(
            folder=tmp_path,
            env={**env, **standin.environment, "PYTHONPATH": str(project_root)},
            cloud=cloud,
        )
        made.pulumi("stack", "init")
        yield made


def test_another_host_on_the_same_volume_and_address(program: Program) -> None:
    """New user data detaches the disk (which stops the old machine first), ends that machine, and
    only then launches the next; interface, address, volume and name are not touched.
    """
    program.up("one")
    assert program.up("one") == []
    assert program.up("two") == [
        f"delete {ATTACHMENT}",
        f"delete {INSTANCE}",
        f"create {INSTANCE}",
        f"create {ATTACHMENT}",
    ]
    assert program.up("two") == []


def test_destroy_stops_at_the_data(program: Program) -> None:
    """`destroy` is refused because of the data volume, which stays."""
    program.up("one")
    refused = program.pulumi("destroy", "--yes", "--skip-preview")
    assert refused.returncode != 0
    assert "store-data" in refused.stdout + refused.stderr
    assert len(program.cloud.ids(VOLUME)) == 1
    assert f"delete {VOLUME}" not in program.cloud.events
