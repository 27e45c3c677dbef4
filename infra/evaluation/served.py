"""Which models really answer, in their servers' own words: a stand-in says that it is one.

The name of a stack or of its target is no evidence; what the servers say is. They are asked by the
pipeline's own clients, so it works as well where only the gateway reaches them.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.pipeline.assemble import Pipeline
from infra.pipeline.served import ServedModel


@dataclass(frozen=True, kw_only=True, slots=True)
class AnsweringModel:
    """A model server as it describes itself; `label` is null where the server has none."""

    role: str
    model_id: str
    revision: str | None
    server_version: str
    label: str | None
    is_stand_in: bool


def answering_models(pipeline: Pipeline) -> list[AnsweringModel]:
    """The embed and the rerank server of a stack.

    Raises:
        ServiceUnavailableError: one has no address, does not answer, or not as TEI does.
    """
    return [
        _described("embed", pipeline.embedder.served),
        _described("rerank", pipeline.reranker.served),
    ]


def stand_ins(models: list[AnsweringModel]) -> list[AnsweringModel]:
    """Those that are no real model."""
    return [model for model in models if model.is_stand_in]


def _described(role: str, served: ServedModel) -> AnsweringModel:
    return AnsweringModel(
        role=role,
        model_id=served.model_id,
        revision=served.model_sha,
        server_version=served.version,
        label=served.docker_label,
        is_stand_in=served.is_stand_in,
    )
