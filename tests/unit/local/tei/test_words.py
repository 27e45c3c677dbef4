"""Words, stems and the glossary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.tei.model.glossary import mentions, terms
from infra.local.tei.model.words import normalised, words


def stems(text: str) -> list[str]:
    """Stems of the words that are no stop words."""
    return [word.stem for word in words(text) if not word.is_stop]


def concepts(text: str) -> set[int]:
    """Concepts that a text names."""
    return {mention.concept for mention in mentions(stems(text))}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_normalising_twice_changes_nothing(text: str) -> None:
    """One form for each text, whatever comes in."""
    once = normalised(text)
    assert [word.stem for word in words(once)] == [word.stem for word in words(text)]


def test_stop_words_weigh_little_and_long_words_more() -> None:
    """The only measure of rarity without a corpus."""
    of, law, thermodynamics = words("of law thermodynamics")
    assert of.weight < law.weight < thermodynamics.weight


def test_cognates_share_their_sound() -> None:
    """протон and proton meet although they share no letter."""
    assert words("протоны")[0].sound == words("protons")[0].sound
    assert words("фотосинтез")[0].sound[:7] == words("photosynthesis")[0].sound[:7]


def test_every_term_is_found_by_its_own_words() -> None:
    """No line of the glossary is out of reach."""
    for term, numbers in terms().items():
        assert {mention.concept for mention in mentions(term)} >= set(numbers)


def test_the_glossary_has_terms_of_several_words() -> None:
    """Several hundred concepts, reviewed as text."""
    numbers = {number for found in terms().values() for number in found}
    assert len(numbers) == 602
    assert () not in terms()


@pytest.mark.parametrize(
    "forms",
    [
        "атом атома атому атомов атомами",
        "объём объёма объёмом объёмов",
        "вулкан вулкана вулкане вулканов",
        "клетка клетки клеток клетками",
        "число числа чисел числами",
        "точка точки точек",
        "человек человека человеком",
        "energy energies",
        "study studies studied studying",
    ],
)
def test_forms_of_a_word_have_one_stem(forms: str) -> None:
    """Also nouns that look inflected, and those whose vowel comes and goes."""
    assert len(set(stems(forms))) == 1


@pytest.mark.parametrize(
    ("russian", "english"),
    [
        ("решаем квадратные уравнения", "the quadratic equation"),
        ("среди простых чисел", "a prime number"),
        ("деление клеток", "cell division"),
        ("Римская империя", "the Roman Empire"),
        ("операционные системы", "an operating system"),
    ],
)
def test_a_term_means_the_same_in_both_languages(russian: str, english: str) -> None:
    """In any inflected form, several words long too."""
    longest = max(mentions(stems(russian)), key=lambda mention: mention.count)
    assert longest.count == 2
    assert longest.concept in concepts(english)
