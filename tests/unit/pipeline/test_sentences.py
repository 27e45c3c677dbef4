"""Where sentences end in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.pipeline.sentences import Span, line_spans, sentence_spans, word_spans


def check_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ток течёт. Лампа горит! Почему? Потому.",
            ["Ток течёт.", "Лампа горит!", "Почему?", "Потому."],
        ),
        ("Он сказал: «Готово.» Все встали.", ["Он сказал: «Готово.»", "Все встали."]),
        ("Wait… Then go.", ["Wait…", "Then go."]),
        ("Это было в 1945. Потом мир.", ["Это было в 1945.", "Потом мир."]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_sentences_end_at_their_marks(text: str, expected: list[str]) -> None:
    """Full stops, questions, exclamations and quotes close a sentence."""
    check_sentences(text, expected)


@pytest.mark.parametrize(
    "text",
    [
        "Масса, т. е. мера инертности, постоянна.",
        "См. рис. 4 и табл. 2.",
        "А. С. Пушкин родился в 1799 г. в Москве.",
        "В 1861 г. Александр II отменил крепостное право.",
        "Dr. Smith met J. S. Bach.",
        "Use salt, e.g. NaCl, i.e. table salt.",
        "See Fig. 3 and eq. 12.",
        "It is 3.14 m long.",
        "1. Возьмите линейку.",
        "Вот `a. B` и $x. Y$ внутри.",
        "Он ушёл... и вернулся.",
    ],
)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    """Abbreviations, initials, numbers, list numbers, code and formulas are no ends."""
    check_sentences(text, [text])


def test_list_items_are_sentences_of_their_own() -> None:
    """An item needs no full stop to be one unit."""
    check_sentences("- one\n- two\n  goes on\n3. three", ["- one", "- two\n  goes on", "3. three"])


@pytest.mark.parametrize("spans", [sentence_spans, word_spans, line_spans])
@given(text=st.text(alphabet=st.sampled_from("аБ.!? \n\t`$-1\u00a0")))
def test_only_white_space_lies_between_spans(spans: Callable[[str], list[Span]], text: str) -> None:
    """Spans ascend, do not overlap, are trimmed, and lose no character."""
    position = 0
    for start, end in spans(text):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


def test_an_inline_formula_is_one_word() -> None:
    """Cutting between words does not part a formula or a piece of code."""
    text = "here $a + b$, and `c d` too"
    assert [text[start:end] for start, end in word_spans(text)] == [
        "here",
        "$a + b$,",
        "and",
        "`c d`",
        "too",
    ]
