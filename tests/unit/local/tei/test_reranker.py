"""The weight-free reranker: sensible order in each language, scores that spread."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.tei.model.reranker import score

# A query, passages from the best to the worst, and passages that have nothing to do with it.
ORDERS = [
    (
        "как найти гипотенузу прямоугольного треугольника",
        [
            "Чтобы найти гипотенузу прямоугольного треугольника, сложите квадраты катетов и "
            "извлеките корень.",
            "Прямоугольный треугольник имеет один прямой угол и два острых.",
        ],
        [
            "Площадь круга равна произведению числа пи на квадрат радиуса.",
            "Пушкин написал роман «Капитанская дочка» о восстании Пугачёва.",
        ],
    ),
    (
        "отмена крепостного права",
        [
            "Манифест об отмене крепостного права подписал Александр Второй в 1861 году.",
            "Крепостной крестьянин был прикреплён к земле помещика.",
            "Право на образование записано в Конституции.",
        ],
        [
            "Хлорофилл поглощает красный и синий свет.",
        ],
    ),
    (
        "why do we have seasons",
        [
            "Seasons change because the axis of the Earth is tilted.",
            "The dry season in savannas lasts for months.",
        ],
        [
            "A noun names a person, a place or a thing.",
        ],
    ),
    (
        "how does Newton's second law relate force and acceleration",
        [
            "Newton's second law says that force equals mass times acceleration.",
            "A force can change the direction of a moving body.",
        ],
        [
            "Supply and demand set the price in a market.",
        ],
    ),
    (
        "что такое фотосинтез",
        [
            "Фотосинтез превращает энергию света в химическую энергию.",
            "Photosynthesis turns the energy of light into chemical energy.",
        ],
        [
            "Мейоз делит число хромосом пополам.",
        ],
    ),
]
texts = st.text("абвгд еёж abc de 12.,!", max_size=60)


def probability(query: str, passage: str) -> float:
    """The score as it is sent."""
    return 1 / (1 + math.exp(-score(query, passage)))


@pytest.mark.parametrize(("query", "passages", "others"), ORDERS, ids=[one[0] for one in ORDERS])
def test_better_passages_score_higher(query: str, passages: list[str], others: list[str]) -> None:
    """The answer first, the topic next, the rest far behind."""
    scores = [probability(query, passage) for passage in passages]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.8
    assert max(probability(query, other) for other in others) < min(0.1, scores[-1])


def test_another_form_of_the_word_still_matches() -> None:
    """The stem decides, and `ё` is `е`."""
    assert probability("законы сохранения энергии", "Закон сохранения энергии.") > 0.9
    assert score("зелёный лист", "зеленые листья") == score("зеленый лист", "зелёные листья")


def test_words_together_beat_words_apart() -> None:
    """Order and nearness speak for a passage."""
    query = "magnetic field"
    apart = "A magnetic needle lay on the table. Farmers near the town ploughed another field."
    together = "A magnetic field surrounds the needle. Farmers near the town ploughed another day."
    assert score(query, together) > score(query, apart)


def test_longer_texts_around_the_answer_cost_little() -> None:
    """A passage is not punished for saying more than the query asks."""
    short = "Ohm's law relates voltage, current and resistance."
    longer = f"{short} It holds for metals at constant temperature and was published in 1827."
    assert probability("Ohm's law", longer) > 0.8 * probability("Ohm's law", short)


@given(texts, texts)
def test_scores_are_finite_and_repeatable(query: str, passage: str) -> None:
    """Any pair has a score, the same each time."""
    first = score(query, passage)
    assert math.isfinite(first)
    assert -6 < first < 8
    assert score(query, passage) == first


@given(texts)
def test_an_empty_side_matches_nothing(text: str) -> None:
    """TEI scores such pairs too; here they score lowest."""
    assert probability(text, "") < 0.01
    assert probability("", text) < 0.01
