"""Reads DOCX: the library makes HTML of it, and the HTML reader makes Markdown of that.

Equations are written into the document as LaTeX first, since the library leaves them out.
"""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree as ET

import mammoth

from infra.pipeline.readers import tex
from infra.pipeline.readers.docx_package import read_package, write_package
from infra.pipeline.readers.docx_styles import style_map
from infra.pipeline.readers.html import read_markup
from infra.pipeline.readers.language_tag import language_of_tag
from infra.pipeline.readers.omml import M, W, formula_of
from infra.pipeline.readers.records import ReadDocument, ReadLimits, UnreadableDocumentError

_DC = "{http://purl.org/dc/elements/1.1/}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def read_docx(data: bytes, stem: str, *, limits: ReadLimits) -> ReadDocument:
    """One document, with its footnotes at the end; titled by its properties, else as a page is.

    Raises:
        UnreadableDocumentError: damaged, encrypted, too large once unpacked, or nested too deep.
    """
    parts = read_package(data, max_unpacked_bytes=limits.max_unpacked_bytes)
    trees = {name: _tree(name, content, limits) for name, content in parts.items()}
    for name, tree in trees.items():
        if name.startswith("word/") and _write_formulas(tree):
            parts[name] = ET.tostring(tree, encoding="utf-8", xml_declaration=True)
    try:
        markup: str = mammoth.convert_to_html(
            write_package(parts),
            style_map=style_map(trees.get("word/styles.xml")),
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(_no_picture),
        ).value
    except RecursionError as error:
        raise UnreadableDocumentError("nests its tables and paragraphs too deep") from error
    except Exception as error:
        # The library has no error of its own: whatever it trips over in the XML comes out as it is.
        raise UnreadableDocumentError("is a DOCX whose XML Word would not write") from error
    properties = trees.get("docProps/core.xml")
    page = read_markup(markup, stem, limits=limits)
    return dataclasses.replace(
        page,
        title=_property(properties, "title") or page.title,
        language_hint=language_of_tag(_property(properties, "language")),
    )


def _no_picture(image: object) -> dict[str, str]:
    """A picture keeps its description only; its bytes are never read."""
    del image
    return {}


def _tree(name: str, content: bytes, limits: ReadLimits) -> ET.Element:
    try:
        root = ET.fromstring(content)  # noqa: S314 - document types are refused before
    except (ET.ParseError, ValueError, LookupError) as error:
        raise UnreadableDocumentError(f"is a damaged DOCX (in its part {name})") from error
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > limits.max_depth:
            raise UnreadableDocumentError(f"nests its elements deeper than {limits.max_depth}")
        level = [child for node in level for child in node]
    return root


def _write_formulas(root: ET.Element) -> bool:
    """Puts a run of text in the place of each equation; says whether there was any."""
    found = False
    for parent in list(root.iter()):
        for index, child in enumerate(list(parent)):
            if child.tag == M + "oMathPara":
                formulas = [tex.display(formula_of(math)) for math in child.iter(M + "oMath")]
                formula = " ".join(formulas)
            elif child.tag == M + "oMath" and parent.tag != M + "oMathPara":
                formula = tex.inline(formula_of(child))
            else:
                continue
            run = ET.Element(W + "r")
            text = ET.SubElement(run, W + "t", {_SPACE: "preserve"})
            text.text = formula
            run.tail = child.tail
            parent[index] = run
            found = True
    return found


def _property(properties: ET.Element | None, name: str) -> str:
    found = properties.find(_DC + name) if properties is not None else None
    return " ".join((found.text or "").split()) if found is not None else ""
