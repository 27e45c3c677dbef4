"""Tells where paragraphs begin among the lines of a PDF, by gaps, indents and short lines. Pure."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from infra.pipeline.readers.pdf_lines import LEADER, Line

# All distances are in font sizes. A gap this much larger than the usual one parts paragraphs.
_WIDER = 1.25
_USUAL_LEADING = 1.2
_LEADINGS = (0.8, 3.0)
_INDENT = 0.8
_SHORT = 4.0
# Lines less than this apart are parts of one line: a formula is drawn piece by piece.
_SAME_LINE = 0.75
_SAME_SIZE = 0.1
# How far around a line the right edge of its column is looked for, in lines.
_AROUND = 6
_COLUMN = 5.0

_ENDS = re.compile(r"[.!?…:;][\"'»”’)\]]*$")
_ITEM = re.compile(r"(?:[•▪◦●○■□➢✓‣·–—-]|\d{1,3}[.)]|[a-zа-я]\))\s+(?=\S)", re.IGNORECASE)


class PlacedLine(NamedTuple):
    """A line with the number of its page, from 1, and the right edge of the column it stands in."""

    page: int
    line: Line
    column_right: float


class Flow:
    """What is usual in one document, and what therefore parts two paragraphs in it."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        leadings: Counter[float] = Counter()
        for lines in pages:
            for above, below in itertools.pairwise(lines):
                leading = (above.baseline - below.baseline) / below.size
                if _LEADINGS[0] <= leading <= _LEADINGS[1]:
                    leadings[round(leading, 1)] += 1
        usual = max(leadings, key=lambda leading: (leadings[leading], -leading), default=None)
        self._gap = _WIDER * (usual or _USUAL_LEADING)

    def begins(self, run: Sequence[PlacedLine], below: PlacedLine) -> bool:  # noqa: PLR0911 - a rule a line
        """Whether a paragraph begins at `below`, after the lines of another in `run`."""
        first, last, line = run[0].line, run[-1].line, below.line
        if below.page == run[-1].page and _overlap(last, line):
            return False
        if abs(line.size - last.size) > _SAME_SIZE * last.size:
            return True
        gap = (last.baseline - line.baseline) / line.size
        if below.page != run[-1].page or gap < 0:  # the next page or column
            return is_item(line) or (not last.hyphen and bool(_ENDS.search(last.text)))
        if is_item(line) or gap > self._gap or LEADER.search(last.text):
            return True
        if last.hyphen:
            return False
        if self._steps_in(run, first, line):
            return True
        is_short = last.right < run[-1].column_right - _SHORT * last.size
        return is_short and bool(_ENDS.search(last.text))

    def _steps_in(self, run: Sequence[PlacedLine], first: Line, line: Line) -> bool:
        """Whether the left edge of `line` tells that something new begins."""
        step = _INDENT * line.size
        body = [placed.line.left for placed in run[1:] if placed.page == run[-1].page]
        if is_item(first):
            hangs = bool(body) and min(body) > first.left + step / 2
            return line.left < first.left - step or (hangs and line.left < min(body) - step / 2)
        return line.left > min(body, default=first.left) + step


def _overlap(one: Line, other: Line) -> bool:
    return abs(one.baseline - other.baseline) < _SAME_LINE * max(one.size, other.size)


def is_item(line: Line) -> bool:
    """Whether a line begins with a bullet or a number as list items do."""
    return _ITEM.match(line.text) is not None


def placed_lines(page: int, lines: Sequence[Line]) -> list[PlacedLine]:
    """The lines of one page, each with the right edge of its column."""
    placed: list[PlacedLine] = []
    for index, line in enumerate(lines):
        around = lines[max(0, index - _AROUND) : index + _AROUND + 1]
        column = [
            other.right for other in around if abs(other.left - line.left) <= _COLUMN * line.size
        ]
        placed.append(PlacedLine(page, line, max(column)))
    return placed
