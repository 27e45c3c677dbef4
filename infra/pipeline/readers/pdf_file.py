"""Opens a PDF with the library and takes out all that the layout needs, or says why it cannot.

The library keeps global state: one thread at a time.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from infra.pipeline.readers.pdf_headings import outline_key
from infra.pipeline.readers.pdf_lines import Line, page_text
from infra.pipeline.readers.records import ReadLimits, UnreadableDocumentError

# Characters whose letters the fonts do not tell, in all: past this the text is not what one sees.
_MOST_UNKNOWN = 0.05
# A page with fewer characters has no text of its own, only a stamp or a number.
_FEWEST_CHARACTERS = 20
# A PDF ends with this mark; some programs add a little after it.
_END_MARK = b"%%EOF"
_END_BYTES = 4096
_DEEPEST_OUTLINE = 6
_PICTURE_DEPTH = 3

_ENCRYPTED = frozenset({pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY})


@dataclass(frozen=True, kw_only=True, slots=True)
class PdfFile:
    """The lines of each page in the order of the file, and what the file says of itself.

    `outline` gives the level of a heading by its page, from 1, and `outline_key` of its title.
    """

    pages: list[list[Line]]
    outline: dict[tuple[int, str], int]
    title: str
    language: str


def read_file(data: bytes, limits: ReadLimits) -> PdfFile:
    """All pages.

    Raises:
        UnreadableDocumentError: see `read_pdf`.
    """
    # The library repairs a file that was cut off by leaving out what is missing: text lost unseen.
    if _END_MARK not in data[-_END_BYTES:]:
        raise UnreadableDocumentError("is cut off: the end of the PDF is missing")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in _ENCRYPTED:
            raise UnreadableDocumentError("is encrypted; save it without a password") from error
        raise UnreadableDocumentError("is a damaged PDF") from error
    try:
        return PdfFile(
            pages=_pages(document, limits),
            outline=_outline(document),
            title=document.get_metadata_value("Title"),
            language=_language(document),
        )
    finally:
        document.close()


def _pages(document: pdfium.PdfDocument, limits: ReadLimits) -> list[list[Line]]:
    pages: list[list[Line]] = []
    pictures = characters = unknown = 0
    for index in range(len(document)):
        try:
            page = document[index]
        except pdfium.PdfiumError as error:
            reason = f"is a damaged PDF: its page {index + 1} cannot be read"
            raise UnreadableDocumentError(reason) from error
        read = page_text(page)
        if read.characters < _FEWEST_CHARACTERS and _has_picture(page):
            pictures += 1
        page.close()
        pages.append(read.lines)
        characters += read.characters
        unknown += read.unknown
        if characters > limits.max_characters:
            reason = f"holds more than {limits.max_characters} characters of text"
            raise UnreadableDocumentError(reason)
    if pictures * 2 > len(pages):
        raise UnreadableDocumentError(
            f"is a scan: {pictures} of {len(pages)} pages are pictures without a text layer; "
            "run text recognition (OCR) on it first"
        )
    if unknown > _MOST_UNKNOWN * characters:
        share = round(100 * unknown / characters)
        raise UnreadableDocumentError(f"has fonts that do not tell {share}% of their letters")
    return pages


def _has_picture(page: pdfium.PdfPage) -> bool:
    kinds = [pdfium_c.FPDF_PAGEOBJ_IMAGE]
    return next(iter(page.get_objects(filter=kinds, max_depth=_PICTURE_DEPTH)), None) is not None


def _outline(document: pdfium.PdfDocument) -> dict[tuple[int, str], int]:
    levels: dict[tuple[int, str], int] = {}
    for entry in document.get_toc(max_depth=_DEEPEST_OUTLINE):
        destination = entry.get_dest()
        index = destination.get_index() if destination is not None else None
        key = outline_key(entry.get_title())
        if index is not None and key:
            levels.setdefault((index + 1, key), entry.level + 1)
    return levels


def _language(document: pdfium.PdfDocument) -> str:
    size = pdfium_c.FPDFCatalog_GetLanguage(document.raw, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pointer = ctypes.cast(buffer, ctypes.POINTER(pdfium_c.FPDF_WCHAR))
    pdfium_c.FPDFCatalog_GetLanguage(document.raw, pointer, size)
    return buffer.raw.decode("utf-16-le", errors="ignore").strip("\0")
