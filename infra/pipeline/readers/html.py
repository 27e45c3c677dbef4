"""Reads HTML pages: the main content as Markdown, headings as places."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from infra.pipeline.markdown import first_heading
from infra.pipeline.readers.builder import MarkdownBuilder, one_line
from infra.pipeline.readers.decode import decode
from infra.pipeline.readers.html_blocks import BlockWriter
from infra.pipeline.readers.language_tag import language_of_tag
from infra.pipeline.readers.records import ReadDocument, ReadLimits, UnreadableDocumentError

# Where a page says its encoding; the standard looks at 1024 bytes, real pages go past them.
_HEAD_BYTES = 4096
_META_CHARSET = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(/?)>")
# Their end tags may be left out, or they have none: an open one says nothing about depth.
_MAY_STAY_OPEN = """
area base body br col colgroup dd dt embed head hr html img input li link meta optgroup option p
param rp rt source tbody td tfoot th thead tr track wbr
"""
_NO_SIGN_OF_DEPTH = frozenset(_MAY_STAY_OPEN.split())
# Far more than any page leaves open by mistake. The parser looks through all open elements at each
# tag: 100,000 of them took it 28 seconds.
_MOST_OPEN = 5000
_MAIN = "main, [role=main]"


def read_html(data: bytes, stem: str, *, limits: ReadLimits) -> ReadDocument:
    """One page.

    What stands in `<main>` is the content, else the whole body; navigation, headers and footers of
    the page, asides, scripts, controls and hidden elements are left out. The title is the first
    heading where the page's own title contains it (a site's name is often added there), else the
    page's own title, else the first heading, else the file's name.

    Raises:
        UnreadableDocumentError: its encoding cannot be told, or its elements nest too deep.
    """
    head = data[:_HEAD_BYTES]
    declared = _XML_ENCODING.match(head.lstrip()) or _META_CHARSET.search(head)
    decoded = decode(data, declared=declared[1].decode("ascii") if declared else None)
    return read_markup(decoded.text, stem, limits=limits, encoding=decoded.encoding)


def read_markup(
    markup: str, stem: str, *, limits: ReadLimits, encoding: str | None = None
) -> ReadDocument:
    """The same for markup that is decoded already."""
    _check_open_tags(markup)
    page = LexborHTMLParser(markup)
    root = page.root
    builder = MarkdownBuilder(max_characters=limits.max_characters)
    if root is not None:
        _check_depth(root, limits.max_depth)
        writer = BlockWriter(builder)
        for node in page.css(_MAIN)[:1] or [page.body or root]:
            writer.write(node)
    own_title = page.css_first("title")
    title = one_line(own_title.text()) if own_title is not None else ""
    text = builder.text
    heading = first_heading(text) or ""
    return ReadDocument(
        title=(heading if heading and heading in title else title) or heading or stem,
        text=text,
        is_markdown=True,
        places=builder.places,
        language_hint=language_of_tag(root.attributes.get("lang") if root is not None else None),
        encoding=encoding,
    )


def _check_open_tags(markup: str) -> None:
    """Refuse, before it is parsed, what would cost the parser minutes."""
    is_open = 0
    for end, name, itself in _TAG.findall(markup):
        if itself or name.lower() in _NO_SIGN_OF_DEPTH:
            continue
        is_open = max(0, is_open - 1) if end else is_open + 1
        if is_open > _MOST_OPEN:
            raise UnreadableDocumentError(f"leaves more than {_MOST_OPEN} elements open")


def _check_depth(root: LexborNode, deepest: int) -> None:
    """Refuse a page that nests deeper than any written by hand or by a program for readers."""
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > deepest:
            raise UnreadableDocumentError(f"nests its elements deeper than {deepest}")
        level = [child for node in level for child in node.iter()]
