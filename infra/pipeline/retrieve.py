"""Query to candidates: embed, search the legs, fuse. A leg that fails is left out and flagged.

An answer without one leg is worth more than none, so only a failure of every leg is an error. What
was refused (a wrong key, a query longer than the model takes) is one at once: it has to be mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.errors import (
    CheckFailedError,
    InternalError,
    OperatorError,
    ServiceRefusedError,
    ServiceUnavailableError,
)
from infra.pipeline.answers import EMPTY_LEG, LOST_LEG
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.embed import Vector
from infra.pipeline.fuse import Found, Fused, fuse
from infra.pipeline.lacks import Lacks
from infra.pipeline.legs import Leg, leg_weights
from infra.pipeline.ports import Embedder, QueryEmbedder, SearchStore
from infra.pipeline.retry import TryAgainError
from infra.pipeline.sparse.records import SparseVector
from infra.pipeline.watch import Stage, StopWatch
from infra.settings import SearchSettings

# Of the time that is left, what embedding may take: the lexical legs can answer without it.
EMBED_SHARE = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Retrieved:
    """The candidates, best first, and how many points each leg that ran has found."""

    candidates: list[Fused]
    found: Mapping[Leg, int]


class Retriever:
    """The first half of a search, with fixed settings. `sparse` is needed for the learned leg."""

    def __init__(
        self,
        *,
        embedder: Embedder,
        sparse: QueryEmbedder | None,
        store: SearchStore,
        settings: SearchSettings,
        limit: TimeLimit,
    ) -> None:
        self._embedder = embedder
        self._sparse = sparse
        self._store = store
        self._settings = settings
        self._limit = limit

    def retrieve(self, text: str, *, watch: StopWatch, lacks: Lacks) -> Retrieved:
        """The candidates for a normalised query.

        Raises:
            ServiceUnavailableError: no leg is left, or the store does not answer.
            ServiceRefusedError: a key or the query was refused.
        """
        weights = leg_weights(self._settings)
        lost: dict[Leg, OperatorError] = {}
        with watch.stage(Stage.EMBED), self._limit.within(EMBED_SHARE * self._limit.left_s()):
            vector, sparse = self._vectors(text, weights, lost)
        with watch.stage(Stage.SEARCH):
            found = self._found(text, vector, sparse, [leg for leg in weights if leg not in lost])
        lost.update(
            {leg: points for leg, points in found.items() if isinstance(points, OperatorError)}
        )
        if len(lost) == len(weights):
            raise next(iter(lost.values()))
        for leg, error in lost.items():
            lacks.lost(LOST_LEG[leg], error)
        rankings = {leg: points for leg, points in found.items() if isinstance(points, list)}
        for leg, points in rankings.items():
            if not points:
                lacks.note(EMPTY_LEG[leg])
        with watch.stage(Stage.FUSE):
            candidates = fuse(
                rankings,
                weights=weights,
                k=self._settings.rrf_k,
                keep=self._settings.candidates_retrieved,
            )
        return Retrieved(
            candidates=candidates, found={leg: len(points) for leg, points in rankings.items()}
        )

    def _vectors(
        self, text: str, weights: Mapping[Leg, float], lost: dict[Leg, OperatorError]
    ) -> tuple[Vector, SparseVector | None]:
        """What the legs need; those that cannot have it are added to `lost`."""
        wanted = [leg for leg in (Leg.DENSE, Leg.M3) if leg in weights]
        if Leg.M3 in wanted and self._sparse is None:
            lost[Leg.M3] = _no_sparse()
            wanted.remove(Leg.M3)
        if not wanted:
            return [], None
        try:
            if Leg.M3 not in wanted or self._sparse is None:
                return self._embedder.embed([text])[0], None
            vectors = self._sparse.query_vectors(text)
        except (ServiceUnavailableError, CheckFailedError) as error:
            lost.update(dict.fromkeys(wanted, error))
            return [], None
        if vectors.problem is not None:
            lost[Leg.M3] = vectors.problem
        return vectors.dense, vectors.sparse

    def _found(
        self, text: str, vector: Vector, sparse: SparseVector | None, legs: Sequence[Leg]
    ) -> dict[Leg, list[Found] | OperatorError]:
        """What each leg found or why it did not, by one call where nothing is wrong."""
        if not legs:
            return {}

        def search(some: Sequence[Leg]) -> dict[Leg, list[Found]]:
            limit = self._settings.candidates_retrieved
            return self._store.search(
                vector=vector, text=text, legs=some, limit=limit, sparse=sparse
            )

        try:
            return dict(search(legs))
        except (ServiceUnavailableError, ServiceRefusedError) as error:
            if len(legs) == 1 or _is_away(error) or self._limit.left_s() <= 0:
                raise
        # One bad leg fails the whole call, so each is asked by itself.
        found: dict[Leg, list[Found] | OperatorError] = {}
        for leg in legs:
            try:
                found[leg] = search([leg])[leg]
            except (ServiceUnavailableError, ServiceRefusedError) as error:
                found[leg] = error
        return found


def _is_away(error: OperatorError) -> bool:
    """Whether the store gave no answer at all: then there is no use in asking leg by leg."""
    return isinstance(error.__cause__, TryAgainError)


def _no_sparse() -> OperatorError:
    return InternalError(
        "the learned sparse leg is switched on where nothing makes its vectors",
        why="this program was put together without a sparse embedder",
        remedy="set `retrieval:search.sparse` to off, and report it",
    )
