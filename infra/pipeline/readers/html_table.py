"""The cells of a table of a page, with cells that span several written out."""

from __future__ import annotations

from itertools import islice

from selectolax.lexbor import LexborNode

from infra.pipeline.readers.html_inline import HEADINGS, inline_text

# A table wider than this is no table that a reader could use; it bounds what a spanning cell costs.
MOST_COLUMNS = 100

_ROW_GROUPS = frozenset({"thead", "tbody", "tfoot"})
_NOT_DATA = ",".join(["table", "pre", *sorted(HEADINGS)])


def rows_of(table: LexborNode) -> list[LexborNode]:
    """The rows of a table itself, none of a table inside it."""
    rows: list[LexborNode] = []
    for child in table.iter():
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in _ROW_GROUPS:
            rows.extend(inner for inner in child.iter() if inner.tag == "tr")
    return rows


def cells_of(row: LexborNode) -> list[LexborNode]:
    """The cells of a row."""
    return [cell for cell in row.iter() if cell.tag in {"td", "th"}]


def is_data(rows: list[LexborNode]) -> bool:
    """Whether the table holds data, not the layout of the page."""
    if max((len(cells_of(row)) for row in rows), default=0) < 2:
        return False
    return all(cell.css_first(_NOT_DATA) is None for row in rows for cell in cells_of(row))


def grid_of(rows: list[LexborNode]) -> list[list[str]]:
    """The text of each cell.

    A cell over several rows is repeated in each, so that every row can be read by itself; one over
    several columns stands in the first of them.
    """
    grid: list[list[str]] = []
    open_spans: dict[int, tuple[int, str]] = {}  # column: rows left, text
    for row in rows:
        line: list[str] = []
        cells = iter(cells_of(row))
        while len(line) < MOST_COLUMNS:
            column = len(line)
            if column in open_spans:
                left, text = open_spans.pop(column)
                line.append(text)
                if left > 1:
                    open_spans[column] = left - 1, text
                continue
            cell = next(cells, None)
            if cell is None:
                if not any(open_column > column for open_column in open_spans):
                    break
                line.append("")
                continue
            text = " ".join(inline_text(cell).split())
            height = _span(cell, "rowspan")
            for offset in islice(range(_span(cell, "colspan")), MOST_COLUMNS - column):
                value = text if offset == 0 else ""
                line.append(value)
                if height > 1:
                    open_spans[column + offset] = height - 1, value
        grid.append(line)
    return grid


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "").strip()
    # Digits beyond this are nonsense, and int() refuses thousands of them.
    return max(1, int(value)) if value.isdecimal() and len(value) <= 5 else 1
