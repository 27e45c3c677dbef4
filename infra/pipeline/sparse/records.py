"""The learned sparse vector of one text. Plain records; they know no server and no store."""

from __future__ import annotations

from dataclasses import dataclass

from infra.errors import OperatorError


@dataclass(frozen=True, kw_only=True, slots=True)
class SparseVector:
    """A weight above 0 for each token id, ids ascending. Empty for a text without such a token."""

    ids: tuple[int, ...]
    weights: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryVectors:
    """Both vectors of a query. Without `sparse`, `problem` says why there is none."""

    dense: list[float]
    sparse: SparseVector | None
    problem: OperatorError | None = None
