"""The part of a passage that is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.pipeline.snippet import snippet

TEXT = (
    "## Закон\n\nПервое предложение о погоде. Сила тока пропорциональна напряжению. "
    "Третье предложение о другом. Четвёртое тоже."
)


@pytest.mark.parametrize(
    ("query", "max_chars", "expected"),
    [
        ("ток и напряжения", 60, "… Сила тока пропорциональна напряжению. Третье …"),
        ("погода", 40, "Первое предложение о погоде. Сила …"),
        ("ничего", 300, TEXT.partition("\n\n")[2]),
        ("четвертое", 44, "… Четвёртое тоже."),
        ("четвертое", 50, "… Третье предложение о другом. Четвёртое тоже."),
    ],
)
def test_it_starts_at_the_sentence_that_answers(query: str, max_chars: int, expected: str) -> None:
    """Word endings and `ё` do not matter; headings are left out; cuts are marked."""
    assert snippet(TEXT, query, max_chars=max_chars) == expected


def test_a_table_reads_as_a_line() -> None:
    """Cells and rows keep their bounds without the bars."""
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    assert snippet(table, "x", max_chars=80) == "a · b; 1 · 2"


def test_a_bare_heading_is_shown() -> None:
    """Where nothing else is left, the heading is the text."""
    assert snippet("# Only", "x", max_chars=80) == "# Only"


@given(
    text=st.text(alphabet=st.sampled_from("аб .!\n#|-")).filter(str.strip),
    query=st.text(alphabet=st.sampled_from("аб ")),
    max_chars=st.integers(10, 60),
)
def test_it_is_never_longer_and_one_line(text: str, query: str, max_chars: int) -> None:
    """Whatever the passage holds."""
    shown = snippet(text, query, max_chars=max_chars)
    assert len(shown) <= max_chars
    assert "\n" not in shown
