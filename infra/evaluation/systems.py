"""What is measured: each leg alone, the lexical legs together, fused, fused and reranked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.pipeline.legs import LEXICAL_LEGS, Leg, leg_weights
from infra.settings import SearchSettings

FUSED = "fused"
RERANKED = "fused+rerank"
LEXICAL = "bm25"


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """One way to answer queries: the search settings it runs with, and whether it reranks."""

    name: str
    search: SearchSettings
    reranks: bool


def systems_of(search: SearchSettings) -> tuple[System, ...]:
    """Every system that these settings have parts for, the fused ones last.

    Legs that the settings leave out are left out here too; the others keep their weights.
    """
    weights = leg_weights(search)
    found = [_system(leg.value, search, {leg: weight}) for leg, weight in weights.items()]
    lexical = {leg: weights[leg] for leg in LEXICAL_LEGS if leg in weights}
    if len(lexical) > 1:
        found.append(_system(LEXICAL, search, lexical))
    found.append(System(name=FUSED, search=search, reranks=False))
    if search.candidates_reranked:
        found.append(System(name=RERANKED, search=search, reranks=True))
    return tuple(found)


def _system(name: str, search: SearchSettings, weights: Mapping[Leg, float]) -> System:
    changed = {f"weight_{leg.value}": weights.get(leg, 0.0) for leg in Leg}
    return System(name=name, search=search.model_copy(update=changed), reranks=False)
