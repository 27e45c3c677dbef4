"""Fusion: a pure function of the legs' rankings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.pipeline.fuse import Found, Fused, fuse
from infra.pipeline.legs import Leg
from tests.unit.pipeline.fakes import ALL_LEGS

_POINTS = st.lists(
    st.builds(
        lambda name, score: Found(point_id=name, score=score),
        st.sampled_from("abcdefgh"),
        st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0]),
    ),
    max_size=8,
    unique_by=lambda point: point.point_id,
)
_FOUND = st.fixed_dictionaries(dict.fromkeys(ALL_LEGS, _POINTS))
_WEIGHTS = st.fixed_dictionaries(dict.fromkeys(ALL_LEGS, st.sampled_from([0.1, 0.6, 1.0, 2.0])))


def order(fused: list[Fused]) -> list[str]:
    return [candidate.point_id for candidate in fused]


def listed(*names: str) -> list[Found]:
    return [Found(point_id=name, score=-float(rank)) for rank, name in enumerate(names)]


def test_known_scores() -> None:
    """Weight over k plus rank, summed over the legs."""
    found = {Leg.DENSE: listed("a", "b"), Leg.BM25_RU: listed("b")}
    fused = fuse(found, weights={Leg.DENSE: 1.0, Leg.BM25_RU: 0.5}, k=60, keep=10)
    assert order(fused) == ["b", "a"]
    assert fused[0].score == pytest.approx(1 / 62 + 0.5 / 61)
    assert fused[1].score == pytest.approx(1 / 61)
    assert fused[0].ranks == {Leg.DENSE: 2, Leg.BM25_RU: 1}
    assert fused[1].ranks == {Leg.DENSE: 1}


def test_two_equal_legs_tie_and_the_id_decides() -> None:
    """Exchanged first places are the common tie; it has one outcome."""
    weights = {Leg.BM25_RU: 0.6, Leg.BM25_EN: 0.6}
    one = fuse({Leg.BM25_RU: listed("z"), Leg.BM25_EN: listed("a")}, weights=weights, k=60, keep=2)
    two = fuse({Leg.BM25_RU: listed("a"), Leg.BM25_EN: listed("z")}, weights=weights, k=60, keep=2)
    assert order(one) == order(two) == ["a", "z"]


@given(found=_FOUND, weights=_WEIGHTS, data=st.data())
def test_the_order_of_the_input_changes_nothing(
    found: dict[Leg, list[Found]], weights: dict[Leg, float], data: st.DataObject
) -> None:
    """Legs and points may arrive in any order."""
    legs = data.draw(st.permutations(list(found)))
    shuffled = {leg: data.draw(st.permutations(found[leg])) for leg in legs}
    assert fuse(shuffled, weights=weights, k=60, keep=99) == fuse(
        found, weights=weights, k=60, keep=99
    )


@given(found=_FOUND, weights=_WEIGHTS, leg=st.sampled_from(ALL_LEGS))
def test_more_weight_never_lowers_what_the_leg_found(
    found: dict[Leg, list[Found]], weights: dict[Leg, float], leg: Leg
) -> None:
    """It raises exactly the points of that leg, and its best one never falls."""
    before = fuse(found, weights=weights, k=60, keep=99)
    after = fuse(found, weights={**weights, leg: 2 * weights[leg]}, k=60, keep=99)
    old = {candidate.point_id: candidate.score for candidate in before}
    for candidate in after:
        if leg in candidate.ranks:
            assert candidate.score > old[candidate.point_id]
        else:
            assert candidate.score == old[candidate.point_id]
    best = [candidate.point_id for candidate in before if candidate.ranks.get(leg) == 1]
    assert all(order(after).index(name) <= order(before).index(name) for name in best)


@given(found=_FOUND, weights=_WEIGHTS, keep=st.integers(0, 9))
def test_keeping_fewer_keeps_the_best(
    found: dict[Leg, list[Found]], weights: dict[Leg, float], keep: int
) -> None:
    """The cut never changes the order above it; scores descend; nothing appears twice."""
    everything = fuse(found, weights=weights, k=60, keep=99)
    assert fuse(found, weights=weights, k=60, keep=keep) == everything[:keep]
    assert everything == sorted(everything, key=lambda item: (-item.score, item.point_id))
    assert set(order(everything)) == {point.point_id for leg in found.values() for point in leg}
    assert len(set(order(everything))) == len(everything)
