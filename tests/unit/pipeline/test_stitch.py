"""Sections put together again from their passages."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.pipeline.records import Document
from infra.pipeline.split import split_document
from infra.pipeline.stitch import stitched
from infra.settings import PassageSettings


def words(texts: Sequence[str]) -> list[int]:
    return [2 + len(text.split()) for text in texts]


def sections_of(text: str, *, overlap: int, longest: int = 4096) -> list[str]:
    document = Document(doc_id="d.md", title="T", text=text, is_markdown=True)
    limits = PassageSettings(max_tokens=32, overlap_tokens=overlap, section_max_tokens=longest)
    passages = split_document(document, settings=limits, count_tokens=words)
    numbers = sorted({passage.section_number for passage in passages})
    return [
        # From the end, as the order of a store's answer means nothing.
        stitched(passage for passage in reversed(passages) if passage.section_number == number)
        for number in numbers
    ]


_SENTENCES = st.lists(
    st.integers(0, 999).map(lambda number: f"Sentence {number} has some words in it."),
    min_size=1,
    max_size=40,
)
_SECTIONS = st.lists(
    st.lists(_SENTENCES.map(" ".join), min_size=1, max_size=3).map("\n\n".join),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(bodies=_SECTIONS, overlap=st.integers(0, 16))
def test_a_section_is_what_it_was(bodies: list[str], overlap: int) -> None:
    """Whatever its passages share or leave out between them."""
    sections = [f"## Part {number}\n\n{body}" for number, body in enumerate(bodies)]
    assert sections_of("\n\n".join(sections), overlap=overlap) == sections


def test_code_and_blank_lines() -> None:
    """Between passages the line breaks of the document come back."""
    text = "## A\n\n" + "One two. " * 12 + "\n\n\n```\n" + "x = 1\n" * 20 + "```"
    assert sections_of(text, overlap=0) == [text.replace(". \n", ".\n")]


def test_a_long_section_is_parted() -> None:
    """Parts of at most so many tokens, so that a book without headings is never shown whole."""
    sentences = [f"Sentence {number} has some words in it." for number in range(40)]
    parts = sections_of(" ".join(sentences), overlap=0, longest=64)
    assert len(parts) > 3
    assert all(words([part])[0] <= 64 for part in parts)
    assert " ".join(parts) == " ".join(sentences)


def test_a_missing_passage_leaves_the_rest() -> None:
    """A passage that was removed meanwhile takes nothing else with it."""
    text = "\n\n".join(f"Paragraph {number}: " + "word " * 20 + "end." for number in range(3))
    document = Document(doc_id="d.md", title="T", text=text, is_markdown=True)
    limits = PassageSettings(max_tokens=32, overlap_tokens=0)
    passages = split_document(document, settings=limits, count_tokens=words)
    assert stitched([passages[0], passages[2]]) == (f"{passages[0].text}\n\n\n\n{passages[2].text}")
