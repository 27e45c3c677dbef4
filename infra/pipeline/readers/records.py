"""What a reader gives: text, where its parts stand in the file, and why a file cannot be read.

Knows no format and no library.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from infra.pipeline.records import Language

MIB = 1024 * 1024


class UnreadableDocumentError(ValueError):
    """One file that cannot be read; the message is one line that completes "FILE ...".

    It is in our own words: what a library said about the damage helps nobody who has the file.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """From `start`, an offset in the text, on: where a reader finds it in the file.

    `source` is `page 3`, `00:12:05`, `line 17` or `heading "Waves"`.
    """

    start: int
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadDocument:
    """One document out of a file.

    `text` has `\\n` line ends and no byte order mark; headings, tables, lists, code and formulas of
    other formats are Markdown in it. `places` ascend; text and Markdown files have none, since
    their lines are the places. `record_id` tells the records of a JSONL file apart. `encoding` is
    what the bytes of a text file were found to be, so that a guess is never a silent one.
    """

    title: str
    text: str
    is_markdown: bool
    places: tuple[Place, ...] = ()
    language_hint: Language | None = None
    record_id: str | None = None
    encoding: str | None = None

    def place_of(self, offset: int) -> str:
        """Where in the file the character at `offset` stands; empty before the first place."""
        if not self.places:
            line = self.text.count("\n", 0, offset) + 1
            return f"line {line}"
        index = bisect.bisect_right(self.places, offset, key=lambda place: place.start)
        return self.places[index - 1].source if index else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadLimits:
    """How much one file may cost; past any of them it is unreadable.

    `max_bytes` is the file's size, `max_unpacked_bytes` that of the parts of a DOCX that are read,
    `max_characters` the text that comes out (a book of 1000 pages has about 3 million), and
    `max_depth` how deep its elements may nest. `max_seconds` (per file) and `max_memory_bytes` hold
    where a file is read in a process of its own.
    """

    max_bytes: int = 64 * MIB
    max_unpacked_bytes: int = 64 * MIB
    max_characters: int = 10_000_000
    max_depth: int = 128
    max_seconds: float = 60.0
    max_memory_bytes: int = 2048 * MIB


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonlFields:
    """Which key of a JSONL record holds what; a key may lead inwards, as `meta.name`.

    `text` must be there and hold text in every record. `title` and `id` are used where a record
    has them, unless they are named here on purpose (not None), when every record must.
    """

    text: str = "text"
    title: str | None = None
    id: str | None = None
    is_markdown: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadOptions:
    """What the user may choose about reading."""

    limits: ReadLimits = field(default_factory=ReadLimits)
    jsonl: JsonlFields = field(default_factory=JsonlFields)
