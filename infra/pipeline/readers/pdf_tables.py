"""Finds tables among the lines of a PDF page: rows whose cells stand under each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from infra.pipeline.readers.pdf_lines import Cell, Line

# Rows further apart than this, in font sizes, belong to two tables.
_ROW_GAP = 3.0
_SLACK = 1.0  # points; two boxes that only touch do not overlap


class Table(NamedTuple):
    """The cells of a number of lines, as rows of equal length."""

    rows: list[list[str]]
    lines: int


class _Column(NamedTuple):
    left: float
    right: float


def table_at(lines: Sequence[Line], start: int) -> Table | None:
    """The table that begins at a line, if one does.

    It is at least two rows of at least two cells with the same white gaps all the way down. A line
    that lies within one column, other than the first, goes on with the cell above it.
    """
    rows: list[list[Cell]] = []
    columns: list[_Column] = []
    count = 0
    for line in _close_lines(lines, start):
        if len(line.cells) >= 2:
            merged = _merged([*columns, *(_Column(cell.left, cell.right) for cell in line.cells)])
            # Two columns that a cell joins are no columns.
            if len(merged) < max(len(columns), len(line.cells)):
                break
            columns = merged
            rows.append(list(line.cells))
        elif rows and (index := _column_of(line, columns)) is not None and index > 0:
            rows.append(list(line.cells))
        else:
            break
        count += 1
    if sum(len(row) >= 2 for row in rows) < 2 or len(columns) < 2:
        return None
    return Table(rows=_grid(rows, columns), lines=count)


def _close_lines(lines: Sequence[Line], start: int) -> list[Line]:
    """The lines from `start` on that follow each other down the page without a wide gap."""
    close = [lines[start]]
    for line in lines[start + 1 :]:
        gap = close[-1].baseline - line.baseline
        if not 0 < gap <= _ROW_GAP * line.size:
            break
        close.append(line)
    return close


def _merged(columns: Sequence[_Column]) -> list[_Column]:
    """The columns with those that overlap joined."""
    merged: list[_Column] = []
    for column in sorted(columns):
        if merged and column.left < merged[-1].right - _SLACK:
            merged[-1] = _Column(merged[-1].left, max(merged[-1].right, column.right))
        else:
            merged.append(column)
    return merged


def _column_of(line: Line, columns: Sequence[_Column]) -> int | None:
    inside = [
        index
        for index, column in enumerate(columns)
        if line.left < column.right - _SLACK and line.right > column.left + _SLACK
    ]
    if len(inside) != 1 or line.right > columns[inside[0]].right + 2 * line.size:
        return None
    return inside[0]


def _grid(rows: Sequence[Sequence[Cell]], columns: Sequence[_Column]) -> list[list[str]]:
    grid: list[list[str]] = []
    for row in rows:
        texts = [""] * len(columns)
        for cell in row:
            index = max(
                index for index, column in enumerate(columns) if column.left <= cell.left + _SLACK
            )
            texts[index] = f"{texts[index]} {cell.text}".strip()
        if len(row) == 1 and grid:
            above = grid[-1]
            grid[-1] = [f"{one} {more}".strip() for one, more in zip(above, texts, strict=True)]
        else:
            grid.append(texts)
    return grid
