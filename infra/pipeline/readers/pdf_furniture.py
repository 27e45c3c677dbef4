"""Finds the running headers, footers and page numbers of a PDF: they are no text. Pure."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from infra.pipeline.readers.pdf_lines import Line

# Lines from the edge of a page that can be furniture.
_DEPTH = 2
# Left and right pages may differ, and first pages of chapters have none: two pages in five.
_SHARE = 0.4
_FEWEST_PAGES = 3
# Smaller than the text, or this far from it (in font sizes), a line is set apart; larger, it is a
# heading.
_SMALLER = 0.95
_GAP = 1.8
_LARGER = 1.05
# Of the pages, those where the number in the line counts with the page.
_COUNTING_SHARE = 0.8
_MOST_NUMBERS = 8

_NUMBER = re.compile(r"\d{1,9}")
_PAGE_NUMBER = re.compile(
    r"\W*(?:стр\.?|с\.|page|p\.)?\W*\d{1,4}(?:\s*(?:/|из|of)\s*\d{1,4})?\W*$", re.IGNORECASE
)


def without_furniture(pages: Sequence[list[Line]], *, body_size: float) -> list[list[Line]]:
    """The pages without what repeats at their edges.

    A line goes when the same text stands at the same edge of at least two pages in five (and of
    three), set apart from the text by its size or a gap. Numbers in it may differ if they count
    with the pages. A line that is only a page number goes from two pages on.
    """
    groups: dict[tuple[str, str], list[_Edge]] = defaultdict(list)
    for number, lines in enumerate(pages):
        for edge in _edges(number, lines, body_size):
            text = " ".join(edge.line.text.casefold().split())
            groups[edge.side, text].append(edge)
            if _NUMBER.search(text):
                groups[edge.side, _NUMBER.sub("#", text)].append(edge)
    drop: set[tuple[int, int]] = set()
    for (_, key), edges in groups.items():
        enough = max(_FEWEST_PAGES, _SHARE * len(pages))
        if "#" in key:
            if not _counts_pages(edges):
                continue
            if all(_PAGE_NUMBER.match(edge.line.text) for edge in edges):
                enough = 2
        if len({edge.page for edge in edges}) >= enough:
            drop.update((edge.page, edge.position) for edge in edges)
    return [
        [line for index, line in enumerate(lines) if (number, index) not in drop]
        for number, lines in enumerate(pages)
    ]


class _Edge(NamedTuple):
    """A line at the top or bottom of a page that is set apart from the text."""

    side: str
    page: int
    position: int
    line: Line


def _edges(page: int, lines: Sequence[Line], body_size: float) -> Iterator[_Edge]:
    """The outermost lines of a page that can be furniture.

    The first from the edge is never told apart from the second: a page number may stand above or
    below the running title.
    """
    downwards = sorted(range(len(lines)), key=lambda index: -lines[index].baseline)
    sides = {"top": downwards, "bottom": downwards[::-1]}
    seen: set[int] = set()
    for side, order in sides.items():
        outer = [lines[index] for index in order[: _DEPTH + 1]]
        for depth, index in enumerate(order[:_DEPTH]):
            is_apart = lines[index].size < _SMALLER * body_size or any(
                abs(one.baseline - other.baseline) > _GAP * max(one.size, other.size)
                for one, other in itertools.pairwise(outer[depth:])
            )
            if is_apart and lines[index].size <= _LARGER * body_size and index not in seen:
                seen.add(index)
                yield _Edge(side, page, index, lines[index])


def _counts_pages(edges: Sequence[_Edge]) -> bool:
    """Whether a number in the line goes up with the page on nearly all pages."""
    offsets: dict[int, int] = defaultdict(int)
    for edge in edges:
        numbers = _NUMBER.findall(edge.line.text)[:_MOST_NUMBERS]
        for offset in {int(digits) - edge.page for digits in numbers}:
            offsets[offset] += 1
    return max(offsets.values(), default=0) >= _COUNTING_SHARE * len(edges)
