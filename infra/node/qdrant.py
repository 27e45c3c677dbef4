"""Qdrant as a container: on a host of its own, or beside the model servers on loopback."""

from __future__ import annotations

from infra.node.artifacts import image_key
from infra.node.specs import ContainerSpec, DataVolume, Health, Image, Mount, Port
from infra.node.stack import HostStack
from infra.plans.access_rules import BACKUP_BUCKET, BACKUP_PREFIX
from infra.plans.addresses import QDRANT_PORT
from infra.plans.local import QDRANT_KEY, QDRANT_READ_ONLY_KEY
from infra.plans.secrets import QDRANT_PREVIOUS_KEY
from infra.plans.unresolved import PLACEHOLDER_DIGEST, image_reference
from infra.settings.aws.serving import WeightSource

DATA = "/var/lib/qdrant"
"""Where the data volume is mounted."""

QDRANT_USER = 1000
"""Owner of everything in the unprivileged image; a folder of anyone else stops its start."""

STOP_S = 60
"""Qdrant writes what is in memory to disk before it ends."""


def qdrant_image(stack: HostStack) -> Image:
    """The image, from the bucket or its registry."""
    pin = stack.settings.pins.qdrant
    if stack.settings.serving.source is WeightSource.HUB:
        return Image(reference=image_reference(pin))
    image_id = pin.image_id or PLACEHOLDER_DIGEST
    return Image(reference=image_id, key=image_key(image_id))


def qdrant_volume(*, attach: bool, tag: str = "") -> DataVolume:
    """The data volume; with `attach` the host takes it itself, with `tag` it looks for the id."""
    return DataVolume(mount=DATA, owner=QDRANT_USER, attach=attach, tag=tag)


def backup_facts(stack: HostStack) -> dict[str, str]:
    """What the agent beside Qdrant is told about the nightly snapshot."""
    return {
        "backup_bucket": stack.names.bucket(BACKUP_BUCKET),
        "backup_prefix": BACKUP_PREFIX,
        "backup_hour_utc": str(stack.settings.backup.hour_utc),
    }


def qdrant_container(stack: HostStack, address: str) -> ContainerSpec:
    """Qdrant with keys and scoped tokens, without pages, cross-origin calls or foreign snapshots.

    Args:
        stack: whose store it is.
        address: of the host that its port is opened on.
    """
    service = "QDRANT__SERVICE__"
    secrets = [
        stack.secret(f"{service}API_KEY", QDRANT_KEY),
        stack.secret(f"{service}READ_ONLY_API_KEY", QDRANT_READ_ONLY_KEY),
    ]
    if QDRANT_PREVIOUS_KEY in stack.secret_paths:
        secrets.append(stack.secret(f"{service}ALT_API_KEY", QDRANT_PREVIOUS_KEY))
    return ContainerSpec(
        name="qdrant",
        description="Vector store",
        image=qdrant_image(stack).reference,
        arguments=(),
        memory_mib=stack.settings.vector_store.memory_mib,
        health=Health(url=f"http://127.0.0.1:{QDRANT_PORT}/readyz", timeout_s=10, failures=6),
        stop_grace_s=STOP_S,
        environment={
            f"{service}JWT_RBAC": "true",
            f"{service}ENABLE_STATIC_CONTENT": "false",
            f"{service}ENABLE_CORS": "false",
            f"{service}ENABLE_SNAPSHOT_URL_RECOVERY": "false",
            "QDRANT__STORAGE__SNAPSHOTS_PATH": "/qdrant/storage/snapshots",
            "QDRANT__STORAGE__TEMP_PATH": "/qdrant/storage/tmp",
            "QDRANT__TELEMETRY_DISABLED": "true",
        },
        secrets=tuple(secrets),
        mounts=(Mount(source=DATA, target="/qdrant/storage", read_only=False),),
        ports=(Port(address=address, host=QDRANT_PORT, container=QDRANT_PORT),),
    )
