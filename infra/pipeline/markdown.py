"""Cuts a text into blocks: headings, prose and what must stay whole (code, formulas, tables).

Blocks are spans of the source, so nothing is rewritten and nothing can get lost. It is not a
Markdown renderer: it knows only the constructs that decide where a passage may be cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block is, as far as cutting goes."""

    HEADING = "heading"
    PROSE = "prose"
    VERBATIM = "verbatim"  # a code block, a display formula, a table: kept whole where it fits


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A run of lines, `text[start:end]`, without the white space around it.

    `level` (1 to 6) and `heading` are set for headings only.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    heading: str = ""


_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
# Bounds the look-ahead, so that a text of opening marks only costs no square of its length.
_FORMULA_LINES = 200
_NOT_A_TITLE = re.compile(r"\s*(?:[-*+>|]|\d+[.)]\s)")


def first_heading(text: str) -> str | None:
    """The text of the first heading that has one."""
    headings = (block.heading for block in blocks_of(text, is_markdown=True))
    return next((heading for heading in headings if heading), None)


def blocks_of(text: str, *, is_markdown: bool) -> list[Block]:
    """The blocks of `text` in order; every character that is not white space is in one of them.

    Plain text has paragraphs only, parted by blank lines.
    """
    lines = _lines(text)
    return list(_markdown_blocks(lines) if is_markdown else _paragraphs(lines))


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    start = 0
    for line in text.split("\n"):
        lines.append(_Line(start, line))
        start += len(line) + 1
    return lines


def _block(kind: BlockKind, lines: list[_Line], *, level: int = 0, heading: str = "") -> Block:
    filled = [line for line in lines if not line.is_blank]  # an open fence runs on to the end
    first, last = filled[0], filled[-1]
    start = first.end - len(first.text.lstrip())
    end = last.start + len(last.text.rstrip())
    return Block(kind=kind, start=start, end=end, level=level, heading=heading)


def _paragraphs(lines: list[_Line]) -> Iterator[Block]:
    run: list[_Line] = []
    for line in lines:
        if not line.is_blank:
            run.append(line)
        elif run:
            yield _block(BlockKind.PROSE, run)
            run = []
    if run:
        yield _block(BlockKind.PROSE, run)


def _markdown_blocks(lines: list[_Line]) -> Iterator[Block]:
    prose: list[_Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        heading = _HEADING.match(line.text)
        whole = _verbatim_end(lines, index)
        if line.is_blank or heading or whole > index:
            yield from _paragraphs(prose)
            prose = []
        if whole > index:
            yield _block(BlockKind.VERBATIM, lines[index:whole])
            index = whole
            continue
        if heading:
            title = _without_closing(line.text[heading.end() :].strip())
            yield _block(BlockKind.HEADING, [line], level=len(heading[1]), heading=title)
        elif (underline := _UNDERLINE.match(line.text)) and _is_title(prose):
            yield from _paragraphs(prose[:-1])
            level, title = (1 if underline[1][0] == "=" else 2), prose[-1].text.strip()
            yield _block(BlockKind.HEADING, [prose[-1], line], level=level, heading=title)
            prose = []
        elif not line.is_blank:
            prose.append(line)
        index += 1
    yield from _paragraphs(prose)


def _without_closing(title: str) -> str:
    """`Title ##` is a heading `Title`, but `C#` is not `C`."""
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else title


def _is_title(prose: list[_Line]) -> bool:
    """A line of `---` under one line of plain text makes it a heading, under more it is a rule."""
    return len(prose) == 1 and not _NOT_A_TITLE.match(prose[0].text)


def _verbatim_end(lines: list[_Line], start: int) -> int:
    """The line after the block that must stay whole, or `start` when none begins there."""
    first = lines[start].text.strip()
    if fence := _FENCE.match(lines[start].text):
        return _fence_end(lines, start + 1, fence[1])
    for opening, closing in (("$$", "$$"), (r"\[", r"\]")):
        if first.startswith(opening):
            return _formula_end(lines, start, closing)
    end = start
    while end < len(lines) and lines[end].text.lstrip().startswith("|"):
        end += 1
    return end


def _fence_end(lines: list[_Line], start: int, opening: str) -> int:
    """A fence that nothing closes runs to the end of the text, as every renderer shows it."""
    closing = re.compile(rf"[ \t]*{re.escape(opening[0])}{{{len(opening)},}}[ \t]*$")
    for index in range(start, len(lines)):
        if closing.match(lines[index].text):
            return index + 1
    return len(lines)


def _formula_end(lines: list[_Line], start: int, closing: str) -> int:
    """A display formula ends soon and before the first blank line, or it is no formula."""
    if len(first := lines[start].text.strip()) >= 4 and first.endswith(closing):
        return start + 1
    for index in range(start + 1, min(start + _FORMULA_LINES, len(lines))):
        if lines[index].is_blank:
            break
        if lines[index].text.rstrip().endswith(closing):
            return index + 1
    return start
