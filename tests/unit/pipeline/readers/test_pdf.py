"""PDF layout: what the lines of pages become. The files themselves are in test_samples."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.pipeline.readers.hyphens import Joiner
from infra.pipeline.readers.pdf_furniture import without_furniture
from infra.pipeline.readers.pdf_groups import Kind, groups_of
from infra.pipeline.readers.pdf_headings import Headings
from infra.pipeline.readers.pdf_lines import Cell, Line
from infra.pipeline.readers.pdf_order import in_reading_order
from infra.pipeline.readers.pdf_tables import table_at

WIDTH = 5.0  # points of a character of size 10


def line(text: str, y: float, *, x: float = 50.0, size: float = 10.0) -> Line:
    """A line; `|` in it parts cells, each 100 points after the one before."""
    cells = [
        Cell(x + 100 * index, x + 100 * index + WIDTH * len(cell), cell)
        for index, cell in enumerate(text.split("|"))
    ]
    return Line(cells=tuple(cells), baseline=y, size=size)


def grouped(*pages: list[Line]) -> list[tuple[Kind, list[str]]]:
    return [
        (group.kind, [placed.line.text for placed in group.lines])
        for group in groups_of(pages, Headings(pages, {}))
    ]


FULL = "a line that is as long as the column"


class TestParagraphs:
    """Where paragraphs begin and end."""

    def test_lines_of_a_paragraph_stay_together(self) -> None:
        """Lines at the usual distance belong together; a wider gap parts them."""
        page = [line(FULL, 700), line(FULL, 687), line(FULL, 674), line("next", 650)]
        assert grouped(page) == [(Kind.PARAGRAPH, [FULL] * 3), (Kind.PARAGRAPH, ["next"])]

    def test_wide_line_spacing_is_no_gap(self) -> None:
        """In a text set with wide spacing, that spacing is the usual one."""
        page = [line(FULL, 700 - 22 * number) for number in range(5)]
        assert grouped(page) == [(Kind.PARAGRAPH, [FULL] * 5)]

    def test_an_indent_begins_a_paragraph(self) -> None:
        """A first line that is set in, as in Russian books."""
        page = [line(FULL, 700, x=65), line(FULL, 687), line(FULL, 674, x=65), line(FULL, 661)]
        assert [len(lines) for _, lines in grouped(page)] == [2, 2]

    def test_a_short_line_with_a_full_stop_ends_one(self) -> None:
        """A short line only ends a paragraph when it ends a sentence."""
        page = [
            line(FULL, 700),
            line("short.", 687),
            line(FULL, 674),
            line("short", 661),
            line(FULL, 648),
        ]
        assert [len(lines) for _, lines in grouped(page)] == [2, 3]

    def test_a_sentence_goes_on_over_the_page(self) -> None:
        """A paragraph that is not finished at the end of a page goes on."""
        assert grouped([line(FULL, 60)], [line("goes on.", 700)]) == [
            (Kind.PARAGRAPH, [FULL, "goes on."])
        ]
        assert len(grouped([line(f"{FULL}.", 60)], [line("New", 700)])) == 2

    def test_list_items(self) -> None:
        """Each bullet or number begins an item, its further lines hang under it."""
        page = [
            line("• one", 700),
            line("more", 687, x=60),
            line("• two", 674),
            line("1) three", 661),
        ]
        kinds = [(kind, len(lines)) for kind, lines in grouped(page)]
        assert kinds == [(Kind.ITEM, 2), (Kind.ITEM, 1), (Kind.ITEM, 1)]

    def test_headings(self) -> None:
        """Larger lines are headings, two of one size that stand close are one."""
        page = [line("Long", 700, size=14), line("title", 684, size=14), line(FULL * 3, 660)]
        assert grouped(page)[0] == (Kind.HEADING, ["Long", "title"])


class TestTables:
    """Rows of cells under each other."""

    def test_a_wrapped_cell_goes_on(self) -> None:
        """A line inside one column belongs to the cell above it."""
        rows = [line("a|b", 700), line("c|long text", 687), line("goes on", 674, x=150)]
        table = table_at(rows, 0)
        assert table is not None
        assert table.rows == [["a", "b"], ["c", "long text goes on"]]

    def test_an_empty_cell_stays_empty(self) -> None:
        """A cell goes to the column it stands in, not to the next free one."""
        rows = [line("a|b|c", 700), line("d", 687), line("x", 687, x=250)]
        joined = Line(cells=(*rows[1].cells, *rows[2].cells), baseline=687, size=10)
        table = table_at([rows[0], joined], 0)
        assert table is not None
        assert table.rows == [["a", "b", "c"], ["d", "", "x"]]

    @pytest.mark.parametrize(
        "rows",
        [
            [line("a|b", 700), line("plain text", 687)],
            [line("a|b", 700), line("c|d", 600)],
            [line("one|two", 700), line("word word word word word word word|x", 687)],
        ],
    )
    def test_no_table(self, rows: list[Line]) -> None:
        """One row, rows far apart, or cells that do not stand under each other are none."""
        assert table_at(rows, 0) is None


class TestOrder:
    """Reading order."""

    def test_the_order_of_the_file_is_kept_where_it_is_one(self) -> None:
        """Two columns drawn one after the other are left alone."""
        left = [line(f"l{number}", 700 - 13 * number) for number in range(5)]
        right = [line(f"r{number}", 700 - 13 * number, x=300) for number in range(5)]
        assert in_reading_order(left + right) == left + right

    def test_a_shuffled_page_is_sorted(self) -> None:
        """Lines drawn in no order come out from top to bottom."""
        lines = [line(f"line {number}", 700 - 13 * number) for number in range(10)]
        assert in_reading_order(lines[::-1]) == lines

    def test_columns_below_a_title(self) -> None:
        """Columns drawn from the bottom up are read left, then right, after what stands above."""
        title = line("title over both columns" * 4, 730)
        left = [line(f"l{number}", 700 - 13 * number) for number in range(5)]
        right = [line(f"r{number}", 700 - 13 * number, x=400) for number in range(5)]
        foot = line("l below", 500)
        shuffled = [foot, *left[::-1], *right[::-1], title]
        assert in_reading_order(shuffled) == [title, *left, *right, foot]

    @settings(deadline=None)  # time is not what is tested
    @given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 50)), max_size=40))
    def test_no_line_gets_lost(self, places: list[tuple[int, int]]) -> None:
        """Sorting keeps every line, once."""
        lines = [line(f"n{i}", 13.0 * y, x=10.0 * x) for i, (x, y) in enumerate(places)]
        assert sorted(map(id, in_reading_order(lines))) == sorted(map(id, lines))


class TestFurniture:
    """Running headers and page numbers."""

    @staticmethod
    def page(number: int, *, header: str = "Physics", body: str = "") -> list[Line]:
        lines = [
            line(f"{body or FULL} {word}", 600 - 13 * i)
            for i, word in enumerate(["one", "two", "six"])
        ]
        return [line(header, 750, size=8), *lines, line(f"- {number} -", 30, size=8)]

    def test_what_repeats_goes(self) -> None:
        """The header and the counted number go, the text stays, also where it repeats."""
        pages = [self.page(number) for number in range(7, 12)]
        left = without_furniture(pages, body_size=10)
        assert left == [page[1:-1] for page in pages]

    def test_headers_of_left_and_right_pages(self) -> None:
        """Two headers that take turns go both."""
        pages = [self.page(number, header="AB"[number % 2]) for number in range(8)]
        assert all(len(page) == 3 for page in without_furniture(pages, body_size=10))

    def test_numbers_that_do_not_count_pages_stay(self) -> None:
        """Tasks with their own numbers at the top of pages are text."""
        headers = ["Task 3", "Task 9", "Task 4", "Task 1"]
        pages = [self.page(number, header=text) for number, text in enumerate(headers)]
        left = without_furniture(pages, body_size=10)
        assert [page[0].text for page in left] == headers

    def test_a_heading_with_a_number_stays(self) -> None:
        """A large line is a heading even when it counts with the pages."""
        pages = [[line(f"Slide {n}", 750, size=20), *self.page(n)[1:]] for n in range(5)]
        left = without_furniture(pages, body_size=10)
        assert [page[0].text for page in left] == [f"Slide {n}" for n in range(5)]


class TestHyphens:
    """Hyphens at the ends of lines."""

    @pytest.mark.parametrize(
        ("before", "after", "between"),
        [
            ("в пу", "стоте", ""),
            ("kilo", "metres", ""),
            ("Что", "то похожее", "-"),
            ("из", "за угла", "-"),
            ("по", "русски", "-"),
            ("по", "езда", ""),
            ("well", "known", "-"),
            ("Нью", "Йорк", "-"),
            ("1941", "1945 годы", "-"),
            ("x", "y", "-"),
            ("high", "and low-pitched", "- "),
            ("двух", "и трёхэтажный", "- "),
        ],
    )
    def test_rules(self, before: str, after: str, between: str) -> None:
        """Broken words are mended, words with a hyphen keep it."""
        assert Joiner([]).join(before, after) == between

    def test_the_text_itself_is_the_dictionary(self) -> None:
        """What stands elsewhere in the text decides."""
        joiner = Joiner(["A co-operative cooperates; световолна and светло-зелёный."])
        assert joiner.join("A co", "operative") == "-"
        assert joiner.join("it co", "operates") == ""
        assert joiner.join("светло", "зелёный") == "-"
        assert joiner.join("свето", "волна") == ""
