"""Puts the lines of a PDF page into reading order where the file does not. Pure.

Nearly all files draw their text in reading order, columns included, and then nothing is changed: an
order worked out from positions is a guess.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from infra.pipeline.readers.pdf_lines import Cell, Line

# Rows of a table are short; two columns of prose that are drawn row by row are not.
_PROSE_CHARACTERS = 28
_FEWEST_ROWS = 4
# Further up than this, in font sizes, is no part of a formula that is drawn piece by piece.
_JUMP = 4.0

# Places across the page that are tried as the gutter.
_STEPS = 60
_FEWEST_IN_COLUMN = 3
# Lines this far apart in height, in font sizes, still stand beside each other.
_BESIDE = 1.5
_MOST_CROSSING = 0.25


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """The lines, sorted only when the file jumps back up, or goes up all the time.

    To the top of a column further right is no jump back.
    """
    separated = [piece for line in _columns_apart(lines) for piece in line]
    if _is_ordered(separated):
        return separated
    return _by_position(separated)


def _columns_apart(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that hold one line of each of two columns, taken apart where a run of them is prose."""
    result: list[list[Line]] = []
    index = 0
    while index < len(lines):
        end = index
        while end < len(lines) and len(lines[end].cells) == 2:
            end += 1
        run = lines[index:end]
        cells = [cell for line in run for cell in line.cells]
        if len(run) >= _FEWEST_ROWS and _mean_length(cells) >= _PROSE_CHARACTERS:
            left, right = ([_only(line, side) for line in run] for side in (0, 1))
            result.append(left + right)
            index = end
        else:
            result.append([lines[index]])
            index += 1
    return result


def _mean_length(cells: Sequence[Cell]) -> float:
    return sum(len(cell.text) for cell in cells) / max(1, len(cells))


def _only(line: Line, side: int) -> Line:
    return Line(
        cells=(line.cells[side],),
        baseline=line.baseline,
        size=line.size,
        fixed_pitch=line.fixed_pitch,
    )


def _is_ordered(lines: Sequence[Line]) -> bool:
    upwards = 0
    for above, below in itertools.pairwise(lines):
        rise = (below.baseline - above.baseline) / above.size
        if rise > _JUMP and below.left < above.right:
            return False
        upwards += rise > 0
    return upwards * 2 <= len(lines)


def _by_position(lines: Sequence[Line]) -> list[Line]:
    """From top to bottom; between lines that cross the gutter, the left column before the right."""
    downwards = sorted(lines, key=lambda line: (-line.baseline, line.left))
    gutter = _gutter(lines)
    if gutter is None:
        return downwards
    ordered: list[Line] = []
    zone: list[Line] = []
    for line in downwards:
        if line.left < gutter < line.right:
            ordered += [*_column_by_column(zone, gutter), line]
            zone = []
        else:
            zone.append(line)
    return [*ordered, *_column_by_column(zone, gutter)]


def _column_by_column(zone: Sequence[Line], gutter: float) -> list[Line]:
    """The columns of a zone; what has nothing beside it stands before or after both."""
    left = [line for line in zone if line.right <= gutter]
    right = [line for line in zone if line.left >= gutter]
    if not left or not right:
        return [*left, *right]
    top = min(left[0].baseline, right[0].baseline) + _BESIDE * zone[0].size
    bottom = max(left[-1].baseline, right[-1].baseline) - _BESIDE * zone[0].size
    above = [line for line in zone if line.baseline > top]
    below = [line for line in zone if line.baseline < bottom]
    columns = (
        [line for line in column if bottom <= line.baseline <= top] for column in (left, right)
    )
    return [*above, *(line for column in columns for line in _by_position(column)), *below]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where to part two columns: few lines cross it, and both sides have enough of them."""
    if len(lines) < 2 * _FEWEST_IN_COLUMN:
        return None
    start = min(line.left for line in lines)
    width = max(line.right for line in lines) - start
    best: tuple[int, int, float] | None = None
    for step in range(1, _STEPS):
        x = start + width * step / _STEPS
        left = sum(line.right <= x for line in lines)
        right = sum(line.left >= x for line in lines)
        crossing = len(lines) - left - right
        if min(left, right) >= _FEWEST_IN_COLUMN and crossing <= _MOST_CROSSING * len(lines):
            best = min(best or (crossing, 1, x), (crossing, -min(left, right), x))
    return best[2] if best is not None else None
