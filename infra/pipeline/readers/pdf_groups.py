"""Groups the lines of a PDF to headings, paragraphs, list items, code and tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from infra.pipeline.readers.pdf_flow import Flow, PlacedLine, is_item, placed_lines
from infra.pipeline.readers.pdf_headings import Headings
from infra.pipeline.readers.pdf_lines import Line
from infra.pipeline.readers.pdf_tables import table_at

_HEADING_GAP = 2.0  # font sizes between two lines of one heading
_SAME_SIZE = 0.02


class Kind(StrEnum):
    """What a run of lines is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    CODE = "code"
    TABLE = "table"


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Lines that belong together; `level` is set for headings, `rows` for tables."""

    kind: Kind
    lines: tuple[PlacedLine, ...]
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def groups_of(pages: Sequence[Sequence[Line]], headings: Headings) -> Iterator[Group]:
    """The groups of all pages in order; a paragraph may go on over the end of a page."""
    flow = Flow(pages)
    run: list[PlacedLine] = []
    for page, lines in enumerate(pages, start=1):
        placed = placed_lines(page, lines)
        index = 0
        while index < len(placed):
            whole = _whole_at(placed, lines, index, headings)
            if run and (whole is not None or flow.begins(run, placed[index])):
                yield _flowing(run)
                run = []
            if whole is not None:
                yield whole
                index += len(whole.lines)
            else:
                run.append(placed[index])
                index += 1
    if run:
        yield _flowing(run)


def _flowing(run: Sequence[PlacedLine]) -> Group:
    kind = Kind.ITEM if is_item(run[0].line) else Kind.PARAGRAPH
    return Group(kind=kind, lines=tuple(run))


def _whole_at(
    placed: Sequence[PlacedLine], lines: Sequence[Line], index: int, headings: Headings
) -> Group | None:
    """A heading, a table or a run of code that begins at a line."""
    page, line = placed[index].page, lines[index]
    if level := headings.level_of(page, line):
        end = _end(
            lines,
            index,
            lambda above, below: headings.level_of(page, below) == level and _close(above, below),
        )
        return Group(kind=Kind.HEADING, lines=tuple(placed[index:end]), level=level)
    if (table := table_at(lines, index)) is not None:
        rows = tuple(map(tuple, table.rows))
        found = tuple(placed[index : index + table.lines])
        return Group(kind=Kind.TABLE, lines=found, rows=rows)
    if line.fixed_pitch:
        end = _end(lines, index, lambda _, below: below.fixed_pitch)
        return Group(kind=Kind.CODE, lines=tuple(placed[index:end]))
    return None


def _end(lines: Sequence[Line], start: int, goes_on: Callable[[Line, Line], bool]) -> int:
    """The index after the last line that belongs to the one at `start`."""
    end = start + 1
    while end < len(lines) and goes_on(lines[end - 1], lines[end]):
        end += 1
    return end


def _close(above: Line, below: Line) -> bool:
    """Whether two lines are set alike and stand close, as those of one heading do."""
    gap = above.baseline - below.baseline
    is_same_size = abs(below.size - above.size) <= _SAME_SIZE * above.size
    return is_same_size and 0 < gap <= _HEADING_GAP * above.size
