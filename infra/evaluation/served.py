"""Which models really answer, in their servers' own words: a stand-in says that it is one.

The name of a stack or of its target is no evidence; `/info` is.
"""

from __future__ import annotations

from dataclasses import dataclass

import requests
from pydantic import BaseModel, ConfigDict, ValidationError

from infra.errors import ServiceUnavailableError
from infra.pipeline.assemble import Pipeline
from infra.pipeline.retry import TryAgainError
from infra.pipeline.transport import HttpTransport

STAND_IN_WORDS = "stand-in"
"""What the label of a server without a real model holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnsweringModel:
    """A model server as it describes itself; `label` is null where the server has none."""

    role: str
    model_id: str
    revision: str | None
    server_version: str
    label: str | None
    is_stand_in: bool


class _Info(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    model_id: str
    model_sha: str | None = None
    version: str
    docker_label: str | None = None


def answering_models(pipeline: Pipeline) -> list[AnsweringModel]:
    """The embed and the rerank server of a stack.

    Raises:
        ServiceUnavailableError: one has no address, does not answer, or not as TEI does.
    """
    addresses = {"embed": pipeline.addresses.embed, "rerank": pipeline.addresses.rerank}
    key = pipeline.secrets.get("tei_api_key")
    return [_ask(role, address, key) for role, address in addresses.items()]


def stand_ins(models: list[AnsweringModel]) -> list[AnsweringModel]:
    """Those that are no real model."""
    return [model for model in models if model.is_stand_in]


def _ask(role: str, address: str | None, api_key: str | None) -> AnsweringModel:
    if address is None:
        raise ServiceUnavailableError(
            f"the {role} server has no address",
            why="the stack's outputs name none: it is private, or not built yet",
            remedy="run `pulumi up`, or work from a machine inside the stack's network",
        )
    with requests.Session() as session:
        try:
            reply = HttpTransport(address, api_key=api_key, session=session).get("/info")
            info = _Info.model_validate_json(reply.body)
        except (TryAgainError, ValidationError) as error:
            raise ServiceUnavailableError(
                f"the {role} server at {address} does not say what it runs",
                why="its `/info` gave no answer of Text Embeddings Inference",
                remedy="`retrieval status` shows what runs and where",
            ) from error
    return AnsweringModel(
        role=role,
        model_id=info.model_id,
        revision=info.model_sha,
        server_version=info.version,
        label=info.docker_label,
        is_stand_in=STAND_IN_WORDS in (info.docker_label or "").lower(),
    )
