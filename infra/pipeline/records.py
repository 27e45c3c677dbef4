"""The records that the parts of the pipeline hand to each other. Knows no transport, no store."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The two languages that the pipeline serves."""

    RUSSIAN = "ru"
    ENGLISH = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One readable document.

    `doc_id` is the path of its file relative to the root of the run, with `/` between the parts, so
    that it is the same on every machine; a record of a JSONL file has `#` and its own id after
    that. `text` has `\\n` line ends and no byte order mark.

    `places` are where parts of a file stand that is no plain text: offsets in `text`, ascending,
    each with what a reader opens (`talk.srt 00:12:05`). `root` tells the documents of one root of
    indexing from those of others.
    """

    doc_id: str
    title: str
    text: str
    is_markdown: bool
    places: tuple[tuple[int, str], ...] = ()
    language_hint: Language | None = None
    root: str = ""

    def place_of(self, offset: int) -> str:
        """What a reader opens for the character at `offset`; empty where lines tell it."""
        index = bisect.bisect_right(self.places, offset, key=lambda place: place[0])
        return self.places[max(0, index - 1)][1] if self.places else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A piece of one document: what is embedded, stored and reranked.

    `position` counts from 0 within the document. `section` holds the headings above the passage,
    outermost first, without the document's title. `text` is a verbatim slice of the document, for
    display; the models see `model_text(passage)`, and `tokens` is the length of that, special
    tokens included. The lines count from 1 and both belong to the passage.

    `section_number` counts the sections of the document from 0; passages of one number are shown
    together as the section around any of them. `start` is the offset of `text` in its section, in
    characters. `place` is where a reader finds the passage when the lines are not the file's own:
    `talk.srt 00:12:05`, `book.pdf page 3`. `lead` is the line that the models see above the text:
    title and headings, or empty.

    `twin` counts earlier passages of the document with the same lead and text. `root` is that of
    the document.
    """

    doc_id: str
    position: int
    title: str
    section: tuple[str, ...]
    lang: Language
    text: str
    tokens: int
    first_line: int
    last_line: int
    start: int = 0
    section_number: int = 0
    place: str = ""
    lead: str = ""
    twin: int = 0
    root: str = ""

    @property
    def source(self) -> str:
        """Where a reader finds the passage: its `place`, else `doc_id:first-last`."""
        return self.place or f"{self.doc_id}:{self.first_line}-{self.last_line}"

    @property
    def section_id(self) -> str:
        """Which section of which document the passage belongs to."""
        return f"{self.doc_id}#{self.section_number}"
