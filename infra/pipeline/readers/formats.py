"""Which format a file has by its name, and what its first bytes say against that. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath

from infra.pipeline.readers.records import UnreadableDocumentError


class Format(StrEnum):
    """The formats that can be read, by the name that users know."""

    TEXT = "plain text"
    MARKDOWN = "Markdown"
    HTML = "HTML"
    PDF = "PDF"
    DOCX = "DOCX"
    JSONL = "JSONL"
    SRT = "SRT"
    VTT = "WebVTT"


FORMATS = {
    ".txt": Format.TEXT,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".pdf": Format.PDF,
    ".docx": Format.DOCX,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".srt": Format.SRT,
    ".vtt": Format.VTT,
}
"""Format by suffix, in small letters."""

# First bytes that give a format away whatever the file is called.
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive (as DOCX, PPTX, XLSX, EPUB are)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (DOC, PPT, XLS)"),
    (b"{\\rtf", "an RTF file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
)
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE
)
_VTT_START = re.compile(rb"(?:\xef\xbb\xbf)?WEBVTT(?:\s|$)")
# Office encrypts by putting the package into an old Office container under this name.
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
# A PDF may start with up to this much of something else, and every viewer still opens it.
_PDF_SLACK_BYTES = 1024


def format_of(name: str, data: bytes) -> Format:
    """The format of a file, by its suffix, when its content does not say otherwise.

    Raises:
        UnreadableDocumentError: the suffix is unknown, or the content is plainly something else.
    """
    suffix = PurePosixPath(name).suffix.lower()
    found = FORMATS.get(suffix)
    if found is None:
        raise UnreadableDocumentError(f"is not one of {', '.join(sorted(FORMATS))}")
    really = _content_of(data)
    if found is Format.PDF:
        if b"%PDF-" not in data[:_PDF_SLACK_BYTES]:
            raise UnreadableDocumentError(f"is named {suffix} but is {really or 'not a PDF'}")
    elif found is Format.DOCX:
        if not data.startswith(b"PK\x03\x04"):
            raise UnreadableDocumentError(_not_docx(data, really))
    elif really is not None:
        allowed = {Format.HTML: "an HTML page", Format.VTT: "WebVTT subtitles"}.get(found)
        if really != allowed:
            raise UnreadableDocumentError(f"is named {suffix} but is {really}")
    return found


def _content_of(data: bytes) -> str | None:
    for start, kind in _SIGNATURES:
        if data.startswith(start):
            return kind
    if _HTML_START.match(data):
        return "an HTML page"
    if _VTT_START.match(data):
        return "WebVTT subtitles"
    return None


def _not_docx(data: bytes, really: str | None) -> str:
    if really is not None and "old Office" in really and _ENCRYPTED_OFFICE in data:
        return "is encrypted; save it without a password"
    return f"is named .docx but is {really or 'not a DOCX'}"
