"""Parting a list into calls."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.gateway.split import CallLimits, TokenEstimate, may_exceed, plan_calls

LENGTHS = st.lists(st.integers(1, 400), max_size=120)
LIMITS = st.builds(CallLimits, texts=st.integers(1, 40), tokens=st.integers(400, 5000))


@given(lengths=LENGTHS, limits=LIMITS)
def test_every_text_is_in_exactly_one_call(lengths: list[int], limits: CallLimits) -> None:
    """Nothing is lost or doubled, whatever the lengths."""
    calls = plan_calls(["x"] * len(lengths), lengths, limits)
    assert sorted(index for call in calls for index in call) == list(range(len(lengths)))


@given(lengths=LENGTHS, limits=LIMITS)
def test_no_call_exceeds_a_limit(lengths: list[int], limits: CallLimits) -> None:
    """Neither the number of texts nor the padded tokens."""
    for call in plan_calls(["x"] * len(lengths), lengths, limits):
        assert len(call) <= limits.texts
        assert len(call) * max(lengths[index] for index in call) <= limits.tokens


@given(lengths=LENGTHS, limits=LIMITS)
def test_longest_texts_go_together_and_first(lengths: list[int], limits: CallLimits) -> None:
    """No call holds a text that is longer than one of an earlier call; ties keep their order."""
    calls = plan_calls(["x"] * len(lengths), lengths, limits)
    order = [index for call in calls for index in call]
    assert order == sorted(order, key=lambda index: (-lengths[index], index))


def test_a_text_over_the_token_limit_goes_alone() -> None:
    """It is the server's to refuse or to cut; it takes no neighbour with it."""
    calls = plan_calls(["a", "b", "c"], [10, 900, 10], CallLimits(texts=8, tokens=100))
    assert calls == [(1,), (0, 2)]


def test_the_estimate_follows_what_the_server_counts() -> None:
    """After many answers the ratio is that of the answers, not the first guess."""
    estimate = TokenEstimate()
    for _ in range(200):
        estimate.learn(characters=1000, tokens=200)
    assert 200 <= estimate.tokens("x" * 1000) <= 205
    estimate.learn(characters=0, tokens=0)
    assert estimate.tokens("") == 3


def test_only_texts_that_could_be_too_long_are_counted() -> None:
    """A text with fewer characters than the limit has tokens is never sent to be counted."""
    assert not may_exceed(100, 8192)
    assert may_exceed(8192, 8192)
