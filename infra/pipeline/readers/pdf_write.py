"""Writes the groups of a PDF's lines as Markdown, words mended and pages kept as places."""

from __future__ import annotations

import re
from collections.abc import Sequence

from infra.pipeline.readers.builder import MarkdownBuilder, as_prose, one_line
from infra.pipeline.readers.hyphens import Joiner
from infra.pipeline.readers.pdf_flow import PlacedLine
from infra.pipeline.readers.pdf_groups import Group, Kind
from infra.pipeline.readers.pdf_lines import LEADER, Line

_MOST_INDENT = 80

_BULLET = re.compile(r"[•▪◦●○■□➢✓‣·–—-]\s+")


def write_group(
    builder: MarkdownBuilder, group: Group, joiner: Joiner, *, after_item: bool
) -> None:
    """Adds one group; list items that follow each other stay in one block."""
    first = group.lines[0]
    match group.kind:
        case Kind.HEADING:
            title = one_line("".join(_pieces(group.lines, joiner)))
            builder.heading(group.level, title, source=f"page {first.page}")
        case Kind.TABLE:
            builder.start_block()
            builder.place(f"page {first.page}")
            builder.table([[_without_leader(cell) for cell in row] for row in group.rows])
        case Kind.CODE:
            builder.start_block()
            builder.place(f"page {first.page}")
            builder.code("\n".join(_indented([placed.line for placed in group.lines])))
        case Kind.ITEM | Kind.PARAGRAPH:
            if after_item and group.kind is Kind.ITEM:
                builder.add("\n")
            else:
                builder.start_block()
            _write_flowing(builder, group, joiner)


def _write_flowing(builder: MarkdownBuilder, group: Group, joiner: Joiner) -> None:
    pieces = _pieces(group.lines, joiner)
    for index, (placed, piece) in enumerate(zip(group.lines, pieces, strict=True)):
        builder.place(f"page {placed.page}")
        if index:
            builder.add(piece)
        elif group.kind is Kind.ITEM:
            builder.add(_BULLET.sub("- ", piece, count=1))
        else:
            bare = as_prose(piece)
            builder.add(bare + piece[len(piece.rstrip()) :])


def _pieces(lines: Sequence[PlacedLine], joiner: Joiner) -> list[str]:
    """The text of each line with what joins it to the next."""
    pieces: list[str] = []
    for index, (_, line, _) in enumerate(lines):
        after = lines[index + 1].line.text if index + 1 < len(lines) else None
        if after is None:
            pieces.append(_without_leader(line.text))
        elif line.hyphen:
            pieces.append(line.text[:-1] + joiner.join(line.text[:-1], after))
        else:
            pieces.append(f"{_without_leader(line.text)} ")
    return pieces


def _without_leader(text: str) -> str:
    """A line of a table of contents without its row of dots."""
    return LEADER.sub(" … ", text)


def _indented(lines: Sequence[Line]) -> list[str]:
    """Lines of code with their indents, counted in characters of their own width."""
    margin = min(line.left for line in lines)
    # At least a point: a damaged font may say that its characters have no width.
    widths = [max(1.0, (line.right - line.left) / max(1, len(line.text))) for line in lines]
    return [
        " " * min(_MOST_INDENT, round((line.left - margin) / width)) + line.text
        for line, width in zip(lines, widths, strict=True)
    ]
