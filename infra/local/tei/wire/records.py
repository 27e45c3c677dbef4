"""The bodies of TEI's routes as frozen records. A leaf: how they are read is told in `bodies`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# A text, or the ids of one text.
Input = str | list[int]
Direction = Literal["left", "right"]
# One text, or a pair.
PredictItem = tuple[str] | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Truncation:
    """`truncate` None means: as the server is set."""

    truncate: bool | None = None
    direction: Direction = "right"


@dataclass(frozen=True, slots=True)
class EmbedBody:
    """`/embed`, `/embed_all`, `/embed_sparse`, `/embeddings`. `inputs` is a list for a batch."""

    inputs: Input | list[Input]
    is_batch: bool
    truncation: Truncation = Truncation()
    prompt_name: str | None = None
    normalize: bool = True
    dimensions: int | None = None
    as_base64: bool = False

    def texts(self) -> list[Input]:
        """The inputs, one element per text."""
        if self.is_batch:
            return list(self.inputs)  # pyright: ignore[reportReturnType] - is_batch says so
        return [self.inputs]  # pyright: ignore[reportReturnType] - same


@dataclass(frozen=True, slots=True)
class RerankBody:
    """`/rerank`."""

    query: str
    texts: list[str]
    truncation: Truncation
    raw_scores: bool
    return_text: bool


@dataclass(frozen=True, slots=True)
class PredictBody:
    """`/predict`."""

    items: list[PredictItem]
    is_batch: bool
    truncation: Truncation
    raw_scores: bool


@dataclass(frozen=True, slots=True)
class SimilarityBody:
    """`/similarity`."""

    source: str
    sentences: list[str]
    truncation: Truncation
    prompt_name: str | None


@dataclass(frozen=True, slots=True)
class TokenizeBody:
    """`/tokenize`."""

    inputs: list[str]
    add_special_tokens: bool
    prompt_name: str | None


@dataclass(frozen=True, slots=True)
class DecodeBody:
    """`/decode`."""

    ids: list[list[int]]
    skip_special_tokens: bool
