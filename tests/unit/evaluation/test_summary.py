"""Groups and means: languages, kinds, and cross-lingual queries in no mean but their own."""

from __future__ import annotations

from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.judged import CROSS_LINGUAL
from infra.evaluation.metrics import Metric
from infra.evaluation.summary import kind_groups, language_groups, summarise
from infra.pipeline.records import Language
from tests.unit.evaluation.builders import judged, measured

QUERIES = [
    judged("r1"),
    judged("r2", kind="yo"),
    judged("e1", language=Language.ENGLISH),
    judged("x1", kind=CROSS_LINGUAL),
    judged("x2", kind=CROSS_LINGUAL, language=Language.ENGLISH),
    judged("n1", language=None),
]


def groups_by_name() -> dict[str, tuple[str, ...]]:
    return {group.name: group.query_ids for group in language_groups(QUERIES)}


def test_languages_and_cross_lingual_directions() -> None:
    """Each query is in its language and in the whole; a cross-lingual one only in its direction."""
    assert groups_by_name() == {
        "ru": ("r1", "r2"),
        "en": ("e1",),
        "neither language": ("n1",),
        "all languages": ("r1", "r2", "e1", "n1"),
        "cross-lingual, ru queries": ("x1",),
        "cross-lingual, en queries": ("x2",),
    }


def test_kinds_by_language() -> None:
    """Only pairs that have queries; a set without kinds has no such groups."""
    assert [group.name for group in kind_groups(QUERIES[:3])] == ["term, ru", "term, en", "yo, ru"]
    assert kind_groups([judged("a", kind="")]) == []


def test_means_are_of_the_group_only() -> None:
    """The cross-lingual zero moves no main mean."""
    scores = {"r1": 1.0, "r2": 0.5, "e1": 0.25, "x1": 0.0, "x2": 0.0, "n1": 0.25}
    summaries = summarise(language_groups(QUERIES), {"fused": measured(scores)}, Bootstrap())
    means = {s.group: s.systems[0].metrics[Metric.NDCG_10].mean for s in summaries}
    assert means["ru"] == 0.75
    assert means["all languages"] == 0.5
    assert means["cross-lingual, ru queries"] == 0.0
