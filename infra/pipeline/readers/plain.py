"""Reads plain text and Markdown: the text is taken as it is, its lines are the places."""

from __future__ import annotations

from infra.pipeline.markdown import first_heading
from infra.pipeline.readers.decode import decode
from infra.pipeline.readers.records import ReadDocument


def read_text(data: bytes, stem: str) -> ReadDocument:
    """Plain text: paragraphs only, titled by the file's name."""
    decoded = decode(data)
    return ReadDocument(title=stem, text=decoded.text, is_markdown=False, encoding=decoded.encoding)


def read_markdown(data: bytes, stem: str) -> ReadDocument:
    """Markdown, titled by its first heading, else by the file's name."""
    decoded = decode(data)
    return ReadDocument(
        title=first_heading(decoded.text) or stem,
        text=decoded.text,
        is_markdown=True,
        encoding=decoded.encoding,
    )
