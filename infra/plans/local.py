"""What the embedded target runs: one frozen plan per local service process.

Pure: paths and code fingerprints are facts that the caller gathered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from infra.settings import EmbedSettings, RerankSettings, StackSettings

LOOPBACK = "127.0.0.1"
QDRANT_KEY = "qdrant_api_key"
QDRANT_READ_ONLY_KEY = "qdrant_read_only_api_key"
TEI_KEY = "tei_api_key"
GATEWAY_OPERATOR_KEY = "gateway_operator_key"
GATEWAY_APPLICATION_KEY = "gateway_application_key"
"""Names of the local target's secrets; their values live in the stack folder's `keys/`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalFacts:
    """What the plan must know of this machine.

    `folder` is the stack's own folder, `python` the interpreter that runs the services, and
    `code_versions` a fingerprint of each service's source: new code restarts what it belongs to.
    """

    folder: PurePosixPath
    python: PurePosixPath
    code_versions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ServicePlan:
    """One supervised process.

    `secret_environment` maps a variable to the name of a key, never to its value; `client_keys`
    maps the name of a key that its clients hold to its scopes. Deadlines are in seconds. `after`
    names the services that it calls: it is only changed once they are as planned.
    """

    name: str
    arguments: tuple[str, ...]
    port: int
    health_path: str
    start_deadline_s: int
    stop_grace_s: int
    code_version: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secret_environment: Mapping[str, str] = field(default_factory=dict[str, str])
    client_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    after: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalPlan:
    """The whole target: where it lives and what runs."""

    folder: PurePosixPath
    python: PurePosixPath
    gateway: ServicePlan
    embed: ServicePlan
    rerank: ServicePlan
    qdrant: ServicePlan

    @property
    def services(self) -> tuple[ServicePlan, ...]:
        """All services; each comes after those that it calls."""
        return (self.embed, self.rerank, self.qdrant, self.gateway)

    @property
    def secret_names(self) -> dict[str, str]:
        """Where each secret is kept, by name; the value itself is in no output."""
        names = sorted(
            {name for plan in self.services for name in plan.secret_environment.values()}
            | {name for plan in self.services for name in plan.client_keys}
        )
        return {name: f"file:{self.folder / 'keys' / name}" for name in names}


def local_folder(
    settings: StackSettings, *, project_root: PurePosixPath, stack: str
) -> PurePosixPath:
    """Folder of a local stack's data, keys and logs; a relative setting counts from the project."""
    chosen = settings.local.folder or f".retrieval/stacks/{stack}"
    return project_root / chosen


def plan_local(settings: StackSettings, facts: LocalFacts) -> LocalPlan:
    """Turn the settings of a local stack into processes on loopback."""
    return LocalPlan(
        folder=facts.folder,
        python=facts.python,
        gateway=_plan_gateway(settings, facts),
        embed=_plan_tei(
            "embed",
            settings.embed,
            settings,
            facts,
            (
                "--dimensions",
                str(settings.embed.dimensions),
                "--pooling",
                settings.embed.pooling,
            ),
        ),
        rerank=_plan_tei("rerank", settings.rerank, settings, facts, ()),
        qdrant=ServicePlan(
            name="qdrant",
            arguments=(
                "-m",
                "infra.local.qdrant",
                "--storage",
                str(facts.folder / "qdrant"),
                "--host",
                LOOPBACK,
                "--port",
                str(settings.local.qdrant_port),
            ),
            port=settings.local.qdrant_port,
            health_path="/readyz",
            start_deadline_s=settings.local.start_deadline_s,
            stop_grace_s=settings.local.stop_grace_s,
            code_version=facts.code_versions["qdrant"],
            environment={"QDRANT__SERVICE__JWT_RBAC": "true"},
            secret_environment={
                "QDRANT__SERVICE__API_KEY": QDRANT_KEY,
                "QDRANT__SERVICE__READ_ONLY_API_KEY": QDRANT_READ_ONLY_KEY,
            },
        ),
    )


def _plan_gateway(settings: StackSettings, facts: LocalFacts) -> ServicePlan:
    local = settings.local
    config = {
        "target": settings.target.value,
        "addresses": {
            "embed": f"http://{LOOPBACK}:{local.embed_port}",
            "rerank": f"http://{LOOPBACK}:{local.rerank_port}",
            "qdrant": f"http://{LOOPBACK}:{local.qdrant_port}",
        },
        **settings.model_dump(
            mode="json", include={"embed", "rerank", "store", "passages", "search", "gateway"}
        ),
    }
    return ServicePlan(
        name="gateway",
        arguments=(
            "-m",
            "infra.gateway",
            "--host",
            LOOPBACK,
            "--port",
            str(local.gateway_port),
            "--keys-file",
            str(facts.folder / "keys" / "clients.json"),
        ),
        port=local.gateway_port,
        # Not /readyz: the services behind start beside it, and it waits for them by itself.
        health_path="/healthz",
        start_deadline_s=local.start_deadline_s,
        stop_grace_s=local.stop_grace_s,
        code_version=facts.code_versions["gateway"],
        environment={"GATEWAY_CONFIG": json.dumps(config, sort_keys=True)},
        secret_environment={"TEI_API_KEY": TEI_KEY, "QDRANT_API_KEY": QDRANT_KEY},
        client_keys={
            GATEWAY_OPERATOR_KEY: ("search", "embed", "index"),
            GATEWAY_APPLICATION_KEY: ("search", "embed"),
        },
        after=("embed", "rerank", "qdrant"),
    )


def _plan_tei(
    role: str,
    server: EmbedSettings | RerankSettings,
    settings: StackSettings,
    facts: LocalFacts,
    own_arguments: tuple[str, ...],
) -> ServicePlan:
    port = settings.local.embed_port if role == "embed" else settings.local.rerank_port
    return ServicePlan(
        name=role,
        arguments=(
            "-m",
            "infra.local.tei",
            "--role",
            role,
            "--model-id",
            server.model_id,
            "--revision",
            server.revision,
            "--hostname",
            LOOPBACK,
            "--port",
            str(port),
            "--max-client-batch-size",
            str(server.max_client_batch_size),
            "--max-concurrent-requests",
            str(server.max_concurrent_requests),
            "--max-batch-tokens",
            str(server.max_batch_tokens),
            *own_arguments,
        ),
        port=port,
        health_path="/health",
        start_deadline_s=settings.local.start_deadline_s,
        stop_grace_s=settings.local.stop_grace_s,
        code_version=facts.code_versions["tei"],
        secret_environment={"API_KEY": TEI_KEY},
    )
