"""The legs of a search and their weights in fusion. A leg is also the name of its vector."""

from __future__ import annotations

from enum import StrEnum

from infra.pipeline.records import Language
from infra.settings import SearchSettings


class Leg(StrEnum):
    """One branch of a search. `M3` is the learned sparse one of bge-m3, where it is switched on."""

    DENSE = "dense"
    BM25_RU = "bm25_ru"
    BM25_EN = "bm25_en"
    M3 = "m3"

    @property
    def language(self) -> Language | None:
        """The language whose word forms the leg knows; None for a leg that serves both."""
        return {Leg.BM25_RU: Language.RUSSIAN, Leg.BM25_EN: Language.ENGLISH}.get(self)


LEXICAL_LEGS = (Leg.BM25_RU, Leg.BM25_EN)


def leg_weights(settings: SearchSettings) -> dict[Leg, float]:
    """The weight of each leg that runs; a weight of 0 leaves the leg out."""
    weights = {
        Leg.DENSE: settings.weight_dense,
        Leg.BM25_RU: settings.weight_bm25_ru,
        Leg.BM25_EN: settings.weight_bm25_en,
        Leg.M3: settings.weight_m3 if settings.sparse == "m3" else 0.0,
    }
    return {leg: weight for leg, weight in weights.items() if weight > 0}
