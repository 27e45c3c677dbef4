"""How the two model servers run on a GPU node. The models themselves are `embed` and `rerank`."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from infra.settings.base import Settings


class Dtype(StrEnum):
    """Number format of the weights; a T4 has no bfloat16."""

    FLOAT16 = "float16"
    FLOAT32 = "float32"


class WeightSource(StrEnum):
    """Where nodes get models, images and programs from at boot."""

    BUCKET = "bucket"
    HUB = "hub"


class ServingSettings(Settings):
    """Flags of both TEI containers that are not the model's own."""

    dtype: Dtype = Field(
        default=Dtype.FLOAT16,
        strict=False,
        description="Number format on the GPU. float32 doubles memory and is several times slower "
        "on a T4. A change of it moves every vector a little: re-index.",
    )
    flash_attention: bool = Field(
        default=False,
        description="Stays false: on a T4 flash attention gives vectors of NaN with status 200.",
    )
    auto_truncate: bool = Field(
        default=True,
        description="Cut a text that is too long instead of refusing it with 422.",
    )
    payload_limit_bytes: int = Field(
        default=4_000_000,
        ge=100_000,
        le=100_000_000,
        description="Longest request body of a model server; more is 413.",
    )
    container_memory_mib: int = Field(
        default=4096,
        ge=2048,
        le=32768,
        description="Host memory of each model server's container; above it the kernel ends the "
        "container, which then starts anew in under a minute.",
    )
    source: WeightSource = Field(
        default=WeightSource.BUCKET,
        strict=False,
        description="Where a node gets models and images: `bucket` (the account's artifact bucket, "
        "filled by `retrieval mirror`) or `hub`, whose outage or rate limit then stops boots.",
    )

    @model_validator(mode="after")
    def _flash_attention_stays_off(self) -> Self:
        if self.flash_attention:
            raise ValueError(
                "flash_attention is true: on a T4 (compute capability 7.5) it gives vectors of "
                "NaN with status 200; leave it false"
            )
        return self
