"""Parts a large file of lines, so that neither reading nor indexing it needs it whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Some 300,000 tokens: seconds of cutting, so that embedding soon begins.
PART_BYTES = 1024 * 1024

# Marks of encodings in which a byte 10 need not end a line.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_BLOCK_BYTES = 1024 * 1024


class Part(NamedTuple):
    """Whole lines of a file: where they begin, how many bytes, and the number of the first."""

    offset: int
    size_bytes: int
    first_line: int


def line_parts(path: Path, size_bytes: int, *, part_bytes: int = PART_BYTES) -> list[Part]:
    """Parts of about `part_bytes`; a line is never parted, and a small file is one part.

    A file that cannot be opened is one part as well: reading it will tell why.
    """
    whole = [Part(0, size_bytes, 1)]
    if size_bytes <= part_bytes:
        return whole
    try:
        with path.open("rb") as file:
            if file.read(4).startswith(_WIDE):
                return whole
            file.seek(0)
            return _parts(iter(lambda: file.read(_BLOCK_BYTES), b""), part_bytes) or whole
    except OSError:
        return whole


def _parts(blocks: Iterator[bytes], part_bytes: int) -> list[Part]:
    parts: list[Part] = []
    start = position = 0
    first_line = line = 1
    for block in blocks:
        searched = 0
        while (end := block.find(b"\n", max(searched, start + part_bytes - position))) >= 0:
            line += block.count(b"\n", searched, end + 1)
            searched = end + 1
            parts.append(Part(start, position + searched - start, first_line))
            start, first_line = position + searched, line
        line += block.count(b"\n", searched)
        position += len(block)
    if position > start:
        parts.append(Part(start, position - start, first_line))
    return parts
