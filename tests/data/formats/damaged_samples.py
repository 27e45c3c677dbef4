"""One file of each kind of damage. What is said of each stands in the test that reads them."""

from __future__ import annotations

import zipfile
import zlib
from struct import pack

from docx_samples import CONTENT_TYPES, ROOT_RELATIONS, document, package, paragraph, run
from pdf_samples import encrypted_pdf, nameless_letters_pdf, pdf_samples, scanned_pdf

_MIB = 1024 * 1024
_RUSSIAN = (
    "Сила трения возникает там, где одно тело движется по поверхности другого. "
    "Она направлена против движения.\n"
)
_PACKAGE = {"[Content_Types].xml": CONTENT_TYPES, "_rels/.rels": ROOT_RELATIONS}


def damaged_text() -> dict[str, bytes]:
    """Text formats; needs nothing but this file."""
    return {
        "empty.txt": b"",
        "blank.md": b" \n\t\n",
        "binary.txt": b"ab\x00\x01",
        "cut-utf8.md": _RUSSIAN.encode()[:-3],
        "too-short.txt": "Да, нет.".encode("cp1251"),
        "greek.txt": "Η φωτοσύνθεση είναι διαδικασία.".encode("cp1253"),
        "western-letters.txt": _RUSSIAN.encode("cp1251").decode("cp1252").encode(),
        "encoded-twice.txt": (3 * _RUSSIAN).encode().decode("cp1251", errors="ignore").encode(),
        "lost-letters.md": ("Зак\ufffdн \ufffdма. " * 5).encode(),
        "page.txt": b"<!doctype html><p>A page under a wrong name.",
        "deep.html": b"<div>" * 300 + b"text",
        "open.html": b"<b>" * 6000 + b"text",
        "wrong-charset.html": (b"<meta charset=koi8-r><p>" + _RUSSIAN.encode("cp1251") + b"</p>"),
        "only-menu.html": b"<body><nav>Home</nav><script>x()</script></body>",
        "bad-line.jsonl": b'{"text": "one"}\n{"text": "two"\n\n[1]\n',
        "no-field.jsonl": b'{"text": "one"}\n{"body": "two"}\n',
        "same-id.jsonl": b'{"id": "a", "text": "one"}\n{"id": "a", "text": "two"}\n',
        "half-character.jsonl": b'{"text": "\\ud83d"}\n',
        "no-cue.srt": b"Just a note about a film.\n",
        "bad-times.srt": b"1\n00:00:01,000 --> 00:61:00,000\nText\n",
        "headless.vtt": b"00:01.000 --> 00:02.000\nText\n",
    }


def damaged_docx() -> dict[str, bytes]:
    """DOCX files; the bomb grows to 65 MiB."""
    good = package({**_PACKAGE, "word/document.xml": document(paragraph(run("Text")))})
    grow = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    bomb = document(paragraph(run("a" * (65 * _MIB))))
    return {
        "cut.docx": good[:-40],
        "text.docx": b"Only text.",
        "sheet.docx": package({"xl/workbook.xml": "<workbook/>"}),
        "locked.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + "EncryptedPackage".encode("utf-16-le"),
        "broken-xml.docx": package({**_PACKAGE, "word/document.xml": "<w:document>"}),
        "entities.docx": package({**_PACKAGE, "word/document.xml": f"{grow}<x>&b;</x>"}),
        "no-text.docx": package({**_PACKAGE, "word/document.xml": document(paragraph(""))}),
        "bomb.docx": package(
            {**_PACKAGE, "word/document.xml": bomb}, compression=zipfile.ZIP_DEFLATED
        ),
    }


def damaged_pdf() -> dict[str, bytes]:
    """PDFs; needs the fonts."""
    good = pdf_samples()["sound-ru.pdf"]
    return {
        "cut.pdf": good[: len(good) // 2],
        "broken.pdf": b"%PDF-1.7\n" + b"nothing of a PDF\n" * 20 + b"%%EOF\n",
        "locked.pdf": encrypted_pdf(),
        "scan.pdf": scanned_pdf(_grey_png()),
        "nameless-letters.pdf": nameless_letters_pdf(),
        "picture.pdf": _grey_png(),
        "document.txt": good,
    }


def _grey_png() -> bytes:
    """An 8 by 8 picture in one grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + b"\x80" * 8) * 8)
    header = pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in chunks)
