"""Splitting: properties that hold for any text and any tokenizer, and the order of cuts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import InternalError
from infra.pipeline.model_text import model_text
from infra.pipeline.points import point_id
from infra.pipeline.records import Document, Language, Passage
from infra.pipeline.split import TokenCounter, split_document
from infra.settings import PassageSettings


def words(texts: Sequence[str]) -> list[int]:
    """One token a word and two special ones."""
    return [2 + len(text.split()) for text in texts]


def pieces(texts: Sequence[str]) -> list[int]:
    """Like a subword tokenizer: a token for each three characters of a word."""
    return [2 + sum(-(-len(word) // 3) for word in text.split()) for text in texts]


def not_additive(texts: Sequence[str]) -> list[int]:
    """Longer together than in sum: what no packing by sums can foresee."""
    return [1 + len(text) // 2 + (len(text) // 40) ** 2 for text in texts]


def document(text: str, *, is_markdown: bool = True, title: str = "T") -> Document:
    return Document(doc_id="d.md", title=title, text=text, is_markdown=is_markdown)


def split(
    text: str,
    *,
    limit: int = 32,
    overlap: int = 0,
    count: TokenCounter = words,
    title: str = "T",
    with_headings: bool = False,
) -> list[Passage]:
    limits = PassageSettings(max_tokens=limit, overlap_tokens=overlap, with_headings=with_headings)
    return split_document(document(text, title=title), settings=limits, count_tokens=count)


_PROSE = st.sampled_from(
    [
        "Сила тока растёт.",
        "Ещё одна фраза!",
        "e.g. this",
        "a" * 90,
        "$x + y$",
        "`f(a b)`",
        "слово",
        "- x",
    ]
)
_LINES = st.sampled_from(
    ["# Глава", "## Part", "", "```", "    code = 1", "$$", "| a | b |", "\u00a0", "е\u0308ж"]
)
_TEXTS = st.lists(st.lists(_PROSE, max_size=12).map(" ".join) | _LINES, max_size=25).map("\n".join)


class TestAnyText:
    """Holds for every text, length, overlap and tokenizer."""

    @settings(deadline=None)
    @given(
        text=_TEXTS | st.text(max_size=200),
        limit=st.integers(32, 64),
        overlap=st.integers(0, 16),
        count=st.sampled_from([words, pieces, not_additive]),
        is_markdown=st.booleans(),
        title=st.none() | st.sampled_from(["T", "Глава", "", "A title with some words", "x" * 300]),
    )
    def test_properties(  # noqa: PLR0917 (hypothesis passes them by name)
        self,
        text: str,
        limit: int,
        overlap: int,
        count: TokenCounter,
        is_markdown: bool,
        title: str | None,
    ) -> None:
        """Within the limit, nothing lost, order kept, verbatim, counted, and the same each time."""
        given_document = document(text, is_markdown=is_markdown, title=title or "")
        limits = PassageSettings(
            max_tokens=limit, overlap_tokens=overlap, with_headings=title is not None
        )
        passages = split_document(given_document, settings=limits, count_tokens=count)

        covered, last_start = 0, -1
        for position, passage in enumerate(passages):
            assert passage.position == position
            assert passage.tokens == count([model_text(passage)])[0] <= limit
            assert passage.text == passage.text.strip() != ""
            start = _start(text, passage.text, covered=covered, last_start=last_start)
            covered, last_start = start + len(passage.text), start
            assert text.count("\n", 0, start) == passage.first_line - 1
            assert text.count("\n", 0, covered) == passage.last_line - 1
        assert not text[covered:].strip()
        ids = [point_id(passage) for passage in passages]
        assert len(set(ids)) == len(ids)
        assert passages == split_document(given_document, settings=limits, count_tokens=count)


def _start(text: str, passage: str, *, covered: int, last_start: int) -> int:
    """Where `passage` begins, given what earlier ones cover: nothing skipped, something added."""
    next_uncovered = covered + len(text[covered:]) - len(text[covered:].lstrip())
    for start in range(next_uncovered, last_start, -1):
        if text.startswith(passage, start):
            assert start + len(passage) > next_uncovered
            return start
    raise AssertionError(f"{passage!r} does not follow on in {text!r}")


class TestWhereItCuts:
    """Headings before paragraphs before sentences before words."""

    def test_a_section_never_shares_a_passage_with_the_next(self) -> None:
        """Each heading starts a passage and names it."""
        passages = split("# T\nintro\n\n## A\nbody\n\n### B\ndeep\n\n## C\nend")
        assert [passage.section for passage in passages] == [(), ("A",), ("A", "B"), ("C",)]
        assert passages[2].text == "### B\ndeep"

    def test_a_heading_without_a_body_stays_with_the_section_below(self) -> None:
        """No passage is a bare heading when text follows."""
        passages = split("# T\n\n## A\n\nbody")
        assert [(passage.text, passage.section) for passage in passages] == [
            ("# T\n\n## A\n\nbody", ("A",))
        ]

    def test_a_paragraph_that_fits_is_not_parted(self) -> None:
        """The second paragraph moves on as a whole."""
        first, second = "One two three. " * 6, "Four five six. " * 6
        passages = split(f"{first.strip()}\n\n{second.strip()}")
        assert [passage.text for passage in passages] == [first.strip(), second.strip()]

    def test_a_long_paragraph_is_cut_between_sentences(self) -> None:
        """Passages end where sentences end."""
        text = " ".join(f"Word number {n} is here." for n in range(30))
        passages = split(text)
        assert len(passages) > 1
        assert all(passage.text.endswith("here.") for passage in passages)
        assert all(passage.text.startswith("Word") for passage in passages)

    def test_a_heading_takes_sentences_rather_than_stand_alone(self) -> None:
        """A paragraph too long to join its heading is parted instead."""
        text = "# Heading here\n\n" + " ".join(f"Word {n} is." for n in range(9)) + " Ends x."
        passages = split(text, limit=32)
        assert passages[0].text.startswith("# Heading here\n\nWord 0 is.")

    def test_a_sentence_over_the_limit_is_cut_between_words(self) -> None:
        """No word is torn while there is a space to cut at."""
        text = " ".join(f"w{n}" for n in range(100))
        passages = split(text)
        assert " ".join(passage.text for passage in passages) == text

    def test_code_that_fits_stays_whole_and_longer_code_is_cut_between_lines(self) -> None:
        """A code block is a unit up to the limit."""
        short = "```\n" + "\n".join(f"a = {n}" for n in range(5)) + "\n```"
        passages = split(f"Text before it. {'Fill it. ' * 8}\n\n{short}")
        assert passages[-1].text == short
        long = "```\n" + "\n".join(f"a = {n}" for n in range(50)) + "\n```"
        lines = [line for passage in split(long) for line in passage.text.split("\n")]
        assert lines == long.split("\n")

    def test_neighbours_share_whole_sentences_up_to_the_overlap(self) -> None:
        """With an overlap each passage begins with the end of the one before."""
        text = " ".join(f"Word number {n} is here." for n in range(30))
        passages = split(text, overlap=12)
        for before, after in itertools.pairwise(passages):
            shared = after.text[: after.text.index(".") + 1]
            assert before.text.endswith(after.text.split(". ")[1] + ".")
            assert shared in before.text

    def test_sections_do_not_overlap(self) -> None:
        """A passage never repeats text from under another heading."""
        passages = split("## A\nOne. Two.\n\n## B\nThree. Four.", overlap=16)
        assert [passage.text for passage in passages] == ["## A\nOne. Two.", "## B\nThree. Four."]

    def test_a_file_far_over_the_limit_is_not_sent_whole(self) -> None:
        """Only texts that might fit are handed to the tokenizer."""
        seen: list[int] = []

        def count(texts: Sequence[str]) -> list[int]:
            seen.extend(len(text) for text in texts)
            return pieces(texts)

        passages = split("я" * 100_000, count=count)
        assert "".join(passage.text for passage in passages) == "я" * 100_000
        assert max(seen) <= 32 * 16


class TestLead:
    """Title and headings above a passage, for the models only."""

    def test_what_a_passage_says_itself_is_left_out(self) -> None:
        """Its own heading is in the text; title and outer headings are not."""
        passages = split("# T\nintro\n\n## A\nbody\n\n### B\ndeep", limit=32, with_headings=True)
        assert [passage.lead for passage in passages] == ["", "T", "T › A"]
        assert model_text(passages[2]) == "T › A ### B deep"
        assert passages[2].text == "### B\ndeep"

    def test_later_passages_of_a_section_get_its_heading(self) -> None:
        """Only the first one holds it."""
        text = "## Part\n" + " ".join(f"Sentence {n} is here." for n in range(20))
        leads = [passage.lead for passage in split(text, with_headings=True)]
        assert leads[0] == "T"
        assert set(leads[1:]) == {"T › Part"}

    @pytest.mark.parametrize(
        ("title", "heading", "lead"),
        [
            ("T", "one two three four five", "T › one two three four five"),
            ("one two three four five six seven eight", "H", "H"),
            ("one two three four five six seven eight", "a b c d e f g h i", ""),
        ],
    )
    def test_it_never_takes_more_than_a_quarter(self, title: str, heading: str, lead: str) -> None:
        """Outer headings go first; of what is too long alone nothing is left."""
        text = f"## {heading}\n" + " ".join(f"Sentence {n} is here." for n in range(20))
        passages = split(text, title=title, with_headings=True)
        assert passages[-1].lead == lead
        assert words([passages[-1].lead])[0] - 2 <= 32 // 4
        assert all(passage.tokens <= 32 for passage in passages)

    def test_none_without_the_setting(self) -> None:
        """The models see the text alone."""
        passage = split("## A\nbody")[0]
        assert (passage.lead, model_text(passage)) == ("", "## A body")


class TestPlaces:
    """Where a reader finds a passage."""

    def test_the_place_of_its_first_character(self) -> None:
        """The file and what to open in it, in place of lines that are not the file's own."""
        book = Document(
            doc_id="book.pdf",
            title="Book",
            text="## A\nfirst\n\n## B\nsecond\n\n## C\nthird",
            is_markdown=True,
            places=((0, "book.pdf page 1"), (12, "book.pdf page 2")),
            root="r",
        )
        limits = PassageSettings(max_tokens=32, overlap_tokens=0)
        passages = split_document(book, settings=limits, count_tokens=words)
        pages = [f"book.pdf page {number}" for number in (1, 2, 2)]
        assert [passage.source for passage in passages] == pages
        assert {passage.root for passage in passages} == {"r"}

    def test_lines_where_the_text_is_the_file(self) -> None:
        """Without places the lines tell it."""
        assert split("a\n\n## B\nb")[1].source == "d.md:3-4"

    def test_twins_are_counted(self) -> None:
        """A text that a document holds twice is two passages with two ids."""
        text = "\n\n".join(["## Same\nthe same words", "## Other\nwords"] * 2)
        passages = split(text)
        assert [passage.twin for passage in passages] == [0, 0, 1, 1]

    def test_few_calls_for_a_document_of_many_sections(self) -> None:
        """Everything is measured together: the tokenizer is asked a handful of times."""
        calls = [0]

        def count(texts: Sequence[str]) -> list[int]:
            calls[0] += 1
            return words(texts)

        split("\n\n".join(f"## S{n}\nbody {n}" for n in range(50)), count=count)
        assert calls[0] <= 4


class TestDetails:
    """Language and the counter that cannot be satisfied."""

    def test_each_passage_has_its_own_language(self) -> None:
        """A passage without letters takes the language of the document."""
        passages = split(
            "## A\nРусский текст о волнах.\n\n## B\nEnglish only text.\n\n## 1\n2 + 2 = 4"
        )
        assert [passage.lang for passage in passages] == [
            Language.RUSSIAN,
            Language.ENGLISH,
            Language.RUSSIAN,
        ]

    def test_a_counter_that_no_cut_satisfies_is_a_bug_not_a_loop(self) -> None:
        """A single character over the limit stops with an internal error."""
        with pytest.raises(InternalError):
            split("abc", count=lambda texts: [1000 for _ in texts])
