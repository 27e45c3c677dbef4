"""Turns an equation of Word (OMML) into linear LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from infra.pipeline.readers import tex

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_INTEGRAL = "∫"


def formula_of(math: Element) -> str:
    """The LaTeX of an `m:oMath` element; what is not known by name gives the text inside it."""
    return "".join(_formula(child) for child in math)


def _formula(node: Element) -> str:  # noqa: PLR0911, PLR0912 - one case for each kind of part
    match node.tag.removeprefix(M):
        case "r":
            run = "".join(text.text or "" for text in node if text.tag in {M + "t", W + "t"})
            return tex.named_operator(run)
        case "f":
            if _value(node, "fPr", "type") == "lin":
                return f"{_part(node, 'num')}/{_part(node, 'den')}"
            return tex.fraction(_part(node, "num"), _part(node, "den"))
        case "rad":
            return tex.root(_part(node, "e"), _part(node, "deg"))
        case "sSup":
            return tex.scripts(_part(node, "e"), sup=_part(node, "sup"))
        case "sSub":
            return tex.scripts(_part(node, "e"), sub=_part(node, "sub"))
        case "sSubSup":
            return tex.scripts(_part(node, "e"), sub=_part(node, "sub"), sup=_part(node, "sup"))
        case "sPre":
            before = tex.scripts("", sub=_part(node, "sub"), sup=_part(node, "sup"))
            return f"{{}}{before}{_part(node, 'e')}"
        case "nary":
            sign = tex.operator(_value(node, "naryPr", "chr") or _INTEGRAL)
            bounds = tex.scripts(sign, sub=_part(node, "sub"), sup=_part(node, "sup"))
            return f"{bounds} {_part(node, 'e')}"
        case "d":
            return tex.fenced(
                _value(node, "dPr", "begChr", default="("),
                [formula_of(part) for part in node.findall(M + "e")],
                _value(node, "dPr", "endChr", default=")"),
                _value(node, "dPr", "sepChr", default="|"),
            )
        case "m":
            rows = ([formula_of(cell) for cell in row.findall(M + "e")] for row in _rows(node))
            return tex.matrix(list(rows))
        case "eqArr":
            return tex.matrix([[formula_of(line)] for line in node.findall(M + "e")])
        case "func":
            name = _part(node, "fName").strip()
            return f"{tex.named_operator(name).strip()} {_part(node, 'e')}"
        case "limLow":
            return tex.scripts(_part(node, "e"), sub=_part(node, "lim"))
        case "limUpp":
            return tex.scripts(_part(node, "e"), sup=_part(node, "lim"))
        case "acc":
            return tex.accent(_value(node, "accPr", "chr", default="\u0302"), _part(node, "e"))
        case "bar":
            return tex.accent("\u0305", _part(node, "e"))
        case "phant":
            return ""
        case tag if tag.endswith("Pr"):
            return ""
        case _:
            return formula_of(node)


def _rows(node: Element) -> Iterator[Element]:
    return node.iterfind(M + "mr")


def _part(node: Element, name: str) -> str:
    part = node.find(M + name)
    return formula_of(part) if part is not None else ""


def _value(node: Element, properties: str, name: str, default: str = "") -> str:
    """A property; an empty value is a value: a bracket that is not drawn."""
    found = node.find(f"{M}{properties}/{M}{name}")
    return default if found is None else found.get(M + "val", default)
