"""Comparing two settings: paired deltas, what moved, and the reasons in the order of the stages."""

from __future__ import annotations

import pytest

from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.compare import QueryMoves, Side, by_size, compare_answers, deltas
from infra.evaluation.metrics import Metric
from infra.evaluation.moves import Move, Place, reasons
from infra.evaluation.summary import language_groups
from infra.pipeline.legs import Leg
from infra.settings import SearchSettings
from tests.unit.evaluation.builders import Fakes, judged, measured
from tests.unit.pipeline.fakes import passage

PASSAGES = [
    passage("alpha", doc_id="a.md"),
    passage("beta query", doc_id="b.md"),
    passage("gamma", doc_id="c.md"),
]
FOUND = {Leg.DENSE: [0, 1], Leg.BM25_RU: [1, 2], Leg.BM25_EN: list[int]()}
PLAIN = SearchSettings(candidates_retrieved=3, candidates_reranked=0, top_k=1)


def compared(*, before: dict[str, float] | None = None, **changes: float) -> list[QueryMoves]:
    fakes = Fakes(PASSAGES, FOUND)
    sides = [
        Side(services=fakes.services, search=PLAIN.model_copy(update=update))
        for update in (before or {}, changes)
    ]
    return compare_answers(sides[0], sides[1], ["query"])


def place(rank: int, *, fused: int = 1, score: float | None = None, **legs: int) -> Place:
    leg_ranks = {Leg(name): leg_rank for name, leg_rank in legs.items()}
    return Place(rank=rank, fused_rank=fused, leg_ranks=leg_ranks, score=score)


def move(before: Place | None, after: Place | None) -> Move:
    return Move(source="a.md:1-1", doc_id="a.md", before=before, after=after)


class TestCompareAnswers:
    def test_only_what_either_side_returns_is_told(self) -> None:
        """b was first and is second, a the reverse; c is returned by neither."""
        found = compared(weight_dense=10.0, weight_bm25_ru=0.1)
        ranks = {
            m.doc_id: (m.before.rank if m.before else None, m.after.rank if m.after else None)
            for m in found[0].moves
        }
        assert ranks == {"a.md": (2, 1), "b.md": (1, 2)}

    def test_a_leg_left_out_takes_its_candidates_away(self) -> None:
        """c was found by the Russian leg alone: returned before, no candidate now."""
        found = compared(weight_bm25_ru=0.0, top_k=3, before={"top_k": 3})
        gone = [m.doc_id for m in found[0].moves if m.after is None]
        assert gone == ["c.md"]

    def test_same_answers_are_no_news(self) -> None:
        """A setting that changes no rank leaves an empty list."""
        assert compared(weight_bm25_ru=0.61) == []


class TestReasons:
    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            (place(3, fused=4, dense=3), place(1, fused=2, dense=1), "dense 3→1; fused 4→2"),
            (
                place(13, fused=13, dense=5),
                place(1, fused=9, dense=5, score=0.9),
                "fused 13→9; now reranked, score 0.900",
            ),
            (
                place(2, fused=2, dense=5, score=0.7),
                place(14, fused=14, dense=5),
                "fused 2→14; no longer reranked, score was 0.700",
            ),
            (
                place(2, fused=2, dense=5, score=0.7),
                place(3, fused=2, dense=5, score=0.7),
                "others moved around it, same score",
            ),
            (place(2, fused=1, dense=5), place(3, fused=1, dense=5), "others moved around it"),
            (place(1, bm25_ru=2), place(2, dense=7), "bm25_ru 2→–; dense –→7"),
            (None, place(2, fused=5, dense=7), "was no candidate before; dense 7; fused 5"),
            (
                place(2, fused=5, bm25_en=1, score=0.25),
                None,
                "is no candidate any more; bm25_en 1; fused 5; score 0.250",
            ),
        ],
    )
    def test_stage_by_stage(self, before: Place | None, after: Place | None, said: str) -> None:
        """Legs first, then fusing, then the reranker; nothing that stayed the same."""
        assert "; ".join(reasons(move(before, after))) == said


class TestDeltas:
    def test_change_is_after_minus_before(self) -> None:
        """Means of both sides and the paired interval of their difference."""
        queries = [judged("a"), judged("b")]
        found = deltas(
            language_groups(queries),
            {"fused": measured({"a": 0.2, "b": 0.4}), "dense": measured({"a": 0, "b": 0})},
            {"fused": measured({"a": 0.3, "b": 0.5}), "bm25": measured({"a": 0, "b": 0})},
            Bootstrap(),
        )
        assert {delta.system for delta in found} == {"fused"}
        first = found[0]
        assert (first.group, first.metric) == ("ru", Metric.NDCG_10)
        assert (first.before, first.after) == (pytest.approx(0.3), pytest.approx(0.4))
        assert first.change.low == pytest.approx(0.1)

    def test_largest_change_first(self) -> None:
        """Gains and losses alike; equal ones keep the order of the queries."""
        queries = [judged("a"), judged("b"), judged("c")]
        items = [QueryMoves(query=name, moves=()) for name in "abc"]
        old, new = {"a": 0.5, "b": 0.5, "c": 0.5}, {"a": 0.6, "b": 0.1, "c": 0.5}
        sized = by_size(items, queries, measured(old), measured(new))
        assert [item.query for item, _ in sized] == ["b", "a", "c"]
        assert [change for _, change in sized] == pytest.approx([-0.4, 0.1, 0.0])
