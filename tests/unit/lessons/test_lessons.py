"""Holds the sample lessons and their golden queries to the rules of their own README."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Literal

import pytest
import snowballstemmer
from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).parents[3] / "infra" / "local" / "lessons"
LANGUAGES = ("ru", "en")
LESSON_COUNT = {"ru": 32, "en": 30}
SHARED_TOPICS = 19
SHORT_BELOW_WORDS = 100  # these need no sections
SHORT_LESSONS = 5
LONG_FROM_WORDS = 700
LONG_LESSONS = 4
MIN_LESSONS_WITH_YO = 31
MAX_LINE_CHARS = 100
MIN_LONG_QUERY_WORDS = 20
MIN_STEM_CHARS = 4  # below that only function words agree
SUBJECTS = (
    "astronomy",
    "biology",
    "chemistry",
    "computer-science",
    "economics",
    "geography",
    "history",
    "language",
    "literature",
    "mathematics",
    "physics",
)
KIND_COUNT = {
    "cross-lingual": {"ru": 5, "en": 6},
    "lemma": {"ru": 6, "en": 7},
    "long": {"ru": 3, "en": 3},
    "number": {"ru": 3, "en": 4},
    "paraphrase": {"ru": 5, "en": 6},
    "term": {"ru": 4, "en": 4},
    "yo": {"ru": 4, "en": 0},
}
# Frequent forms that can only be written with ё.
YO_LOST = re.compile(
    r"\b(?:ее|еще|причем|счет|расчет|учет|полет|объем\w*|подъем\w*|прием|трех|четырех|включен"
    r"|(?:тяжел|черн|желт|тепл|зелен|тверд|учен)(?:ый|ая|ое|ые|ого|ому|ой|ую|ых|ым|ыми)"
    r"|легк(?:ий|ая|ое|ие|ого|ой|их)|дает|идет|растет|живет)\b",
    re.IGNORECASE,
)


class Query(BaseModel):
    """One line of queries.jsonl."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    lang: Literal["ru", "en"]
    relevant: tuple[str, ...]
    kind: Literal["cross-lingual", "lemma", "long", "number", "paraphrase", "term", "yo"]


def read_queries() -> list[Query]:
    lines = (ROOT / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [Query.model_validate(json.loads(line)) for line in lines]


LESSONS = sorted(path for language in LANGUAGES for path in (ROOT / language).iterdir())
QUERIES = read_queries()

every_lesson = pytest.mark.parametrize(
    "lesson", LESSONS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)


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


class TestCorpus:
    def test_counts(self) -> None:
        """Each language has its stated number of lessons, short and long ones among them."""
        sizes = [len(path.read_text(encoding="utf-8").split()) for path in LESSONS]
        assert Counter(path.parent.name for path in LESSONS) == LESSON_COUNT
        assert sum(size < SHORT_BELOW_WORDS for size in sizes) == SHORT_LESSONS
        assert sum(size >= LONG_FROM_WORDS for size in sizes) == LONG_LESSONS

    def test_shared_topics(self) -> None:
        """The stated number of topics exists in both languages under one name."""
        names = Counter(path.name for path in LESSONS)
        assert sum(count == len(LANGUAGES) for count in names.values()) == SHARED_TOPICS

    def test_every_subject_has_lessons_in_both_languages(self) -> None:
        """No subject is missing from a language."""
        for language in LANGUAGES:
            names = [path.name for path in LESSONS if path.parent.name == language]
            missing = [s for s in SUBJECTS if not any(n.startswith(f"{s}-") for n in names)]
            assert missing == []

    def test_yo_is_common_in_russian_lessons(self) -> None:
        """Nearly every Russian lesson has the letter ё, so its folding is exercised."""
        texts = [p.read_text(encoding="utf-8") for p in LESSONS if p.parent.name == "ru"]
        assert sum("ё" in text for text in texts) >= MIN_LESSONS_WITH_YO


class TestLesson:
    @every_lesson
    def test_file_name_is_subject_and_topic(self, lesson: Path) -> None:
        """The name is a lower-case ASCII slug that starts with a known subject."""
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+\.md", lesson.name)
        assert lesson.name.startswith(tuple(f"{subject}-" for subject in SUBJECTS))

    @every_lesson
    def test_text_is_composed_utf8(self, lesson: Path) -> None:
        """The file is UTF-8 in NFC, without a byte-order mark, and ends with one line break."""
        text = lesson.read_bytes().decode("utf-8")
        assert unicodedata.is_normalized("NFC", text)
        assert text.startswith("# ")
        assert text.endswith("\n")
        assert not text.endswith("\n\n")

    @every_lesson
    def test_headings(self, lesson: Path) -> None:
        """There is one title; ordinary lessons have two to five sections, long ones up to eight."""
        text = re.sub(r"```.*?```", "", lesson.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert len(re.findall(r"^# ", text, flags=re.MULTILINE)) == 1
        sections = len(re.findall(r"^## ", text, flags=re.MULTILINE))
        if len(text.split()) < SHORT_BELOW_WORDS:
            assert sections == 0
        else:
            assert 2 <= sections <= (5 if len(text.split()) < LONG_FROM_WORDS else 8)

    @every_lesson
    def test_length(self, lesson: Path) -> None:
        """A lesson is short, ordinary (150 to 450 words) or long (700 to 1000), never between."""
        count = len(lesson.read_text(encoding="utf-8").split())
        assert 60 <= count < SHORT_BELOW_WORDS or 150 <= count <= 450 or 700 <= count <= 1000

    @every_lesson
    def test_lines_fit(self, lesson: Path) -> None:
        """Lines outside tables stay short enough to review."""
        lines = lesson.read_text(encoding="utf-8").splitlines()
        assert [s for s in lines if len(s) > MAX_LINE_CHARS and not s.startswith("|")] == []

    @every_lesson
    def test_script_matches_the_folder(self, lesson: Path) -> None:
        """Letters outside code and formulas are Cyrillic in `ru/` and Latin in `en/`."""
        text = lesson.read_text(encoding="utf-8")
        prose = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$", "", text, flags=re.DOTALL)
        cyrillic = len(re.findall(r"[а-яё]", prose.lower()))
        latin = len(re.findall(r"[a-z]", prose.lower()))
        if lesson.parent.name == "ru":
            assert cyrillic > 0.9 * (cyrillic + latin)
        else:
            assert cyrillic == 0

    @every_lesson
    def test_no_lost_yo(self, lesson: Path) -> None:
        """Words that can only be written with ё are not written with е."""
        assert YO_LOST.findall(lesson.read_text(encoding="utf-8")) == []


class TestQueries:
    def test_kinds_and_languages(self) -> None:
        """Thirty queries in each language, every kind in its stated number."""
        found = {
            kind: {
                lang: sum(q.kind == kind and q.lang == lang for q in QUERIES) for lang in LANGUAGES
            }
            for kind in KIND_COUNT
        }
        assert found == KIND_COUNT
        assert Counter(query.lang for query in QUERIES) == {"ru": 30, "en": 30}

    def test_no_duplicates(self) -> None:
        """No query is asked twice, whatever its letter case or ё."""
        folded = Counter(fold_yo(query.query.lower()) for query in QUERIES)
        assert [text for text, count in folded.items() if count > 1] == []

    def test_relevant_lessons_exist(self) -> None:
        """Every query names at least one lesson, each once, and all of them exist."""
        known = {f"{path.parent.name}/{path.name}" for path in LESSONS}
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

    @queries_of("long")
    def test_long_query_is_long(self, query: Query) -> None:
        """A long query has at least twenty words."""
        assert len(query.query.split()) >= MIN_LONG_QUERY_WORDS
