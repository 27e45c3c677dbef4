"""The `ServingProfile`: everything that says what the two model servers of a node are.

It unites the models' settings (`embed`, `rerank`), the flags of both (`serving`) and the pinned
image into one value that a host renders, and that changes exactly when a node must be replaced.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.plans.unresolved import image_reference
from infra.settings import EmbedSettings, RerankSettings, StackSettings
from infra.settings.aws.serving import WeightSource

EMBED_PORT, RERANK_PORT = 8080, 8081
"""Loopback ports of the two containers on a node."""

MODEL_FOLDER = "/models"
"""Where a container sees the files of its model, if they come from the bucket."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelServer:
    """One TEI container: flags in TEI's own words, port on the host's loopback."""

    role: str
    model_id: str
    revision: str
    port: int
    arguments: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingProfile:
    """Both servers. `image` is by digest; `image_resolved` is false while that is a placeholder.

    `image_id` is what the archive in the bucket loads as, empty while unknown.
    """

    image: str
    image_resolved: bool
    image_id: str
    source: WeightSource
    container_memory_mib: int
    embed: ModelServer
    rerank: ModelServer


def serving_profile(settings: StackSettings) -> ServingProfile:
    """The profile of a stack's GPU nodes."""
    tei = settings.pins.tei
    return ServingProfile(
        image=image_reference(tei),
        image_resolved=tei.resolved,
        image_id=tei.image_id,
        source=settings.serving.source,
        container_memory_mib=settings.serving.container_memory_mib,
        embed=_server(
            settings,
            "embed",
            settings.embed,
            EMBED_PORT,
            ("--pooling", settings.embed.pooling),
        ),
        rerank=_server(settings, "rerank", settings.rerank, RERANK_PORT, ()),
    )


def _server(
    settings: StackSettings,
    role: str,
    server: EmbedSettings | RerankSettings,
    port: int,
    own_arguments: tuple[str, ...],
) -> ModelServer:
    serving = settings.serving
    from_bucket = serving.source is WeightSource.BUCKET
    return ModelServer(
        role=role,
        model_id=server.model_id,
        revision=server.revision,
        port=port,
        arguments=(
            "--model-id",
            f"{MODEL_FOLDER}/{role}" if from_bucket else server.model_id,
            "--revision",
            server.revision,
            "--dtype",
            serving.dtype.value,
            "--max-batch-tokens",
            str(server.max_batch_tokens),
            "--max-client-batch-size",
            str(server.max_client_batch_size),
            "--max-concurrent-requests",
            str(server.max_concurrent_requests),
            "--auto-truncate",
            str(serving.auto_truncate).lower(),
            "--payload-limit",
            str(serving.payload_limit_bytes),
            "--json-output",
            "--disable-spans",
            *own_arguments,
        ),
    )
