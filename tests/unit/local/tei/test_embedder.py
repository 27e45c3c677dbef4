"""The weight-free embedding: related texts are near, unrelated ones are not, always the same."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.tei.model.embedder import HashedEmbedder
from infra.local.tei.model.interface import ModelInput
from infra.local.tei.model.tokenizer import PieceTokenizer

embedder = HashedEmbedder()
tokenizer = PieceTokenizer()

# Lemma, an inflected form, and a word that has nothing to do with it.
FORMS = [
    ("книга", "книгами", "озеро"),
    ("треугольник", "треугольников", "революция"),
    ("химия", "химией", "поэзия"),
    ("изучать", "изучает", "падать"),
    ("теорема", "теоремами", "клетка"),
    ("triangle", "triangles", "poem"),
    ("study", "studied", "river"),
    ("child", "children", "metal"),
    ("equation", "equations", "castle"),
]
# The same with a derived word.
DERIVED = [
    ("молекула", "молекулярный", "история"),
    ("атом", "атомный", "океан"),
    ("photosynthesis", "photosynthetic", "parliament"),
    ("identify", "identification", "volcano"),
]
ACROSS = [
    ("что такое фотосинтез", "Photosynthesis turns light into chemical energy."),
    ("теорема Пифагора", "In a right triangle the Pythagorean theorem relates the sides."),
    ("закон Ома", "Ohm's law: voltage equals current times resistance."),
    ("отмена крепостного права", "The abolition of serfdom freed millions of peasants."),
    ("binary search", "Двоичный поиск делит отсортированный массив пополам."),
    ("supply and demand", "Спрос и предложение определяют цену на рынке."),
]
UNRELATED_EN = "The author describes the hero of the novel and his long journey home."
UNRELATED_RU = "Автор описывает героя романа и его долгую дорогу домой."


def vector(text: str) -> np.ndarray:
    """A text's vector at length 1."""
    raw = embedder.embed_text(text)
    return raw / np.linalg.norm(raw)


def cosine(one: str, other: str) -> float:
    """How near two texts are."""
    return float(vector(one) @ vector(other))


@pytest.mark.parametrize(("lemma", "form", "other"), FORMS)
def test_inflected_form_is_nearer_than_another_word(lemma: str, form: str, other: str) -> None:
    """By a clear distance, since a query rarely uses the lesson's own form."""
    assert cosine(lemma, form) > cosine(lemma, other) + 0.2


@pytest.mark.parametrize(("word", "derived", "other"), DERIVED)
def test_derived_word_is_nearer_than_another_word(word: str, derived: str, other: str) -> None:
    """Its letters tell, although the stem is another."""
    assert cosine(word, derived) > cosine(word, other) + 0.1


@pytest.mark.parametrize(("query", "passage"), ACROSS)
def test_a_query_finds_the_other_language(query: str, passage: str) -> None:
    """Shared school terms bring the two languages together."""
    assert cosine(query, passage) > 0.2
    assert cosine(query, UNRELATED_EN) < 0.1
    assert cosine(query, UNRELATED_RU) < 0.1


def test_case_yo_and_stress_marks_make_no_difference() -> None:
    """A query is typed as it comes."""
    assert np.array_equal(vector("Зелёная ЁЛКА"), vector("зеленая елка"))
    assert np.array_equal(vector("за́мок"), vector("замок"))


def test_stop_words_hardly_count() -> None:
    """The question words around a term do not move it far."""
    assert cosine("фотосинтез", "что это такое и как он называется: фотосинтез") > 0.9


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_has_a_finite_vector_with_a_direction(text: str) -> None:
    """Signs, emoji, other scripts and white space too: TEI gives a vector for each."""
    raw = embedder.embed_text(text)
    assert raw.dtype == np.float32
    assert raw.shape == (1024,)
    assert np.isfinite(raw).all()
    assert np.linalg.norm(raw) > 0


@given(st.text("абвгд abc 12.", min_size=1))
def test_first_and_last_row_of_the_tokens_are_the_text(text: str) -> None:
    """Row 0 is what `/embed` pools; there is a row for each token."""
    item = ModelInput(tokenizer.encode(text))
    rows = embedder.embed_tokens(item)
    assert rows.shape == (item.tokens, 1024)
    assert np.array_equal(rows[0], embedder.embed(item))
    assert np.array_equal(rows[-1], rows[0])


def test_no_token_at_all_gives_nan() -> None:
    """Ids that decode to nothing: TEI's own answer inside a batch."""
    item = ModelInput(tokenizer.encode(""), framed=False)
    assert np.isnan(embedder.embed(item)).all()


@pytest.mark.runs("python")
def test_another_process_gives_the_same_bits(project_root: Path) -> None:
    """Stored vectors stay comparable: nothing depends on Python's salted hashes."""
    text = "Законы Ньютона и photosynthesis, 1861 😀"
    program = (
        "import sys, hashlib; from infra.local.tei.model.embedder import HashedEmbedder; "
        "print(hashlib.sha256(HashedEmbedder().embed_text(sys.argv[1]).tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, text],
            cwd=project_root,
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert digests == {hashlib.sha256(embedder.embed_text(text).tobytes()).hexdigest()}
