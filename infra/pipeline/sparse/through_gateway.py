"""Dense and learned sparse vectors of the same texts, from the gateway.

Token rows are some 11 kB for each token and stay between the gateway and its embed server; what
comes here are the vectors made of them, checked there by the same code that calls a server itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from infra.errors import CheckFailedError, OperatorError, ServiceUnavailableError
from infra.pipeline.batches import batches
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.embed import EmbedClient, TextVectors, Vector, checked_vector
from infra.pipeline.sparse.records import QueryVectors, SparseVector
from infra.pipeline.tei import TeiCalls

BOTH_VECTORS = "/v1/embeddings"
"""The gateway's route; the only one that is not TEI's, which has nothing like it."""

# Padded tokens in one call. The gateway may have to fetch rows one text at a time, and other calls
# wait for that: short ones stay within its deadline.
_CALL_TOKENS = 2048
# Of the time that embedding a query may take, what the weights may cost before there are none.
_BOTH_SHARE = 0.6


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    dense: list[float]
    ids: tuple[int, ...]
    weights: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sparse_head: str
    entries: list[_Entry]


_ANSWER = TypeAdapter(_Answer)


class GatewaySparseEmbedder:
    """As `SparseEmbedder`, where the embed server is private to the gateway's host."""

    def __init__(
        self, embedder: EmbedClient, calls: TeiCalls, *, dimensions: int, limit: TimeLimit
    ) -> None:
        self._embedder = embedder
        self._calls = calls
        self._dimensions = dimensions
        self._limit = limit

    def text_vectors(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[TextVectors]:
        """Both vectors of each text, in order.

        Raises:
            CheckFailedError: a vector that cannot be used, or weights of another head than before.
            ServiceRefusedError: the gateway has no head, or the key may not index.
        """
        found: list[TextVectors] = []
        for part in self.batches(texts, tokens):
            own = [texts[index] for index in part]
            answer = self._calls.post(BOTH_VECTORS, {"inputs": own}, _ANSWER)
            if len(answer.entries) != len(own):
                raise self._calls.not_tei(f"{len(answer.entries)} vectors for {len(own)} texts")
            if answer.sparse_head != self._embedder.served.sparse_head:
                raise _other_head()
            found.extend(map(self._checked, answer.entries))
        return found

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        """The dense vectors alone. The gateway gives bge-m3's whatever its server pools by."""
        return self._embedder.embed(texts, tokens)

    def query_vectors(self, text: str) -> QueryVectors:
        """Both vectors of a query, or the dense one with the reason why it is alone."""
        try:
            with self._limit.within(_BOTH_SHARE * self._limit.left_s()):
                vectors = self.text_vectors([text])[0]
        except (ServiceUnavailableError, CheckFailedError) as error:
            return QueryVectors(dense=self.embed([text])[0], sparse=None, problem=error)
        return QueryVectors(dense=vectors.dense, sparse=vectors.sparse)

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        """How the texts are parted into calls for both vectors."""
        limit = self._embedder.list_limit
        return batches(texts, max_texts=limit, tokens=tokens, max_tokens=_CALL_TOKENS)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in the model's tokens, special tokens included."""
        return self._embedder.count_tokens(texts)

    def _checked(self, entry: _Entry) -> TextVectors:
        if len(entry.ids) != len(entry.weights) or list(entry.ids) != sorted(set(entry.ids)):
            raise self._calls.not_tei("its learned weights are not one for each token id")
        return TextVectors(
            dense=checked_vector(entry.dense, self._dimensions),
            sparse=SparseVector(ids=entry.ids, weights=entry.weights),
        )


def _other_head() -> OperatorError:
    return CheckFailedError(
        "the gateway's learned weights come from another head than before",
        why="it was restarted with another file meanwhile, and weights of two heads do not compare",
        remedy="repeat the command; documents indexed with the other head need --rebuild",
    )
