"""Builds the Markdown text of one document and remembers where its parts came from.

Knows Markdown as far as `infra/pipeline/markdown.py` does: what would start a heading or a fence
there and is not one is written with a backslash before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from infra.pipeline.readers.records import Place, UnreadableDocumentError

_LOOKS_LIKE_BLOCK = re.compile(r"(?:#{1,6}(?=\s|$)|`{3}|~{3}|=+\s*$|-+\s*$)")
_BACKTICKS = re.compile(r"^\s*(`{3,})", re.MULTILINE)
_BREAK = re.compile(r"\s*\n\s*")
_SPACES = re.compile(r"[^\S\n]+")

DEEPEST_HEADING = 6


class MarkdownBuilder:
    """Blocks with a blank line between them, and places at offsets.

    Every method that adds text raises UnreadableDocumentError past `max_characters`.
    """

    def __init__(self, *, max_characters: int) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._places: list[Place] = []
        self._max_characters = max_characters

    @property
    def text(self) -> str:
        """Everything so far."""
        return "".join(self._parts)

    @property
    def places(self) -> tuple[Place, ...]:
        """The places so far, ascending."""
        return tuple(self._places)

    def place(self, source: str) -> None:
        """What is added next stands at `source`."""
        while self._places and self._places[-1].start == self._length:
            self._places.pop()
        if not self._places or self._places[-1].source != source:
            self._places.append(Place(start=self._length, source=source))

    def heading(self, level: int, title: str, *, source: str | None = None) -> None:
        """A heading, which is the place `source` if given; one without a title is left out."""
        if title := one_line(title):
            self.start_block()
            if source is not None:
                self.place(source)
            self.add(f"{'#' * min(max(level, 1), DEEPEST_HEADING)} {title}")

    def prose(self, text: str) -> None:
        """A paragraph; its line breaks stay, its other white space is folded."""
        if text := as_prose(text):
            self.block(text)

    def code(self, text: str) -> None:
        """A code block, verbatim."""
        longest = max((len(ticks) for ticks in _BACKTICKS.findall(text)), default=2)
        fence = "`" * (longest + 1)
        if text.strip():
            self.block(f"{fence}\n{text.strip(chr(10)).rstrip()}\n{fence}")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """A Markdown table; the first row is the heading, short rows are filled up."""
        width = max((len(row) for row in rows), default=0)
        filled = [[*row, *[""] * (width - len(row))] for row in rows if any(map(str.strip, row))]
        if filled:
            lines = [table_row(row) for row in filled]
            lines.insert(1, "|" + "---|" * width)
            self.block("\n".join(lines))

    def block(self, text: str) -> None:
        """A block that is Markdown already."""
        self.start_block()
        self.add(text)

    def start_block(self) -> None:
        """Ends what came before with a blank line."""
        if self._parts and not self._parts[-1].endswith("\n\n"):
            self.add("\n\n")

    def add(self, text: str) -> None:
        """More of the same block, as it is."""
        if not text:
            return
        self._length += len(text)
        if self._length > self._max_characters:
            reason = f"holds more than {self._max_characters} characters of text"
            raise UnreadableDocumentError(reason)
        self._parts.append(text)


def as_prose(text: str) -> str:
    """`text` as the lines of a paragraph that nothing in it turns into another kind of block."""
    folded = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(_escaped(line) for line in folded if line)


def one_line(text: str) -> str:
    """`text` with every run of white space as one space."""
    return " ".join(text.split())


def table_row(cells: Iterable[str]) -> str:
    """One row of a Markdown table."""
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return one_line(_BREAK.sub(" ", text)).replace("|", "\\|")


def _escaped(line: str) -> str:
    return f"\\{line}" if _LOOKS_LIKE_BLOCK.match(line) else line
