"""Fuses the legs' rankings into one, always the same way. A pure function.

Qdrant's own fusion leaves the order of ties to chance (recorded from 1.19: 30 orders in 30 runs),
and legs of equal weight tie at every rank; so the legs come back one by one and are fused here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.pipeline.legs import Leg


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One point that a leg found, with the leg's own score."""

    point_id: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Fused:
    """One candidate. `ranks` has its rank, from 1, in each leg that found it, `scores` the leg's
    own number, `parts` what the rank adds to `score`."""

    point_id: str
    score: float
    ranks: Mapping[Leg, int]
    scores: Mapping[Leg, float]
    parts: Mapping[Leg, float]


def fuse(
    found: Mapping[Leg, Sequence[Found]], *, weights: Mapping[Leg, float], k: int, keep: int
) -> list[Fused]:
    """The best `keep` candidates by reciprocal rank fusion: the sum of weight / (k + rank).

    Within a leg points rank by score; ties, there and in the sum, go by point id, so the order of
    the input changes nothing.
    """
    ranks: dict[str, dict[Leg, int]] = {}
    scores: dict[str, dict[Leg, float]] = {}
    for leg in sorted(found):
        by_score = sorted(found[leg], key=lambda point: (-point.score, point.point_id))
        for rank, point in enumerate(by_score, start=1):
            ranks.setdefault(point.point_id, {}).setdefault(leg, rank)
            scores.setdefault(point.point_id, {}).setdefault(leg, point.score)
    fused: list[Fused] = []
    for point_id, by_leg in ranks.items():
        parts = {leg: weights[leg] / (k + rank) for leg, rank in by_leg.items()}
        fused.append(
            Fused(
                point_id=point_id,
                score=math.fsum(parts.values()),
                ranks=by_leg,
                scores=scores[point_id],
                parts=parts,
            )
        )
    fused.sort(key=lambda candidate: (-candidate.score, candidate.point_id))
    return fused[:keep]
