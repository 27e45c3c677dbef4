"""Sample DOCX files, written part by part: headings, lists, a table, equations, footnotes.

Not compressed, so that the bytes do not depend on a version of zlib.
"""

from __future__ import annotations

import zipfile
from io import BytesIO

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

CONTENT_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/></Types>'
)
ROOT_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_REL}/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)
_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_REL}/styles" Target="styles.xml"/>'
    f'<Relationship Id="r2" Type="{_REL}/numbering" Target="numbering.xml"/>'
    f'<Relationship Id="r3" Type="{_REL}/footnotes" Target="footnotes.xml"/></Relationships>'
)
# As a Russian Word writes it: ids are numbers, built-in names stay English; the last style is the
# author's own, and only what it is based on tells that it is a heading.
_STYLES = (
    f'{_HEAD}<w:styles xmlns:w="{_W}">'
    '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/>'
    '<w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/>'
    '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="a1"><w:name w:val="Заголовок главы \'новый\'"/>'
    '<w:basedOn w:val="2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="code"><w:name w:val="HTML Preformatted"/></w:style>'
    "</w:styles>"
)
_NUMBERING = (
    f'{_HEAD}<w:numbering xmlns:w="{_W}">'
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)


def docx_samples() -> dict[str, bytes]:
    """File name to content."""
    return {"pendulum-ru.docx": _russian(), "pendulum-en.docx": _english()}


def package(parts: dict[str, str | bytes], *, compression: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP archive whose bytes depend on its parts only."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = compression
            archive.writestr(entry, content)
    return packed.getvalue()


def document(body: str) -> str:
    """The main part around `body`."""
    return f'{_HEAD}<w:document xmlns:w="{_W}" xmlns:m="{_M}"><w:body>{body}</w:body></w:document>'


def paragraph(inner: str, *, style: str = "", level: int | None = None) -> str:
    """A paragraph of runs; `level` makes it an item of the list."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if level is not None:
        properties += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def _m(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def _cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text))}</w:tc>"


def _core(title: str, language: str) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:language>{language}</dc:language></cp:coreProperties>"
    )


_ROOT_OF_L_BY_G = (
    '<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/><m:e>'
    f"<m:f><m:num>{_m('l')}</m:num><m:den>{_m('g')}</m:den></m:f></m:e></m:rad>"
)
_SUM = (
    '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>'
    f"<m:sub>{_m('i=1')}</m:sub><m:sup>{_m('n')}</m:sup><m:e><m:sSup><m:e>{_m('i')}</m:e>"
    f"<m:sup>{_m('2')}</m:sup></m:sSup></m:e></m:nary>"
)


def _russian() -> bytes:
    body = "".join(
        [
            paragraph(run("Математический маятник"), style="1"),
            paragraph(
                run("Период ")
                + run("малых", "<w:b/>")
                + run(" колебаний ")
                + f"<m:oMath>{_m('T=2π')}{_ROOT_OF_L_BY_G}</m:oMath>"
                + run(" не зависит от массы")
                + '<w:r><w:footnoteReference w:id="2"/></w:r>'
                + run(".")
            ),
            f"<w:p><m:oMathPara><m:oMath>{_SUM}{_m('=55')}</m:oMath></m:oMathPara></w:p>",
            paragraph(run("Опыт"), style="a1"),
            paragraph(run("взять нить"), level=0),
            paragraph(run("длиной 1 м"), level=1),
            paragraph(run("привязать груз"), level=0),
            "<w:tbl>"
            f"<w:tr>{_cell('Длина, м')}{_cell('Период, с')}</w:tr>"
            f"<w:tr>{_cell('0,25')}{_cell('1,0')}</w:tr>"
            f"<w:tr>{_cell('1,00')}{_cell('2,0')}</w:tr></w:tbl>",
            paragraph(run("print(2 * pi)"), style="code"),
            paragraph(run("    # отступ"), style="code"),
            paragraph(
                run("Вывод: период растёт с длиной.")
                + "<w:del><w:r><w:delText>Удалено.</w:delText></w:r></w:del>"
            ),
        ]
    )
    footnotes = (
        f'{_HEAD}<w:footnotes xmlns:w="{_W}"><w:footnote w:id="2">'
        f"{paragraph(run('Если нить лёгкая и не тянется.'))}</w:footnote></w:footnotes>"
    )
    return package(
        {
            "[Content_Types].xml": CONTENT_TYPES,
            "_rels/.rels": ROOT_RELATIONS,
            "docProps/core.xml": _core("Маятник. Урок 5", "ru-RU"),
            "word/document.xml": document(body),
            "word/_rels/document.xml.rels": _RELATIONS,
            "word/styles.xml": _STYLES,
            "word/numbering.xml": _NUMBERING,
            "word/footnotes.xml": footnotes,
        }
    )


def _english() -> bytes:
    wide = '<w:gridSpan w:val="2"/>'
    top = '<w:vMerge w:val="restart"/>'
    body = "".join(
        [
            paragraph(run("The pendulum"), style="1"),
            paragraph(run("Its period depends on length and gravity only.")),
            paragraph(run("Results"), style="2"),
            "<w:tbl>"
            f"<w:tr>{_cell('Run')}{_cell('Length and period', wide)}</w:tr>"
            f"<w:tr>{_cell('first', top)}{_cell('0.25 m')}{_cell('1.0 s')}</w:tr>"
            f"<w:tr>{_cell('', '<w:vMerge/>')}{_cell('1.00 m')}{_cell('2.0 s')}</w:tr></w:tbl>",
        ]
    )
    return package(
        {
            "[Content_Types].xml": CONTENT_TYPES,
            "_rels/.rels": ROOT_RELATIONS,
            "word/document.xml": document(body),
            "word/_rels/document.xml.rels": _RELATIONS,
            "word/styles.xml": _STYLES,
            "word/numbering.xml": _NUMBERING,
        }
    )
