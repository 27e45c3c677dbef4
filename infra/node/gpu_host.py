"""The GPU node: both model servers as containers, gateway and agent as services, perhaps Qdrant.

Nothing but the gateway and the agent's health page listens beyond loopback.
"""

from __future__ import annotations

import json

from infra.node.artifacts import archive_key, image_key, model_prefix
from infra.node.qdrant import backup_facts, qdrant_container, qdrant_image, qdrant_volume
from infra.node.specs import (
    Archive,
    ContainerSpec,
    Health,
    HostSpec,
    Image,
    LaunchSignal,
    ModelFiles,
    Mount,
    Port,
    SecretKind,
    UnitSpec,
)
from infra.node.stack import HostStack
from infra.plans.addresses import (
    AGENT_HEALTH_PATH,
    AGENT_PORT,
    GATEWAY_PORT,
    QDRANT_PORT,
    gateway_name,
    qdrant_url,
)
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.gpu import LAUNCH_HOOK, group_name
from infra.plans.local import QDRANT_KEY, TEI_KEY
from infra.plans.naming import Role
from infra.plans.secrets import GATEWAY_AGENT_KEY, GATEWAY_CLIENTS, QDRANT_SEARCH_TOKEN
from infra.plans.serving import MODEL_FOLDER, ModelServer, ServingProfile, serving_profile
from infra.plans.unresolved import PLACEHOLDER_DIGEST, PLACEHOLDER_SHA256
from infra.settings.aws.serving import WeightSource
from infra.settings.aws.vector_store import Placement

MODELS = "/opt/dlami/nvme/models"
"""On the instance store, which the Deep Learning AMI mounts there; if it did not, on the root."""

PROGRAMS = "/opt/retrieval"
PYTHON = "/usr/bin/python3"
LOOPBACK = "127.0.0.1"

TEI_PORT = 80
"""Inside TEI's image."""

GPU_DEVICE = "nvidia.com/gpu=all"
"""CDI name; a device that is passed in the old way is lost when systemd rewrites its groups."""

TEI_STOP_S = 30
"""TEI finishes what it has taken; its longest batch on a T4 is a few seconds."""

AGENT_STOP_S = 10

HEALTH_TIMEOUT_S, HEALTH_FAILURES = 10, 3
"""TEI's /health waits behind the running batch: a short timeout would find a busy server sick."""


def gpu_host(stack: HostStack, role: Role) -> HostSpec:
    """A GPU node.

    Args:
        stack: whose node it is.
        role: primary or standby.
    """
    settings = stack.settings
    profile = serving_profile(settings)
    shared = settings.vector_store.placement is Placement.SHARED
    from_bucket = profile.source is WeightSource.BUCKET
    tei = _tei_image(profile)
    return HostSpec(
        role=role.value,
        region=stack.names.region,
        bucket=stack.artifact_bucket,
        boot_deadline_s=settings.gpu.boot_deadline_s,
        ready_url=f"http://{LOOPBACK}:{AGENT_PORT}{AGENT_HEALTH_PATH}",
        containers=(
            _tei_container(stack, profile, profile.embed, tei.reference),
            _tei_container(stack, profile, profile.rerank, tei.reference),
            *((qdrant_container(stack, LOOPBACK),) if shared else ()),
        ),
        units=(_gateway(stack, shared=shared), _agent(stack, shared=shared)),
        images=(tei, *((qdrant_image(stack),) if shared else ())),
        archives=tuple(
            _archive(program, sha256)
            for program, sha256 in (
                ("gateway", settings.pins.archives.gateway_sha256),
                ("agent", settings.pins.archives.agent_sha256),
            )
        ),
        models=tuple(
            ModelFiles(
                prefix=model_prefix(server.model_id, server.revision),
                folder=f"{MODELS}/{server.role}",
            )
            for server in (profile.embed, profile.rerank)
            if from_bucket
        ),
        data_volume=qdrant_volume(attach=True) if shared else None,
        signal=LaunchSignal(group=group_name(stack.names, role), hook=LAUNCH_HOOK),
        has_gpu=True,
        facts={**_facts(stack, role), **(backup_facts(stack) if shared else {})},
    )


def _tei_image(profile: ServingProfile) -> Image:
    if profile.source is WeightSource.HUB:
        return Image(reference=profile.image)
    image_id = profile.image_id or PLACEHOLDER_DIGEST
    return Image(reference=image_id, key=image_key(image_id))


def _tei_container(
    stack: HostStack, profile: ServingProfile, server: ModelServer, image: str
) -> ContainerSpec:
    from_bucket = profile.source is WeightSource.BUCKET
    mount = (
        Mount(source=f"{MODELS}/{server.role}", target=f"{MODEL_FOLDER}/{server.role}")
        if from_bucket
        else Mount(source=f"{MODELS}/hub-{server.role}", target="/data", read_only=False)
    )
    return ContainerSpec(
        name=server.role,
        description=f"Model server: {server.role}",
        image=image,
        arguments=server.arguments,
        memory_mib=profile.container_memory_mib,
        health=Health(
            url=f"http://{LOOPBACK}:{server.port}/health",
            timeout_s=HEALTH_TIMEOUT_S,
            failures=HEALTH_FAILURES,
        ),
        stop_grace_s=TEI_STOP_S,
        environment={"LOG_LEVEL": "warn"},
        secrets=(stack.secret("API_KEY", TEI_KEY),),
        mounts=(mount,),
        devices=(GPU_DEVICE,),
        ports=(Port(address=LOOPBACK, host=server.port, container=TEI_PORT),),
    )


def _gateway(stack: HostStack, *, shared: bool) -> UnitSpec:
    gateway = stack.settings.gateway
    drain_s = -(-(gateway.drain_notice_ms + gateway.drain_ms) // 1000)
    clients = "clients.json"
    return UnitSpec(
        name="gateway",
        description="Gateway: the address that applications call",
        command=(
            *(PYTHON, "-m", "infra.gateway", "--host", "0.0.0.0", "--port", str(GATEWAY_PORT)),  # noqa: S104 (the security group says who may call)
            *("--keys-file", f"/run/retrieval/gateway/{clients}"),
        ),
        stop_grace_s=drain_s + 10,
        environment={
            "PYTHONPATH": f"{PROGRAMS}/gateway",
            "GATEWAY_CONFIG": _gateway_config(stack, shared=shared),
        },
        secrets=(
            stack.secret(clients, GATEWAY_CLIENTS, kind=SecretKind.FILE),
            stack.secret("TEI_API_KEY", TEI_KEY),
            stack.secret("QDRANT_API_KEY", QDRANT_SEARCH_TOKEN),
        ),
        health=Health(
            url=f"http://{LOOPBACK}:{GATEWAY_PORT}/healthz",
            timeout_s=HEALTH_TIMEOUT_S,
            failures=HEALTH_FAILURES,
        ),
    )


def _gateway_config(stack: HostStack, *, shared: bool) -> str:
    settings, profile = stack.settings, serving_profile(stack.settings)
    groups = settings.model_dump(
        mode="json", include={"embed", "rerank", "store", "passages", "search", "gateway"}
    )
    if settings.embed.sparse_head and profile.source is WeightSource.BUCKET:
        # The operator's path is of another machine; the mirror keeps the head beside the model.
        name = settings.embed.sparse_head.rpartition("/")[2]
        groups["embed"]["sparse_head"] = f"{MODELS}/embed/{name}"
    config = {
        "target": settings.target.value,
        "addresses": {
            "embed": f"http://{LOOPBACK}:{profile.embed.port}",
            "rerank": f"http://{LOOPBACK}:{profile.rerank.port}",
            "qdrant": f"http://{LOOPBACK}:{QDRANT_PORT}"
            if shared
            else qdrant_url(settings.endpoint),
        },
        **groups,
    }
    return json.dumps(config, sort_keys=True, separators=(",", ":"))


def _agent(stack: HostStack, *, shared: bool) -> UnitSpec:
    return UnitSpec(
        name="agent",
        description="Node agent: checks answers, publishes metrics, heals",
        command=(PYTHON, "-m", "infra.agent", "--config", "/etc/retrieval/node.json"),
        stop_grace_s=AGENT_STOP_S,
        environment={"PYTHONPATH": f"{PROGRAMS}/agent"},
        secrets=(
            stack.secret("GATEWAY_API_KEY", GATEWAY_AGENT_KEY),
            stack.secret("TEI_API_KEY", TEI_KEY),
            # Beside Qdrant it watches that too, and takes the snapshots.
            *((stack.secret("QDRANT_API_KEY", QDRANT_KEY),) if shared else ()),
        ),
        as_root=True,
    )


def _archive(program: str, sha256: str) -> Archive:
    sha256 = sha256 or PLACEHOLDER_SHA256
    return Archive(key=archive_key(program, sha256), sha256=sha256, folder=f"{PROGRAMS}/{program}")


def _facts(stack: HostStack, role: Role) -> dict[str, str]:
    settings = stack.settings
    kind = endpoint_kind(settings)
    by_dns = kind is EndpointKind.DNS
    return {
        "stack": stack.names.stem,
        "endpoint": kind.value,
        "drain_hook": "drain",
        "agent_port": str(AGENT_PORT),
        "metric_role": role.value,
        **(
            {
                "record_name": gateway_name(settings.endpoint),
                "record_ttl_s": str(settings.endpoint.record_ttl_s),
                "failover": "PRIMARY" if role is Role.PRIMARY else "SECONDARY",
            }
            if by_dns
            else {}
        ),
    }
