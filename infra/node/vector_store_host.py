"""The host of a dedicated vector store: Qdrant as a container, the agent as a service.

It is no member of a group, so it signals nobody; EC2 recovers it, and its data volume is attached
by the program. Its operating system is Amazon Linux 2023, whose packages lie in S3 and so come
through the gateway endpoint.
"""

from __future__ import annotations

from infra.node.artifacts import archive_key
from infra.node.qdrant import backup_facts, qdrant_container, qdrant_image, qdrant_volume
from infra.node.specs import Archive, HostSpec, UnitSpec
from infra.node.stack import HostStack
from infra.plans.addresses import AGENT_PORT, QDRANT_PORT
from infra.plans.local import QDRANT_KEY
from infra.plans.naming import Role
from infra.plans.unresolved import PLACEHOLDER_SHA256
from infra.plans.vector_store import DATA_VOLUME_TAG

BOOT_DEADLINE_S = 900
"""Nobody waits for this boot but people; a volume that never comes must end it."""

PACKAGES = ("docker",)


def vector_store_host(stack: HostStack) -> HostSpec:
    """The host. It reads the id of its data volume from its own tag, which the program sets."""
    sha256 = stack.settings.pins.archives.agent_sha256 or PLACEHOLDER_SHA256
    return HostSpec(
        role=Role.VECTOR_STORE.value,
        region=stack.names.region,
        bucket=stack.artifact_bucket,
        boot_deadline_s=BOOT_DEADLINE_S,
        ready_url=f"http://127.0.0.1:{QDRANT_PORT}/readyz",
        # Every address of the host: its security group lets the GPU nodes in and nobody else.
        containers=(qdrant_container(stack, "0.0.0.0"),),  # noqa: S104
        units=(
            UnitSpec(
                name="agent",
                description="Node agent: watches Qdrant, publishes metrics, takes snapshots",
                command=(
                    "/usr/bin/python3",
                    "-m",
                    "infra.agent",
                    "--config",
                    "/etc/retrieval/node.json",
                ),
                stop_grace_s=10,
                environment={"PYTHONPATH": "/opt/retrieval/agent"},
                secrets=(stack.secret("QDRANT_API_KEY", QDRANT_KEY),),
                as_root=True,
            ),
        ),
        images=(qdrant_image(stack),),
        archives=(
            Archive(key=archive_key("agent", sha256), sha256=sha256, folder="/opt/retrieval/agent"),
        ),
        data_volume=qdrant_volume(attach=False, tag=DATA_VOLUME_TAG),
        packages=PACKAGES,
        facts={
            "stack": stack.names.stem,
            "agent_port": str(AGENT_PORT),
            "metric_role": Role.VECTOR_STORE.value,
            **backup_facts(stack),
        },
    )
