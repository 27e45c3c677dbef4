"""Dense and learned sparse vectors of the same texts, from one stock embed server.

Rows of a text's tokens come from `/embed_all`, which a server with CLS pooling mixes up as soon as
two texts share a batch. So it is sent one text at a time there, and lists only to a server with
mean pooling, which does not. Either way each text's rows are held against its `/embed` vector, and
rows that are not its own are fetched again alone; if they stay wrong, there is an error and no
vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infra.clock import Clock
from infra.errors import CheckFailedError, OperatorError, ServiceUnavailableError, SettingsError
from infra.pipeline.batches import batches
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.embed import TextVectors, Vector, checked_vector
from infra.pipeline.sparse.guard import Pooling, distance, tolerance
from infra.pipeline.sparse.head import SparseHead
from infra.pipeline.sparse.records import QueryVectors
from infra.pipeline.sparse.rows import TokenRows
from infra.pipeline.sparse.turns import turn
from infra.pipeline.sparse.weights import BOS_ID, EOS_ID, Rows, sparse_vector

# Padded tokens in one call for rows: about 12 MB of JSON at 1024 numbers.
_ROW_TOKENS = 1024
# Tries for rows of one text alone, and seconds between them: whoever disturbs may be done by then.
_TRIES = 3
_FIRST_WAIT_S = 0.05
# Longest wait for a turn outside of a query: longer than the calls of a few texts before it.
_TURN_S = 60.0


class SparseEmbedder:
    """Embeds texts within the limits of one server; safe to share between threads."""

    def __init__(
        self, source: TokenRows, *, head: SparseHead, clock: Clock, limit: TimeLimit | None = None
    ) -> None:
        self._source = source
        self._head = head
        self._clock = clock
        self._limit = TimeLimit(clock) if limit is None else limit

    def text_vectors(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[TextVectors]:
        """Both vectors of each text, in order.

        Raises:
            CheckFailedError: the server gives rows of other texts, whatever is tried.
            SettingsError: it pools in a way that leaves no dense vector of the model.
        """
        if self._pooling() == "cls":
            dense = self._source.embed(texts, tokens)
            ids = self._ids(texts)
            rows = [
                self._rows_alone(*one, pooling="cls") for one in zip(texts, ids, dense, strict=True)
            ]
            return [self._vectors(*one) for one in zip(dense, rows, ids, strict=True)]
        ids = self._ids(texts)
        found: list[TextVectors] = []
        for part in batches(
            texts,
            max_texts=self._source.list_limit,
            tokens=[len(row) for row in ids],
            max_tokens=_ROW_TOKENS,
        ):
            some = slice(part.start, part.stop)
            rows = self._rows_of_list(texts[some], ids[some])
            dense = [self._first_row(own) for own in rows]
            found.extend(self._vectors(*one) for one in zip(dense, rows, ids[some], strict=True))
        return found

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        """The dense vectors alone: from `/embed` where that gives them, else the first rows."""
        if self._pooling() == "cls":
            return self._source.embed(texts, tokens)
        return [vectors.dense for vectors in self.text_vectors(texts, tokens)]

    def query_vectors(self, text: str) -> QueryVectors:
        """Both vectors of a query, or the dense one with the reason why it is alone."""
        if self._pooling() == "mean":
            vectors = self.text_vectors([text])[0]
            return QueryVectors(dense=vectors.dense, sparse=vectors.sparse)
        dense = self._source.embed([text])[0]
        try:
            ids = self._ids([text])[0]
            rows = self._rows_alone(text, ids, dense, pooling="cls")
        except (ServiceUnavailableError, CheckFailedError) as error:
            return QueryVectors(dense=dense, sparse=None, problem=error)
        return QueryVectors(dense=dense, sparse=sparse_vector(rows, ids, self._head))

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        """How the texts are parted into calls for dense vectors."""
        return self._source.batches(texts, tokens)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in the model's tokens, special tokens included."""
        return self._source.count_tokens(texts)

    def _pooling(self) -> Pooling:
        match self._source.served.pooling:
            case "cls":
                return "cls"
            case "mean":
                return "mean"
            case other:
                raise SettingsError(
                    f"the embed server at {self._source.address} pools by {other}",
                    why="bge-m3's dense vector is the first row, which only `cls` and `mean` leave",
                    remedy="start it with `--pooling cls` or `--pooling mean` (docs/sparse.md)",
                )

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        found = self._source.ids(texts)
        for ids in found:
            if len(ids) < 2 or ids[0] != BOS_ID or ids[-1] != EOS_ID:
                raise CheckFailedError(
                    "the embed server's tokens are not those of bge-m3",
                    why=f"a text begins with id {ids[:1]} and ends with {ids[-1:]}, not 0 and 2",
                    remedy="set `retrieval:store.sparse` to off for this model",
                )
        return found

    def _rows_of_list(self, texts: Sequence[str], ids: Sequence[list[int]]) -> list[Rows]:
        """Rows by one call of several texts; those that are not a text's own, alone."""
        found = self._source.rows(texts)
        pooled = self._source.embed(texts, [len(row) for row in ids])
        return [
            rows
            if self._is_own(rows, own_ids, vector, "mean")
            else self._rows_alone(text, own_ids, vector, pooling="mean")
            for text, rows, own_ids, vector in zip(texts, found, ids, pooled, strict=True)
        ]

    def _rows_alone(
        self, text: str, ids: Sequence[int], embedded: Vector, *, pooling: Pooling
    ) -> Rows:
        """Rows of one text with no other of ours under way at this server."""
        wait_s = _FIRST_WAIT_S
        for attempt in range(_TRIES):
            if attempt:
                self._clock.sleep(min(wait_s, self._limit.call_s(wait_s)))
                wait_s *= 2
            with turn(self._source.address, wait_s=self._limit.call_s(_TURN_S)):
                rows = self._source.rows([text])[0]
            if self._is_own(rows, ids, embedded, pooling):
                return rows
        raise self._not_own()

    def _is_own(self, rows: Rows, ids: Sequence[int], embedded: Vector, pooling: Pooling) -> bool:
        if len(rows) != len(ids):
            return False
        return distance(rows, embedded, pooling) <= tolerance(self._source.served.model_dtype)

    def _first_row(self, rows: Rows) -> Vector:
        first = rows[0].astype(np.float64)
        return checked_vector((first / np.linalg.norm(first)).tolist(), len(first))

    def _vectors(self, dense: Vector, rows: Rows, ids: Sequence[int]) -> TextVectors:
        return TextVectors(dense=dense, sparse=sparse_vector(rows, ids, self._head))

    def _not_own(self) -> OperatorError:
        return CheckFailedError(
            f"the embed server at {self._source.address} gives token rows of other texts",
            why=f"they did not fit the text's own vector in {_TRIES} tries; with CLS pooling that "
            "happens when another program asks it for rows at the same time",
            remedy="end the other program, or start the server with `--pooling mean` "
            "(docs/sparse.md)",
        )
