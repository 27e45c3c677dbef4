"""The embed server as the pipeline uses it: texts to checked vectors, and token counts.

Only strings are sent: a list of token ids can end a TEI process (recorded from TEI 1.9.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import TypeAdapter

from infra.errors import CheckFailedError
from infra.pipeline.batches import batches
from infra.pipeline.served import ServedModel
from infra.pipeline.sparse.records import SparseVector
from infra.pipeline.tei import TeiCalls
from infra.settings import EmbedSettings

Vector = list[float]

# A vector of fp16 numbers has norm 1 to about three digits; a wrong one is far off.
NORM_TOLERANCE = 1e-3

# NaN comes as null, so numbers may be missing until they are checked.
_VECTORS = TypeAdapter(list[list[float | None]])
_TOKENS = TypeAdapter(list[list[object]])


@dataclass(frozen=True, kw_only=True, slots=True)
class TextVectors:
    """What is stored for one text. `sparse` is None where the settings want no learned weights."""

    dense: Vector
    sparse: SparseVector | None = None


class EmbedClient:
    """Embeds within the limits of the server and of the settings, whichever are smaller."""

    def __init__(self, calls: TeiCalls, settings: EmbedSettings) -> None:
        self._calls = calls
        self._settings = settings

    @cached_property
    def served(self) -> ServedModel:
        """What the server runs, asked once."""
        return self._calls.info()

    @property
    def list_limit(self) -> int:
        """Most texts in one call."""
        return min(self.served.list_limit, self._settings.max_client_batch_size)

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        """One checked vector for each text, in order; `tokens` lets calls respect the budget.

        Raises:
            CheckFailedError: a vector is of another length, not finite, or not of norm 1.
        """
        vectors: list[Vector] = []
        for part in self.batches(texts, tokens):
            rows = self._rows([texts[index] for index in part])
            vectors.extend(checked_vector(row, self._settings.dimensions) for row in rows)
        return vectors

    def text_vectors(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[TextVectors]:
        """As `embed`, in the form that is stored."""
        return [TextVectors(dense=vector) for vector in self.embed(texts, tokens)]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in the model's tokens, special tokens included."""
        counts: list[int] = []
        for part in batches(texts, max_texts=self.list_limit):
            payload = {"inputs": [texts[index] for index in part], "add_special_tokens": True}
            counts.extend(len(row) for row in self._calls.post("/tokenize", payload, _TOKENS))
        return counts

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        """How `embed` parts its texts into calls."""
        budget = min(self.served.max_batch_tokens, self._settings.max_batch_tokens)
        return batches(texts, max_texts=self.list_limit, tokens=tokens, max_tokens=budget)

    def embed_unchecked(self, texts: Sequence[str]) -> list[list[float | None]]:
        """Rows as they come, a number that is not finite as None: for checks.

        Raises:
            CheckFailedError: another number of rows than texts.
        """
        rows: list[list[float | None]] = []
        for part in self.batches(texts, ()):
            rows.extend(self._rows([texts[index] for index in part]))
        return rows

    def embed_status(self, texts: Sequence[str]) -> int:
        """The status of one call, also of a refusal: for checks that expect one."""
        return self._calls.post_once("/embed", {"inputs": list(texts)}).status

    def _rows(self, texts: list[str]) -> list[list[float | None]]:
        # Nothing is ever cut in silence: a text past the model's limit is refused.
        answer = self._calls.post("/embed", {"inputs": texts, "truncate": False}, _VECTORS)
        if len(answer) != len(texts):
            raise _bad_vector(f"{len(answer)} vectors came back for {len(texts)} texts")
        return answer


def checked_vector(row: Sequence[float | None], dimensions: int) -> Vector:
    """`row` as a vector.

    Raises:
        CheckFailedError: another length, a number that is missing or not finite, a norm not 1.
    """
    if len(row) != dimensions:
        raise _bad_vector(f"it has {len(row)} numbers, the settings say {dimensions}")
    numbers = [number for number in row if number is not None and math.isfinite(number)]
    if len(numbers) != len(row):
        raise _bad_vector(f"{len(row) - len(numbers)} of its {len(row)} numbers are not finite")
    norm = math.sqrt(math.fsum(number * number for number in numbers))
    if abs(norm - 1) > NORM_TOLERANCE:
        raise _bad_vector(f"its norm is {norm:.4f}, not 1 within {NORM_TOLERANCE}")
    return numbers


def _bad_vector(problem: str) -> CheckFailedError:
    return CheckFailedError(
        "the embed server gave a vector that cannot be used",
        why=problem,
        remedy="compare `retrieval:embed` in the settings with the model that is served; "
        "`retrieval smoke` shows all checks",
    )
