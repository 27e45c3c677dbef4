"""Blocks of a Markdown text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.pipeline.markdown import BlockKind, blocks_of, first_heading

H, P, V = BlockKind.HEADING, BlockKind.PROSE, BlockKind.VERBATIM


def check_blocks(text: str, expected: list[tuple[BlockKind, str]]) -> None:
    blocks = blocks_of(text, is_markdown=True)
    assert [(block.kind, text[block.start : block.end]) for block in blocks] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\ntext\n\nmore", [(H, "# A"), (P, "text"), (P, "more")]),
        ("Title\n=====\ntext", [(H, "Title\n====="), (P, "text")]),
        ("one\ntwo\n---\nthree", [(P, "one\ntwo\n---\nthree")]),
        ("- item\n---", [(P, "- item\n---")]),
        ("text\n```py\n# no heading\n\nx\n```\nend", None),
        ("  ~~~\nopen to the end\n\n", [(V, "~~~\nopen to the end")]),
        ("~~~\nnever closed\n\n# no", [(V, "~~~\nnever closed\n\n# no")]),
        ("$$\na = b\n$$\nend", [(V, "$$\na = b\n$$"), (P, "end")]),
        ("$$a = b$$\nend", [(V, "$$a = b$$"), (P, "end")]),
        ("$$ is money\n\n# A", [(P, "$$ is money"), (H, "# A")]),
        ("\\[\nx\n\\]", [(V, "\\[\nx\n\\]")]),
        (
            "see\n| a | b |\n|---|---|\n| 1 | 2 |",
            [(P, "see"), (V, "| a | b |\n|---|---|\n| 1 | 2 |")],
        ),
        ("#no heading\n#hash", [(P, "#no heading\n#hash")]),
    ],
)
def test_blocks(text: str, expected: list[tuple[BlockKind, str]] | None) -> None:
    """Headings are found, and code, formulas and tables stay whole."""
    if expected is None:
        expected = [(P, "text"), (V, "```py\n# no heading\n\nx\n```"), (P, "end")]
    check_blocks(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("intro\n\n## Волны ##\n", "Волны"),
        ("# C#\n", "C#"),
        ("#\n\n# Second", "Second"),
        ("```\n# code\n```\n", None),
        ("plain", None),
    ],
)
def test_first_heading(text: str, expected: str | None) -> None:
    """The title is the first heading with a text, without its closing marks."""
    assert first_heading(text) == expected


def test_plain_text_has_no_headings() -> None:
    """In a text file a hash sign is a hash sign."""
    text = "# not a heading\n\n```\nnot code"
    kinds = {block.kind for block in blocks_of(text, is_markdown=False)}
    assert kinds == {BlockKind.PROSE}


_LINES = st.sampled_from(
    ["# A", "## B ##", "text", "", "  ", "```", "~~~~", "$$", "| x |", "---", "- i"]
)


@given(lines=st.lists(_LINES, max_size=20), is_markdown=st.booleans())
def test_blocks_cover_the_text(lines: list[str], is_markdown: bool) -> None:
    """Blocks ascend, do not overlap, and only white space lies between them."""
    text = "\n".join(lines)
    position = 0
    for block in blocks_of(text, is_markdown=is_markdown):
        assert position <= block.start < block.end
        assert not text[position : block.start].strip()
        position = block.end
    assert not text[position:].strip()
