"""What two settings answer differently to the same query, and why. Pure.

The reasons are ranks and scores that both searches report: in each leg, after fusing, by the
reranker. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.pipeline.answers import Answer, SearchResult
from infra.pipeline.legs import Leg
from infra.pipeline.points import point_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where one search has a passage. Ranks count from 1; `score` is the reranker's, None when it
    did not score the passage."""

    rank: int
    fused_rank: int
    leg_ranks: Mapping[Leg, int]
    score: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A passage that changed its rank; a place is None where it was not even a candidate."""

    source: str
    doc_id: str
    before: Place | None
    after: Place | None


def moves(before: SearchResult, after: SearchResult, *, top_k: tuple[int, int]) -> list[Move]:
    """The passages that either side returns and the other has at another rank.

    `before` and `after` hold all candidates; `top_k` is how many each side returns. Ordered by the
    new rank, then by the old one.
    """
    places = (_places(before), _places(after))
    answers = {point_id(answer.passage): answer for answer in (*before.answers, *after.answers)}
    shown = {
        key
        for side, count in zip(places, top_k, strict=True)
        for key, place in side.items()
        if place.rank <= count
    }
    found = [
        Move(
            source=answers[key].passage.source,
            doc_id=answers[key].passage.doc_id,
            before=places[0].get(key),
            after=places[1].get(key),
        )
        for key in shown
    ]
    moved = [move for move in found if _rank(move.before) != _rank(move.after)]
    return sorted(moved, key=lambda move: (_rank(move.after), _rank(move.before), move.source))


def reasons(move: Move) -> list[str]:
    """Why a passage moved, in the order of the stages: legs, fusing, reranking."""
    old, new = move.before, move.after
    if old is None:
        return ["was no candidate before", *_standing(new)]
    if new is None:
        return ["is no candidate any more", *_standing(old)]
    said = [
        f"{leg} {_shown(old.leg_ranks.get(leg))}→{_shown(new.leg_ranks.get(leg))}"
        for leg in sorted({*old.leg_ranks, *new.leg_ranks})
        if old.leg_ranks.get(leg) != new.leg_ranks.get(leg)
    ]
    if old.fused_rank != new.fused_rank:
        said.append(f"fused {old.fused_rank}→{new.fused_rank}")
    if old.score is None and new.score is not None:
        said.append(f"now reranked, score {new.score:.3f}")
    elif old.score is not None and new.score is None:
        said.append(f"no longer reranked, score was {old.score:.3f}")
    elif old.score is not None and old.score != new.score:
        said.append(f"score {old.score:.3f}→{new.score:.3f}")
    elif old.score is not None:
        said.append("others moved around it, same score")
    return said or ["others moved around it"]


def _places(result: SearchResult) -> dict[str, Place]:
    fused = sorted(
        result.answers, key=lambda answer: (-answer.fused_score, point_id(answer.passage))
    )
    fused_rank = {point_id(answer.passage): rank for rank, answer in enumerate(fused, start=1)}
    return {
        point_id(answer.passage): _place(answer, fused_rank[point_id(answer.passage)])
        for answer in result.answers
    }


def _place(answer: Answer, fused_rank: int) -> Place:
    return Place(
        rank=answer.rank,
        fused_rank=fused_rank,
        leg_ranks=dict(answer.leg_ranks),
        score=answer.score,
    )


def _rank(place: Place | None) -> float:
    return float("inf") if place is None else place.rank


def _shown(rank: int | None) -> str:
    return "–" if rank is None else str(rank)


def _standing(place: Place | None) -> list[str]:
    """Where a passage stands in each stage of one search."""
    if place is None:
        return []
    said = [f"{leg} {rank}" for leg, rank in sorted(place.leg_ranks.items())]
    said.append(f"fused {place.fused_rank}")
    return said if place.score is None else [*said, f"score {place.score:.3f}"]
