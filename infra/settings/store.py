"""The vector store: collection, quantization and the lexical legs."""

from __future__ import annotations

from pydantic import Field

from infra.settings.base import Settings
from infra.settings.learned_sparse import LearnedSparse


class Bm25Settings(Settings):
    """Server-side BM25, one sparse vector per language."""

    k: float = Field(default=1.2, gt=0, le=10, description="Term-frequency saturation of BM25.")
    b: float = Field(
        default=0.75, ge=0, le=1, description="Length normalisation of BM25; 0 switches it off."
    )
    avg_len_words: int = Field(
        default=120,
        ge=1,
        le=10_000,
        description="Mean passage length in words, fixed when a passage is indexed. A wrong value "
        "weakens length normalisation; a change needs a re-index.",
    )


class StoreSettings(Settings):
    """The Qdrant collection that passages live in."""

    collection: str = Field(
        default="lessons",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        description="Name that clients use. It is an alias; the collection behind it carries the "
        "index key.",
    )
    rescore: bool = Field(
        default=True,
        description="Recompute quantized candidates with the original vectors. Off loses recall.",
    )
    oversampling: float = Field(
        default=3.0,
        ge=1.0,
        le=5.0,
        description="Quantized candidates fetched per wanted one before rescoring. 1.0 makes "
        "rescoring reorder only what it already has; each one costs a disk read when cold.",
    )
    bm25: Bm25Settings = Field(default_factory=Bm25Settings, description="The lexical legs.")
    sparse: LearnedSparse = Field(
        default="off",
        description="`m3`: store bge-m3's learned sparse weights with each passage. Needs "
        "`embed.sparse_head`; indexing reads about 11 kB a token. A change needs a re-index.",
    )
