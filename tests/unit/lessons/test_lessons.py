"""Holds the sample lessons to the rules of their own README."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

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
# Frequent forms that can only be written with ё.
YO_LOST = re.compile(
    r"\b(?:ее|еще|причем|счет|расчет|учет|полет|объем\w*|подъем\w*|прием|трех|четырех|включен"
    r"|(?:тяжел|черн|желт|тепл|зелен|тверд|учен)(?:ый|ая|ое|ые|ого|ому|ой|ую|ых|ым|ыми)"
    r"|легк(?:ий|ая|ое|ие|ого|ой|их)|дает|идет|растет|живет)\b",
    re.IGNORECASE,
)


LESSONS = sorted(path for language in LANGUAGES for path in (ROOT / language).iterdir())

every_lesson = pytest.mark.parametrize(
    "lesson", LESSONS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)


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
