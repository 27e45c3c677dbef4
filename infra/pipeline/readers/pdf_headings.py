"""Tells which lines of a PDF are headings; a PDF knows only letters of some size. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from infra.pipeline.readers.pdf_lines import LEADER, Line

# A line set this much larger than the text is a heading, if it is not as long as a paragraph.
_LARGER = 1.15
_LONGEST_HEADING = 200
# Of all characters.
_BODY_SHARE = 0.3
_USUAL_SIZE = 10.0
# Sizes this close are one size.
_SAME = 0.08


class Headings:
    """Headings are lines set larger than the text, and lines that the outline of the file names.

    `outline` gives levels by page, from 1, and `outline_key` of a title.
    """

    def __init__(
        self, pages: Sequence[Sequence[Line]], outline: Mapping[tuple[int, str], int]
    ) -> None:
        weights: Counter[float] = Counter()
        for lines in pages:
            for line in lines:
                weights[line.size] += len(line.text)
        self.body_size = _body_size(weights)
        self._outline = outline
        self._sizes: list[float] = []
        for size in sorted(weights, reverse=True):
            is_new = not self._sizes or size < self._sizes[-1] * (1 - _SAME)
            if size > self.body_size * _LARGER and is_new:
                self._sizes.append(size)

    def level_of(self, page: int, line: Line) -> int:
        """The level from 1, or 0 when the line is no heading."""
        text = line.text
        if len(text) > _LONGEST_HEADING or not any(map(str.isalpha, text)):
            return 0
        if LEADER.search(text):
            return 0
        named = self._outline.get((page, outline_key(text)))
        if named is not None:
            return named
        if line.size <= self.body_size * _LARGER:
            return 0
        return 1 + sum(line.size < size * (1 - _SAME) for size in self._sizes)


def _body_size(weights: Counter[float]) -> float:
    """The largest size that much of the text has, so that small print does not make it smaller."""
    enough = _BODY_SHARE * weights.total()
    common = [size for size, weight in weights.items() if weight >= enough]
    return max(common or weights, default=_USUAL_SIZE)


def outline_key(title: str) -> str:
    """A title in the form in which it can be compared with a line."""
    return "".join(filter(str.isalnum, title.casefold()))
