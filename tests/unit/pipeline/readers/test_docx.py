"""DOCX: equations, headings by outline level, and packages that are not what they seem."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from infra.pipeline.readers import ReadDocument, ReadLimits, ReadOptions, UnreadableDocumentError
from infra.pipeline.readers.read import read_format

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def package(body: str, more: dict[str, str] | None = None) -> bytes:
    document = f'<w:document xmlns:w="{W}" xmlns:m="{M}"><w:body>{body}</w:body></w:document>'
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"word/document.xml": document, **(more or {})}.items():
            archive.writestr(name, content)
    return packed.getvalue()


def read(body: str, more: dict[str, str] | None = None) -> ReadDocument:
    return read_format("a.docx", package(body, more))[0]


def equation(inner: str) -> str:
    return read(f"<w:p><m:oMath>{inner}</m:oMath></w:p>").text


def r(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (f"<m:f><m:num>{r('a')}</m:num><m:den>{r('b+1')}</m:den></m:f>", r"$\frac{a}{b+1}$"),
        (
            '<m:f><m:fPr><m:type m:val="lin"/></m:fPr>'
            f"<m:num>{r('a')}</m:num><m:den>{r('b')}</m:den></m:f>",
            "$a/b$",
        ),
        (f"<m:rad><m:deg>{r('3')}</m:deg><m:e>{r('x')}</m:e></m:rad>", r"$\sqrt[3]{x}$"),
        (f"<m:sSub><m:e>{r('v')}</m:e><m:sub>{r('0')}</m:sub></m:sSub>", "$v_0$"),
        (
            f"<m:sSubSup><m:e>{r('x')}</m:e><m:sub>{r('i')}</m:sub><m:sup>{r('2n')}</m:sup>"
            "</m:sSubSup>",
            "$x_i^{2n}$",
        ),
        (
            f"<m:nary><m:sub>{r('0')}</m:sub><m:sup>{r('1')}</m:sup><m:e>{r('x')}</m:e></m:nary>",
            r"$\int_0^1 x$",
        ),
        (
            '<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val=""/></m:dPr>'
            f"<m:e>{r('a')}</m:e><m:e>{r('b')}</m:e></m:d>",
            "$[a|b$",
        ),
        (
            f"<m:m><m:mr><m:e>{r('1')}</m:e><m:e>{r('2')}</m:e></m:mr>"
            f"<m:mr><m:e>{r('3')}</m:e><m:e>{r('4')}</m:e></m:mr></m:m>",
            r"$\begin{matrix} 1 & 2 \\ 3 & 4 \end{matrix}$",
        ),
        (f"<m:func><m:fName>{r('sin')}</m:fName><m:e>{r('x')}</m:e></m:func>", r"$\sin x$"),
        (
            f'<m:acc><m:accPr><m:chr m:val="\u20d7"/></m:accPr><m:e>{r("F")}</m:e></m:acc>',
            r"$\vec{F}$",
        ),
        (f"<m:limLow><m:e>{r('lim')}</m:e><m:lim>{r('x→0')}</m:lim></m:limLow>", r"$\lim_{x→0}$"),
        (f"<m:box><m:e>{r('kept')}</m:e></m:box>", "$kept$"),
    ],
)
def test_equation(inner: str, text: str) -> None:
    """Each part of an equation reads as linear LaTeX, an unknown one as what is inside it."""
    assert equation(inner) == text


def test_a_heading_is_what_word_shows_in_its_outline() -> None:
    """The outline level counts, inherited too, not the name of the style; a loop is survived."""
    styles = (
        f'<w:styles xmlns:w="{W}">'
        '<w:style w:type="paragraph" w:styleId="x"><w:name w:val="Глава"/><w:basedOn w:val="y"/>'
        '</w:style><w:style w:type="paragraph" w:styleId="y"><w:name w:val="Base"/>'
        '<w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="loop"><w:name w:val="Loop"/>'
        '<w:basedOn w:val="loop"/></w:style></w:styles>'
    )
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{style}</w:t></w:r></w:p>'
        for style in ("x", "loop")
    )
    assert read(body, {"word/styles.xml": styles}).text == "### x\n\nloop"


def test_a_document_made_by_another_program_reads_alike(samples: Path) -> None:
    """Parts that are not needed do not matter: only the main one has to be there."""
    data = (samples / "good" / "pendulum-en.docx").read_bytes()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        document = archive.read("word/document.xml").decode()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", document)
        archive.writestr("word/media/picture.png", b"not a picture")
        archive.writestr("word/settings.xml", b"not XML")
    assert "| first | 1.00 m | 2.0 s |" in read_format("a.docx", packed.getvalue())[0].text


def test_a_part_is_never_larger_than_the_limit() -> None:
    """Growth is stopped while it is unpacked, whatever sizes the archive claims."""
    data = package("<w:p><w:r><w:t>" + "a" * 3_000_000 + "</w:t></w:r></w:p>")
    options = ReadOptions(limits=ReadLimits(max_unpacked_bytes=2 * 1024 * 1024))
    with pytest.raises(UnreadableDocumentError, match="unpacks to more than 2 MiB"):
        read_format("a.docx", data, options)


def test_more_text_than_the_limit() -> None:
    """The limit of characters holds for the text that comes out."""
    data = package("<w:p><w:r><w:t>" + "a" * 3000 + "</w:t></w:r></w:p>")
    options = ReadOptions(limits=ReadLimits(max_characters=2000))
    with pytest.raises(UnreadableDocumentError, match="more than 2000 characters"):
        read_format("a.docx", data, options)


def test_tables_in_tables_in_tables() -> None:
    """Nesting that no document needs is refused before a library walks into it."""
    body = "<w:tbl><w:tr><w:tc>" * 60 + "</w:tc></w:tr></w:tbl>" * 60
    with pytest.raises(UnreadableDocumentError, match="nests its elements deeper"):
        read(body)
