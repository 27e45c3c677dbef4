"""Which systems follow from the search settings."""

from __future__ import annotations

from infra.evaluation.systems import systems_of
from infra.pipeline.legs import Leg, leg_weights
from infra.settings import SearchSettings


def names(**settings: float) -> list[str]:
    return [system.name for system in systems_of(SearchSettings.model_validate(settings))]


def test_all_parts() -> None:
    """Each leg, the lexical legs together, fused, reranked."""
    assert names() == ["dense", "bm25_ru", "bm25_en", "bm25", "fused", "fused+rerank"]


def test_what_is_switched_off_is_not_measured() -> None:
    """A leg of weight 0 and a reranker of 0 candidates have no system."""
    assert names(weight_bm25_en=0.0, candidates_reranked=0) == ["dense", "bm25_ru", "fused"]


def test_a_system_runs_its_own_legs_with_their_weights() -> None:
    """A leg alone leaves the others out; the fused system is the settings themselves."""
    settings = SearchSettings(weight_bm25_ru=0.7)
    systems = {system.name: system for system in systems_of(settings)}
    assert leg_weights(systems["bm25_ru"].search) == {Leg.BM25_RU: 0.7}
    assert leg_weights(systems["bm25"].search) == {Leg.BM25_RU: 0.7, Leg.BM25_EN: 0.6}
    assert systems["fused"].search == settings
    assert [name for name, system in systems.items() if system.reranks] == ["fused+rerank"]
