"""Reads PDFs that have a text layer: paragraphs, headings, tables and code, pages as places."""

from __future__ import annotations

import re

from infra.pipeline.markdown import first_heading
from infra.pipeline.readers.builder import MarkdownBuilder, one_line
from infra.pipeline.readers.hyphens import Joiner
from infra.pipeline.readers.language_tag import language_of_tag
from infra.pipeline.readers.pdf_file import PdfFile, read_file
from infra.pipeline.readers.pdf_furniture import without_furniture
from infra.pipeline.readers.pdf_groups import Kind, groups_of
from infra.pipeline.readers.pdf_headings import Headings
from infra.pipeline.readers.pdf_order import in_reading_order
from infra.pipeline.readers.pdf_write import write_group
from infra.pipeline.readers.records import ReadDocument, ReadLimits

# What programs write where the author gave no title.
_NO_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint)|untitled|без имени|документ\d*$|презентация|slide 1)"
    r"|\.(?:docx?|pptx?|odt|tex|indd|rtf|pdf)$",
    re.IGNORECASE,
)


def read_pdf(data: bytes, stem: str, *, limits: ReadLimits) -> ReadDocument:
    """One document, titled by its properties where an author gave a title, else by a heading.

    Raises:
        UnreadableDocumentError: damaged, encrypted, a scan without a text layer, or its fonts do
            not tell which letters they draw.
    """
    file = read_file(data, limits)
    text, builder = _text(file, limits)
    title = one_line(file.title)
    own_title = "" if _NO_TITLE.search(title) else title
    return ReadDocument(
        title=own_title or first_heading(text) or stem,
        text=text,
        is_markdown=True,
        places=builder.places,
        language_hint=language_of_tag(file.language),
    )


def _text(file: PdfFile, limits: ReadLimits) -> tuple[str, MarkdownBuilder]:
    ordered = [in_reading_order(lines) for lines in file.pages]
    headings = Headings(ordered, file.outline)
    pages = without_furniture(ordered, body_size=headings.body_size)
    joiner = Joiner(line.text for lines in pages for line in lines)
    builder = MarkdownBuilder(max_characters=limits.max_characters)
    previous: Kind | None = None
    for group in groups_of(pages, headings):
        write_group(builder, group, joiner, after_item=previous is Kind.ITEM)
        previous = group.kind
    return builder.text, builder
