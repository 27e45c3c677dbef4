"""Quality floors on the sample lessons, with the local stand-ins in place of the models.

They hold the pipeline, not a model: a leg that is fused wrongly, a filter that drops a language, or
a reranker whose scores are joined to the wrong passages falls below them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.clock import SystemClock
from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.judged import JudgedFormat, JudgedSet
from infra.evaluation.measure import Measured
from infra.evaluation.metrics import Metric
from infra.evaluation.read import read_judged
from infra.evaluation.runs import Evaluation, evaluate_stack
from infra.evaluation.summary import language_groups
from infra.pipeline.assemble import patient_pipeline
from scripts.deployment import Deployment

pytestmark = [pytest.mark.contract, pytest.mark.real_time, pytest.mark.runs("python")]

LEGS = ("dense", "bm25_ru", "bm25_en")
OWN_LANGUAGE = ("ru", "en", "all languages")


@pytest.fixture(scope="session")
def judged(project_root: Path) -> JudgedSet:
    path = project_root / "infra" / "local" / "lessons" / "queries.jsonl"
    return read_judged(path, written_as=JudgedFormat.LESSONS, qrels=None)


@pytest.fixture(scope="session")
def evaluation(lessons: Deployment, judged: JudgedSet) -> Evaluation:
    """One evaluation for all tests of this file."""
    services = (lessons.endpoints, lessons.secrets, lessons.settings)
    with patient_pipeline(*services, SystemClock()) as pipeline:
        return evaluate_stack(pipeline, judged, lambda _stage, _done, _all: None)


class Floors:
    """nDCG@10 of systems on a group of queries."""

    def __init__(self, judged: JudgedSet, measured: dict[str, Measured], group: str) -> None:
        groups = {group.name: group.query_ids for group in language_groups(judged.queries)}
        self.query_ids = groups[group]
        self.measured = measured

    def ndcg(self, system: str) -> list[float]:
        scores = self.measured[system].scores
        return [scores[query_id][Metric.NDCG_10] for query_id in self.query_ids]

    def mean(self, system: str) -> float:
        return sum(self.ndcg(system)) / len(self.query_ids)

    def surely_below(self, system: str, other: str) -> bool:
        """Whether the whole 95 % interval of the paired difference lies below 0."""
        pairs = zip(self.ndcg(system), self.ndcg(other), strict=True)
        high = Bootstrap().interval([mine - theirs for mine, theirs in pairs]).high
        return high is not None and high < 0


@pytest.fixture
def floors(request: pytest.FixtureRequest, judged: JudgedSet, evaluation: Evaluation) -> Floors:
    return Floors(judged, dict(evaluation.measured), request.param)


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("floors", ["all languages"], indirect=True)
def test_fused_is_not_below_a_leg(floors: Floors, leg: str) -> None:
    """Over both languages, fusing the legs is at least as good as the best of them."""
    assert floors.mean("fused") >= floors.mean(leg)


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("floors", ["ru", "en"], indirect=True)
def test_fused_is_not_surely_below_a_leg_in_any_language(floors: Floors, leg: str) -> None:
    """In one language a leg may be ahead by a query or two, but not beyond chance."""
    assert not floors.surely_below("fused", leg)


@pytest.mark.parametrize("floors", OWN_LANGUAGE, indirect=True)
def test_reranked_is_not_surely_below_fused(floors: Floors) -> None:
    """Reranking loses nothing beyond chance, in either language and in both."""
    assert not floors.surely_below("fused+rerank", "fused")


@pytest.mark.parametrize("floors", ["all languages"], indirect=True)
def test_reranked_is_not_below_fused(floors: Floors) -> None:
    """Over both languages, reranking is at least as good as the fused order."""
    assert floors.mean("fused+rerank") >= floors.mean("fused")


@pytest.mark.parametrize("floors", ["ru", "en"], indirect=True)
def test_reranked_finds_nearly_everything(floors: Floors) -> None:
    """An absolute floor under the whole search, some 0.08 below what was measured."""
    assert floors.mean("fused+rerank") >= 0.85


@pytest.mark.parametrize(
    "floors", ["cross-lingual, ru queries", "cross-lingual, en queries"], indirect=True
)
def test_only_the_dense_leg_crosses_languages(floors: Floors) -> None:
    """Words of one language are found by the lexical legs in that language only."""
    assert floors.mean("dense") > max(floors.mean("bm25_ru"), floors.mean("bm25_en")) + 0.3


def test_every_relevant_lesson_is_indexed(evaluation: Evaluation) -> None:
    """What is measured is the search, not a hole in the collection."""
    assert evaluation.coverage.missing == ()
    assert evaluation.passages > 300


def test_the_stand_ins_say_what_they_are(evaluation: Evaluation) -> None:
    """The local servers' own words mark these numbers as no model's."""
    assert [(model.role, model.is_stand_in) for model in evaluation.models] == [
        ("embed", True),
        ("rerank", True),
    ]
