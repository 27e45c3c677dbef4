"""Parting texts into calls."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.pipeline.batches import MAX_TEXT_BYTES, batches, longest_first


@given(
    tokens=st.lists(st.integers(1, 300), max_size=60),
    max_texts=st.integers(1, 10),
    max_tokens=st.integers(1, 600),
)
def test_limits_hold_and_nothing_is_lost(
    tokens: list[int], max_texts: int, max_tokens: int
) -> None:
    """Every text once, in order; lists short enough; padded size in the budget unless alone."""
    texts = ["x"] * len(tokens)
    parts = batches(texts, max_texts=max_texts, tokens=tokens, max_tokens=max_tokens)
    assert [index for part in parts for index in part] == list(range(len(texts)))
    for part in parts:
        assert 1 <= len(part) <= max_texts
        padded = len(part) * max(tokens[index] for index in part)
        assert padded <= max_tokens or len(part) == 1


def test_the_budget_counts_padding() -> None:
    """One long text makes the others as expensive as itself."""
    parts = batches(["x"] * 4, max_texts=10, tokens=[10, 10, 10, 50], max_tokens=100)
    assert parts == [range(3), range(3, 4)]


def test_the_body_stays_under_the_payload_limit() -> None:
    """Long texts go in calls of their own; Cyrillic counts two bytes a letter."""
    half = "я" * (MAX_TEXT_BYTES // 4)
    assert batches([half] * 5, max_texts=10) == [range(2), range(2, 4), range(4, 5)]


@given(
    tokens=st.lists(st.integers(1, 300), max_size=60),
    max_texts=st.integers(1, 10),
    max_tokens=st.integers(1, 600),
)
def test_longest_first(tokens: list[int], max_texts: int, max_tokens: int) -> None:
    """Every text once; lengths only fall; equal ones keep their order; the same limits hold."""
    texts = ["x"] * len(tokens)
    calls = longest_first(texts, tokens, max_texts=max_texts, max_tokens=max_tokens)
    order = [index for call in calls for index in call]
    assert order == sorted(range(len(tokens)), key=lambda index: (-tokens[index], index))
    for call in calls:
        assert 1 <= len(call) <= max_texts
        assert len(call) * tokens[call[0]] <= max_tokens or len(call) == 1


def test_without_lengths_the_order_stays() -> None:
    """Nothing is known that could change it."""
    calls = longest_first(["long text", "x", "y"], (), max_texts=2, max_tokens=5)
    assert calls == [(0, 1), (2,)]
