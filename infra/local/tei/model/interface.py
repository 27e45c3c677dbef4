"""What the server asks of a tokenizer and of a model. Knows no implementation and no HTTP.

The weight-free model of this package implements it; tests put doubles behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from infra.local.tei.wire.floats import Vector

# Special token ids, as in the XLM-R vocabulary that bge-m3 uses.
BOS_ID = 0
PAD_ID = 1
EOS_ID = 2
UNKNOWN_ID = 3
MASK_ID = 250_001
VOCABULARY_SIZE = 250_002

SPECIAL_TEXTS: Mapping[int, str] = {
    BOS_ID: "<s>",
    PAD_ID: "<pad>",
    EOS_ID: "</s>",
    UNKNOWN_ID: "<unk>",
    MASK_ID: "<mask>",
}


@dataclass(frozen=True, slots=True)
class Pieces:
    """Tokens of one text without the special tokens around it.

    `spans[i]` is where token `ids[i]` stands in `text`, in characters.
    """

    text: str
    ids: Sequence[int]
    spans: Sequence[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, count: int) -> Pieces:
        """The first `count` tokens."""
        return Pieces(self.text, self.ids[:count], self.spans[:count])

    def last(self, count: int) -> Pieces:
        """The last `count` tokens."""
        cut = len(self.ids) - count
        return Pieces(self.text, self.ids[cut:], self.spans[cut:])

    def kept_text(self) -> str:
        """The part of the text that these tokens cover."""
        return self.text[self.spans[0][0] : self.spans[-1][1]] if self.spans else ""


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One text, or a pair, as the model sees it: after prompt and truncation.

    `tokens` counts the special tokens too; `framed` tells whether `<s>` and `</s>` are there
    (they are not around ids that a client sent without a prompt).
    """

    first: Pieces
    second: Pieces | None = None
    framed: bool = True

    @property
    def tokens(self) -> int:
        if self.second is not None:
            return len(self.first) + len(self.second) + 4
        return len(self.first) + (2 if self.framed else 0)


class Tokenizer(Protocol):
    """Text to ids and back."""

    def encode(self, text: str, *, at_most: int | None = None) -> Pieces:
        """Tokens of `text`, no more than `at_most` of them, without special tokens."""
        ...

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool) -> str:
        """The text of `ids`; ids outside of the vocabulary add nothing."""
        ...


class EmbeddingModel(Protocol):
    """Text to vectors. Raw values; the server cuts, normalises and rounds them."""

    @property
    def dimensions(self) -> int: ...

    def embed(self, item: ModelInput) -> Vector:
        """One vector of `dimensions` numbers."""
        ...

    def embed_tokens(self, item: ModelInput) -> Vector:
        """One row per token, `<s>` first and `</s>` last."""
        ...


class ScoringModel(Protocol):
    """Text, or a pair of texts, to one logit per label."""

    @property
    def labels(self) -> Sequence[str]: ...

    def logits(self, item: ModelInput) -> Vector:
        """One number per label, in the order of `labels`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """Everything one server serves. Exactly one of `embedding` and `scoring` is set.

    `label` says in `/info` what this is. `max_batch_requests` is a limit of the backend, which
    `/info` shows instead of the flag's value.
    """

    label: str
    tokenizer: Tokenizer
    max_input_tokens: int
    embedding: EmbeddingModel | None = None
    scoring: ScoringModel | None = None
    prompts: Mapping[str, str] | None = None
    max_batch_requests: int | None = None

    @property
    def is_reranker(self) -> bool:
        """A scorer with one label; with more labels it is a classifier."""
        return self.scoring is not None and len(self.scoring.labels) == 1
