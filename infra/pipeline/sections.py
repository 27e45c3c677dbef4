"""Groups the blocks of a document under its headings. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from infra.pipeline.markdown import Block, BlockKind, blocks_of
from infra.pipeline.records import Document


class Section(NamedTuple):
    """Blocks that one heading, or a chain of headings without a body, stands above.

    `path` names the headings above, outermost first, without the document's title.
    """

    path: tuple[str, ...]
    blocks: list[Block]


def sections_of(document: Document) -> list[Section]:
    """Headings with what follows them; a heading without a body goes to the section below it."""
    sections: list[Section] = []
    open_headings: list[Block] = []
    blocks: list[Block] = []
    has_body = False

    def close() -> None:
        if blocks:
            sections.append(Section(_path(open_headings, document.title), list(blocks)))
            blocks.clear()

    for block in blocks_of(document.text, is_markdown=document.is_markdown):
        if block.kind is BlockKind.HEADING:
            if has_body:
                close()
                has_body = False
            open_headings = [above for above in open_headings if above.level < block.level]
            open_headings.append(block)
        else:
            has_body = True
        blocks.append(block)
    close()
    return sections


def _path(headings: Iterable[Block], title: str) -> tuple[str, ...]:
    named = tuple(block.heading for block in headings if block.heading)
    return named[1:] if named[:1] == (title,) else named
