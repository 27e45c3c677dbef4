"""The two model servers: which model, and the limits of its server."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from infra.settings.base import Settings

# Model commits confirmed by many public pins and the MTEB registry; the hub was not asked.
BGE_M3_REVISION = "5617a9f61b028005a4858fdac845db406aefb181"
BGE_RERANKER_REVISION = "953dc6f6f85a1b2dbfca4c34a2796e7dde08d41e"

_REVISION = r"^[0-9a-f]{40}$"


class _ServerSettings(Settings):
    max_client_batch_size: int = Field(
        default=32,
        ge=1,
        le=1024,
        description="Texts in one HTTP call; TEI refuses more with 422, the pipeline splits to it.",
    )
    max_concurrent_requests: int = Field(
        default=128,
        ge=1,
        le=4096,
        description="Texts in flight before the server answers 429; at least the client batch.",
    )
    max_batch_tokens: int = Field(
        default=8192,
        ge=64,
        le=16384,
        description="Token budget of one forward pass; also caps the length of one input. 8192 is "
        "the most that two servers on one 16 GB T4 hold in the worst case.",
    )

    @model_validator(mode="after")
    def _a_full_list_can_be_admitted(self) -> Self:
        if self.max_concurrent_requests < self.max_client_batch_size:
            raise ValueError(
                f"max_concurrent_requests is {self.max_concurrent_requests}, less than "
                f"max_client_batch_size {self.max_client_batch_size}: a full list would get 429 "
                f"even on an idle server; set it to {self.max_client_batch_size} or more"
            )
        return self


class EmbedSettings(_ServerSettings):
    """The embed server (text to dense vector)."""

    model_id: str = Field(
        default="BAAI/bge-m3",
        min_length=1,
        description="Model on the hub. The local target runs a weight-free stand-in.",
    )
    revision: str = Field(
        default=BGE_M3_REVISION,
        pattern=_REVISION,
        description="Model commit, 40 hex digits. A change makes old vectors useless: re-index.",
    )
    dimensions: int = Field(
        default=1024,
        ge=8,
        le=4096,
        description="Length of one vector, as the model gives it; smoke and index check it.",
    )
    pooling: Literal["cls", "mean"] = Field(
        default="cls",
        description="How the server makes one vector of a text's rows. `mean` makes indexing with "
        "`store.sparse: m3` safe in lists, but what the server itself gives is then not bge-m3's "
        "dense vector (pipeline and gateway take it from the rows): refused without m3.",
    )
    sparse_head: str = Field(
        default="",
        description="File with the head of the learned sparse weights: `sparse_linear.pt` of the "
        "model's repository, or safetensors or JSON; read where weights are made, which is on the "
        "gateway's host if there is one. Needed by `store.sparse: m3` only.",
    )


class RerankSettings(_ServerSettings):
    """The rerank server (query and passage to score)."""

    model_id: str = Field(
        default="BAAI/bge-reranker-v2-m3",
        min_length=1,
        description="Cross-encoder on the hub. The local target runs a weight-free stand-in.",
    )
    revision: str = Field(
        default=BGE_RERANKER_REVISION,
        pattern=_REVISION,
        description="Model commit, 40 hex digits.",
    )
