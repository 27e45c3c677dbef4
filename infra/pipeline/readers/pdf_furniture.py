"""Finds the running headers, footers and page numbers of a PDF: they are no text. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from infra.pipeline.readers.pdf_lines import Line

# Lines from the edge of a page that can be furniture.
_DEPTH = 2
# Left and right pages may differ, and first pages of chapters have none: two pages in five.
_SHARE = 0.4
_FEWEST_PAGES = 3

_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*(?:стр\.?|с\.|page|p\.)?\W*\d{1,4}(?:\s*(?:/|из|of)\s*\d{1,4})?\W*$", re.IGNORECASE
)


def without_furniture(pages: Sequence[list[Line]], *, body_size: float) -> list[list[Line]]:
    """The pages without what repeats at their edges.

    A line goes when the same text stands at the same edge of at least two pages in five (and of
    three). Numbers in it may differ if they count with the pages and the line is not set larger
    than the text. A line that is only a page number goes from two pages on.
    """
    drop: set[tuple[int, int]] = set()
    groups: dict[tuple[str, str], list[tuple[int, int, Line]]] = defaultdict(list)
    for number, lines in enumerate(pages):
        for edge, index in _edges(lines):
            line = lines[index]
            text = " ".join(line.text.casefold().split())
            groups[edge, text].append((number, index, line))
            if _NUMBER.search(text) and line.size <= body_size * 1.05:
                groups[edge, _NUMBER.sub("#", text)].append((number, index, line))
    for (_, key), found in groups.items():
        lines_found = [line for _, _, line in found]
        enough = max(_FEWEST_PAGES, _SHARE * len(pages))
        if "#" in key:
            if all(map(_PAGE_NUMBER.match, (line.text for line in lines_found))):
                enough = 2
            if not _counts_pages(found):
                continue
        if len({number for number, _, _ in found}) >= enough:
            drop.update((number, index) for number, index, _ in found)
    return [
        [line for index, line in enumerate(lines) if (number, index) not in drop]
        for number, lines in enumerate(pages)
    ]


def _edges(lines: Sequence[Line]) -> Iterator[tuple[str, int]]:
    """The positions of the outermost lines of a page, top and bottom, with the edge's name.

    The first from the edge is never told apart from the second: a page number may stand above or
    below the running title.
    """
    order = sorted(range(len(lines)), key=lambda index: -lines[index].baseline)
    if len(order) <= 1:
        return
    yield from (("top", index) for index in order[:_DEPTH])
    yield from (("bottom", index) for index in order[max(_DEPTH, len(order) - _DEPTH) :])


def _counts_pages(found: Sequence[tuple[int, int, Line]]) -> bool:
    """Whether a number in the line goes up with the page on nearly all pages."""
    offsets: dict[int, int] = defaultdict(int)
    for number, _, line in found:
        for offset in {int(digits) - number for digits in _NUMBER.findall(line.text)[:8]}:
            offsets[offset] += 1
    return max(offsets.values(), default=0) >= 0.8 * len(found)
