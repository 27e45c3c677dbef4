"""Holds the golden queries to what the README of the lessons says about each kind."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Literal

import pytest
import snowballstemmer
from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).parents[3] / "infra" / "local" / "lessons"
LANGUAGES = ("ru", "en")
MIN_LONG_QUERY_WORDS = 20
MIN_STEM_CHARS = 4  # below that only function words agree
FORMULA_CHARS = 4  # compared without spaces; the shortest formula, F=ma, has so many
MIN_MISSPELT_CHARS = 7  # below that a wrong letter often makes another word
KIND_COUNT = {
    "cross-lingual": {"ru": 5, "en": 6},
    "formula": {"ru": 3, "en": 3},
    "lemma": {"ru": 6, "en": 7},
    "long": {"ru": 3, "en": 3},
    "number": {"ru": 3, "en": 4},
    "paraphrase": {"ru": 5, "en": 6},
    "term": {"ru": 4, "en": 4},
    "typo": {"ru": 3, "en": 3},
    "yo": {"ru": 4, "en": 0},
}


class Query(BaseModel):
    """One line of queries.jsonl."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    lang: Literal["ru", "en"]
    relevant: tuple[str, ...]
    kind: Literal[
        "cross-lingual",
        "formula",
        "lemma",
        "long",
        "number",
        "paraphrase",
        "term",
        "typo",
        "yo",
    ]


def read_queries() -> list[Query]:
    lines = (ROOT / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [Query.model_validate(json.loads(line)) for line in lines]


QUERIES = read_queries()


def queries_of(*kinds: str) -> pytest.MarkDecorator:
    chosen = [query for query in QUERIES if query.kind in kinds]
    return pytest.mark.parametrize("query", chosen, ids=[query.query for query in chosen])


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.lower()))


def fold_yo(text: str) -> str:
    return text.replace("ё", "е").replace("Ё", "Е")


def stems_of(texts: set[str], language: str) -> set[str]:
    stemmer = snowballstemmer.stemmer({"ru": "russian", "en": "english"}[language])
    return {stemmer.stemWord(fold_yo(word)) for word in texts}


def lesson_text(query: Query) -> str:
    return "\n".join((ROOT / path).read_text(encoding="utf-8") for path in query.relevant)


def all_stems(language: str) -> set[str]:
    lessons = (ROOT / language).glob("*.md")
    return stems_of(
        {word for path in lessons for word in words(path.read_text(encoding="utf-8"))}, language
    )


def squeezed(text: str) -> str:
    """A formula however it is typed: no spaces, ² as ^2, no mark of a subscript."""
    typed = text.replace("²", "^2").translate(str.maketrans("₁₂", "12"))
    return re.sub(r"[\s_]", "", typed)


def one_slip_apart(one: str, other: str) -> bool:
    """One letter too many, missing or wrong, or two neighbours swapped."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    pairs = enumerate(zip(short, long, strict=False))
    same = next((at for at, (mine, theirs) in pairs if mine != theirs), len(short))
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    swapped = short[same : same + 2] == long[same : same + 2][::-1]
    return short[same + 1 :] == long[same + 1 :] or (
        swapped and short[same + 2 :] == long[same + 2 :]
    )


class TestQueries:
    def test_kinds_and_languages(self) -> None:
        """Thirty-six queries in each language, every kind in its stated number."""
        found = {
            kind: {
                lang: sum(q.kind == kind and q.lang == lang for q in QUERIES) for lang in LANGUAGES
            }
            for kind in KIND_COUNT
        }
        assert found == KIND_COUNT
        assert Counter(query.lang for query in QUERIES) == {"ru": 36, "en": 36}

    def test_no_duplicates(self) -> None:
        """No query is asked twice, whatever its letter case or ё."""
        folded = Counter(fold_yo(query.query.lower()) for query in QUERIES)
        assert [text for text, count in folded.items() if count > 1] == []

    def test_relevant_lessons_exist(self) -> None:
        """Every query names at least one lesson, each once, and all of them exist."""
        known = {f"{path.parent.name}/{path.name}" for path in ROOT.glob("*/*.md")}
        for query in QUERIES:
            assert query.relevant
            assert len(set(query.relevant)) == len(query.relevant)
            assert set(query.relevant) <= known

    def test_script_matches_the_language(self) -> None:
        """Russian queries are mostly Cyrillic, English ones have no Cyrillic letter."""
        for query in QUERIES:
            cyrillic = len(re.findall(r"[а-яё]", query.query.lower()))
            latin = len(re.findall(r"[a-z]", query.query.lower()))
            assert cyrillic > latin if query.lang == "ru" else cyrillic == 0

    def test_only_cross_lingual_queries_leave_their_language(self) -> None:
        """A cross-lingual query has an answer in the other language, the rest only in their own."""
        for query in QUERIES:
            foreign = [path for path in query.relevant if not path.startswith(f"{query.lang}/")]
            assert bool(foreign) == (query.kind == "cross-lingual"), query.query

    @queries_of("lemma")
    def test_lemma_query_uses_another_form(self, query: Query) -> None:
        """A word of the query is absent from the lesson, but the lesson has its stem."""
        in_lesson = words(lesson_text(query))
        absent = words(query.query) - in_lesson
        shared = stems_of(absent, query.lang) & stems_of(in_lesson, query.lang)
        assert any(len(stem) >= MIN_STEM_CHARS for stem in shared)

    @queries_of("yo")
    def test_yo_query_differs_in_that_letter_alone(self, query: Query) -> None:
        """A word of the query is absent from the lesson as spelled, but there without the dots."""
        in_lesson = words(lesson_text(query))
        folded = {fold_yo(word) for word in in_lesson}
        assert any(fold_yo(word) in folded for word in words(query.query) - in_lesson)

    @queries_of("number")
    def test_number_query_names_a_number_of_the_lesson(self, query: Query) -> None:
        """The query has a number, and every number of it stands in the lesson."""
        numbers = re.findall(r"\d+", query.query)
        assert numbers
        assert set(numbers) <= set(re.findall(r"\d+", lesson_text(query)))

    @queries_of("term")
    def test_term_query_is_bare(self, query: Query) -> None:
        """A term has at most three words, and all of them occur in the lesson in some form."""
        asked = words(query.query)
        assert len(query.query.split()) <= 3
        in_lesson = words(lesson_text(query))
        assert stems_of(asked, query.lang) <= stems_of(in_lesson, query.lang)

    @queries_of("formula")
    def test_formula_query_has_a_formula_of_the_lesson(self, query: Query) -> None:
        """What stands around the query's equals sign is in the lesson, spaces apart."""
        asked, in_lesson = squeezed(query.query), squeezed(lesson_text(query))
        equals = asked.index("=")
        around = asked[equals - 1 : equals + 3]
        assert len(around) == FORMULA_CHARS
        assert around in in_lesson

    @queries_of("typo")
    def test_typo_query_misspells_a_word_of_the_lesson(self, query: Query) -> None:
        """A word of the query is in no lesson, and one slip away from a word of its lesson."""
        asked, in_lesson = words(query.query), words(lesson_text(query))
        unknown = stems_of(asked, query.lang) - all_stems(query.lang)
        wanted = stems_of(in_lesson, query.lang)
        assert any(
            len(stem) >= MIN_MISSPELT_CHARS and one_slip_apart(stem, other)
            for stem in unknown
            for other in wanted
        )

    @queries_of("long")
    def test_long_query_is_long(self, query: Query) -> None:
        """A long query has at least twenty words."""
        assert len(query.query.split()) >= MIN_LONG_QUERY_WORDS
