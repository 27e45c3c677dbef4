"""Gathers the characters of a PDF page to lines, with what the layout needs to know of each.

The only module that talks to the PDF library's text page. Lengths are in points, measured from the
lower left corner of the page.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

# A gap of so many font sizes parts two cells; between words it is about a quarter.
_CELL_GAP = 1.6
LEADER = re.compile(r"(?:\s?\.){5,}\s?")
"""The row of dots in a line of a table of contents."""

# A character further up or down than this, in font sizes, stands on another line.
_LINE_JUMP = 0.7
# Pages are at most 14,400 points wide; what stands further away, or nowhere, nobody sees.
_FARTHEST = 100_000.0
_RAISED_SIZE = 0.85
_RAISED_BY = 0.15

_HYPHEN_MARKS = frozenset({0xFFFE, 0x02})
_HYPHEN_END = re.compile(r"\w[-‐]$")
_FIXED_PITCH = 1
# Many fonts, TeX's among them, do not set the flag.
_FIXED_PITCH_NAME = re.compile(rb"mono|courier|consol|typewriter|cmtt|sftt", re.IGNORECASE)
_NAME_BYTES = 128
_PRIVATE_BULLETS = {0xF0B7: "•", 0xF0A7: "▪", 0xF02D: "–", 0xF0D8: "➢", 0xF0FC: "✓"}
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st"}
_REPLACED = _PRIVATE_BULLETS | _LIGATURES | {0xA0: " ", 0xAD: "-", 0xFB06: "st"}


class Cell(NamedTuple):
    """A run of text on a line with a wide gap to its neighbours."""

    left: float
    right: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a page; `size` is the font size of most of it."""

    cells: tuple[Cell, ...]
    baseline: float
    size: float
    fixed_pitch: bool = False

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def hyphen(self) -> bool:
        """Whether it ends in a hyphen, so that a word may go on in the next line."""
        return _HYPHEN_END.search(self.text) is not None

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right


@dataclass(kw_only=True, slots=True)
class PageText:
    """The lines of a page in the order of the file.

    `unknown` counts characters whose letters the fonts do not tell, of `characters`.
    """

    lines: list[Line] = field(default_factory=list)
    characters: int = 0
    unknown: int = 0


def page_text(page: pdfium.PdfPage) -> PageText:
    """All upright text of a page; a page that is mostly turned text is taken without its layout."""
    text_page = page.get_textpage()
    try:
        gathered = _Gatherer(text_page)
        turned = gathered.turned
        if turned > gathered.result.characters:
            return _without_layout(text_page.get_text_range())
        return gathered.result
    finally:
        text_page.close()


class _Style(NamedTuple):
    size: float
    baseline: float
    fixed_pitch: bool
    upright: bool


@dataclass(slots=True)
class _Run:
    """Neighbouring characters of one style."""

    style: _Style
    left: float
    right: float
    text: str = ""


class _Gatherer:
    """Reads the characters of one page; `result` holds its lines, `turned` counts other text."""

    def __init__(self, text_page: pdfium.PdfTextPage) -> None:
        self._page = text_page.raw
        self._box = pdfium_c.FS_RECTF()
        self._cells: list[list[_Run]] = []
        self._style: _Style | None = None
        self._extent = (0.0, 0.0)
        self.result = PageText()
        self.turned = 0
        for index in range(text_page.count_chars()):
            self._character(index, pdfium_c.FPDFText_GetUnicode(self._page, index))
        self._end_line()

    def _character(self, index: int, code: int) -> None:
        if code in {10, 13}:
            self._end_line()
        elif code in _HYPHEN_MARKS:
            if self._cells:
                self._cells[-1][-1].text += "-"
            self._end_line()
        elif code == 32:
            if self._cells:
                self._cells[-1][-1].text += " "
        else:
            self._visible(index, code)

    def _visible(self, index: int, code: int) -> None:
        pdfium_c.FPDFText_GetLooseCharBox(self._page, index, self._box)
        left, right = self._box.left, self._box.right
        if not -_FARTHEST < left <= right < _FARTHEST:
            self.turned += 1
            return
        extent = self._box.bottom, self._box.top
        if self._style is None or extent != self._extent:
            self._style, self._extent = self._style_of(index), extent
        style = self._style
        if not style.upright:
            self.turned += 1
            return
        self.result.characters += 1
        if code in {0, 0xFFFD} or (0xE000 <= code <= 0xF8FF and code not in _PRIVATE_BULLETS):
            self.result.unknown += 1
            return
        text = _REPLACED.get(code) or (chr(code) if code >= 32 else " ")
        last = self._cells[-1][-1] if self._cells else None
        if last is not None:
            size = max(style.size, last.style.size)
            jump = abs(style.baseline - last.style.baseline)
            if jump > _LINE_JUMP * size or left < last.right - 2 * size:
                self._end_line()
                last = None
        if last is None or left - last.right > _CELL_GAP * last.style.size:
            self._cells.append([_Run(style, left, right, text)])
        elif style != last.style:
            self._cells[-1].append(_Run(style, left, right, text))
        else:
            last.text += text
            last.right = max(last.right, right)

    def _style_of(self, index: int) -> _Style:
        matrix = pdfium_c.FS_MATRIX()
        x, y, flags = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        pdfium_c.FPDFText_GetMatrix(self._page, index, matrix)
        pdfium_c.FPDFText_GetCharOrigin(self._page, index, x, y)
        name = ctypes.create_string_buffer(_NAME_BYTES)
        pdfium_c.FPDFText_GetFontInfo(self._page, index, name, _NAME_BYTES, flags)
        size = pdfium_c.FPDFText_GetFontSize(self._page, index) * abs(matrix.d)
        return _Style(
            size=round(size, 1) or 1.0,
            baseline=round(y.value, 1),
            fixed_pitch=bool(flags.value & _FIXED_PITCH or _FIXED_PITCH_NAME.search(name.value)),
            upright=matrix.d > 0 and abs(matrix.b) < abs(matrix.d) / 10,
        )

    def _end_line(self) -> None:
        cells, self._cells = self._cells, []
        runs = [run for cell in cells for run in cell]
        weights: Counter[_Style] = Counter()
        for run in runs:
            weights[run.style] += len(run.text.strip())
        if not runs or not sum(weights.values()):
            return
        main = max(weights, key=lambda style: weights[style])
        texts = [(cell, _cell_text(cell, main)) for cell in cells]
        self.result.lines.append(
            Line(
                cells=tuple(
                    Cell(cell[0].left, cell[-1].right, text) for cell, text in texts if text
                ),
                baseline=main.baseline,
                size=main.size,
                fixed_pitch=all(style.fixed_pitch for style, weight in weights.items() if weight),
            )
        )


def _cell_text(runs: list[_Run], main: _Style) -> str:
    """The text of a cell; smaller characters that stand higher are written as powers."""
    text = ""
    for run in runs:
        raised = (
            run.style.size <= _RAISED_SIZE * main.size
            and run.style.baseline >= main.baseline + _RAISED_BY * main.size
        )
        inner = run.text.strip()
        if raised and inner and text[-1:].strip():
            power = f"^{inner}" if len(inner) == 1 else f"^{{{inner}}}"
            text += power + " " * (len(run.text) - len(run.text.rstrip()))
        else:
            text += run.text
    return " ".join(text.split())


def _without_layout(text: str) -> PageText:
    result = PageText(characters=len(text))
    for number, line in enumerate(text.replace("\ufffe", "-\n").split("\n")):
        if bare := line.strip():
            cell = Cell(0.0, float(len(bare)), bare)
            result.lines.append(Line(cells=(cell,), baseline=-12.0 * number, size=10.0))
    return result
