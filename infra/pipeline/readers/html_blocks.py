"""Walks the content of a page and writes its blocks as Markdown."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from infra.pipeline.readers.builder import MarkdownBuilder, as_prose, one_line
from infra.pipeline.readers.html_inline import (
    BLOCKS,
    HEADINGS,
    display_formula,
    inline_text,
    is_dropped,
    leaf_of,
    piece_of,
)
from infra.pipeline.readers.html_table import cells_of, grid_of, is_data, rows_of

_LISTS = frozenset({"ul", "ol"})
_WHOLE_BLOCKS = frozenset({"table", "pre", "blockquote", "dl", *HEADINGS})


class BlockWriter:
    """Collects inline text until a block begins or ends, then writes it as a paragraph."""

    def __init__(self, builder: MarkdownBuilder) -> None:
        self._builder = builder
        self._pieces: list[str] = []

    def write(self, node: LexborNode) -> None:
        """All content inside `node`."""
        self._walk(node)
        self._flush()

    def write_element(self, node: LexborNode) -> None:
        """`node` itself, as a block."""
        self._element(node)
        self._flush()

    def _walk(self, node: LexborNode) -> None:
        for child in node.iter(include_text=True, skip_empty=False):
            if child.is_text_node:
                self._pieces.append(piece_of(child))
            elif child.is_element_node and not is_dropped(child):
                self._element(child)

    def _element(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if display_formula(node):
            self._flush()
            self._builder.block(leaf_of(node) or "")
        elif (leaf := leaf_of(node)) is not None:
            self._pieces.append(leaf)
        elif tag not in BLOCKS:
            self._walk(node)
        elif tag == "dd":  # stands after its term
            self._walk(node)
            self._flush()
        elif tag == "dt":
            self._flush()
            self._pieces.append(f"{one_line(inline_text(node)).rstrip(':')}: ")
        else:
            self._flush()
            self._block(tag, node)
            self._flush()

    def _block(self, tag: str, node: LexborNode) -> None:
        if tag in HEADINGS:
            title = one_line(inline_text(node))
            self._builder.heading(int(tag[1]), title, source=f'heading "{title}"')
        elif tag == "pre":
            self._builder.code(_code_text(node))
        elif tag in _LISTS:
            _ListWriter(self._builder, self).write(node)
        elif tag == "table":
            self._table(node)
        else:
            self._walk(node)

    def _table(self, node: LexborNode) -> None:
        rows = rows_of(node)
        for child in node.iter():
            if child.tag == "caption":
                self._builder.prose(inline_text(child))
        if is_data(rows):
            self._builder.table(grid_of(rows))
            return
        for row in rows:
            for cell in cells_of(row):
                self._walk(cell)
                self._flush()

    def _flush(self) -> None:
        pieces, self._pieces = self._pieces, []
        self._builder.prose("".join(pieces))


def _code_text(node: LexborNode) -> str:
    """Verbatim text; a page may break lines of code by elements."""
    pieces: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.is_text_node:
            pieces.append(inner.text_content or "")
        elif inner.tag == "br":
            pieces.append("\n")
    return "".join(pieces)


class _ListWriter:
    """A list, with lists inside it, as one block; tables and code inside it stand by themselves."""

    def __init__(self, builder: MarkdownBuilder, blocks: BlockWriter) -> None:
        self._builder = builder
        self._blocks = blocks
        self._lines: list[str] = []

    def write(self, node: LexborNode) -> None:
        self._list(node, indent="")
        self._flush()

    def _list(self, node: LexborNode, *, indent: str) -> None:
        start = (node.attributes.get("start") or "1").strip()
        number = int(start) if start.isdecimal() and len(start) <= 5 else 1
        for child in node.iter():
            if is_dropped(child):
                continue
            if child.tag in _LISTS:  # a list inside a list without an item around it
                self._list(child, indent=indent + "  ")
                continue
            mark = f"{number}." if node.tag == "ol" else "-"
            number += 1
            self._item(child, mark, indent)

    def _item(self, item: LexborNode, mark: str, indent: str) -> None:
        pieces: list[str] = []
        first = f"{indent}{mark} "
        for child in item.iter(include_text=True, skip_empty=False):
            if child.is_text_node or child.tag not in BLOCKS:
                pieces.append(piece_of(child))
            elif is_dropped(child):
                continue
            elif child.tag in _LISTS:
                first = self._line(first, pieces)
                self._list(child, indent=indent + "  ")
            elif child.tag in _WHOLE_BLOCKS or child.css_first("table,pre,ul,ol") is not None:
                first = self._line(first, pieces)
                self._flush()
                self._blocks.write_element(child)
            else:
                pieces.append(piece_of(child))
        self._line(first, pieces)

    def _line(self, first: str, pieces: list[str]) -> str:
        """Writes what has gathered as a line of the item; gives what its next line begins with."""
        text = as_prose("".join(pieces)).replace("\n", " ")
        pieces.clear()
        if not text:
            return first
        self._lines.append(first + text)
        return " " * (len(first) - len(first.lstrip()) + 2)

    def _flush(self) -> None:
        if self._lines:
            self._builder.block("\n".join(self._lines))
        self._lines = []
