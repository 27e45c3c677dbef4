"""The embedded local target: ports, folder, deadlines."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from infra.settings.base import Settings


class LocalSettings(Settings):
    """Where the local services listen and keep their data. Loopback only, always."""

    gateway_port: int = Field(
        default=18000, ge=1024, le=65535, description="Loopback port of the gateway."
    )
    embed_port: int = Field(
        default=18080, ge=1024, le=65535, description="Loopback port of the embed server."
    )
    rerank_port: int = Field(
        default=18081, ge=1024, le=65535, description="Loopback port of the rerank server."
    )
    qdrant_port: int = Field(
        default=16333, ge=1024, le=65535, description="Loopback port of the vector store."
    )
    folder: str = Field(
        default="",
        description="Folder of the stack's data, keys and logs. Empty: `.retrieval/stacks/<stack>` "
        "in the project. A change starts with an empty index; the old folder is kept.",
    )
    start_deadline_s: int = Field(
        default=60,
        ge=1,
        le=600,
        description="How long a service may take to answer its health check before `up` fails.",
    )
    stop_grace_s: int = Field(
        default=15,
        ge=1,
        le=300,
        description="How long a service may take to finish its work before it is killed.",
    )

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        taken: dict[int, str] = {}
        for name in ("gateway_port", "embed_port", "rerank_port", "qdrant_port"):
            port: int = getattr(self, name)
            if port in taken:
                raise ValueError(
                    f"{name} and {taken[port]} are both {port}: give each service its own port"
                )
            taken[port] = name
        return self
