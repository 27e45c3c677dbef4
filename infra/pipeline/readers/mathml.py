"""Turns a MathML element of a page into linear LaTeX; the page's own LaTeX wins where it has it."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from infra.pipeline.readers import tex

_SKIPPED = frozenset({"annotation", "annotation-xml", "mphantom", "mspace", "maction"})
# They need a space on each side to read well.
_WIDE = frozenset("=≠<>≤≥≈≡+−-±×·⋅÷→⇒⇔∈∉⊂⊆∪∩∧∨")


def formula_of(math: LexborNode) -> str:
    """The LaTeX of a `<math>` element; empty when it holds nothing."""
    for annotation in math.css("annotation"):
        if "tex" in (annotation.attributes.get("encoding") or "").lower():
            return annotation.text()
    return math.attributes.get("alttext") or _row(math)


def is_display(math: LexborNode) -> bool:
    """Whether the formula stands by itself."""
    return math.attributes.get("display") == "block"


def _row(node: LexborNode) -> str:
    return "".join(_formula(child) for child in _elements(node))


def _formula(node: LexborNode) -> str:  # noqa: PLR0911, PLR0912 - one case for each element
    children = _elements(node)
    parts = [_formula(child) for child in children] if node.tag not in _SKIPPED else []
    match node.tag, parts:
        case "mi" | "mn" | "mtext" | "ms", _:
            return tex.named_operator(node.text().strip())
        case "mo", _:
            return _sign(node.text().strip())
        case "mfrac", [above, below]:
            return tex.fraction(above, below)
        case "msqrt", _:
            return tex.root("".join(parts))
        case "mroot", [radicand, degree]:
            return tex.root(radicand, degree)
        case "msup", [base, sup]:
            return tex.scripts(base, sup=sup)
        case "msub", [base, sub]:
            return tex.scripts(base, sub=sub)
        case "munder", [base, sub]:
            return tex.scripts(tex.operator(base.strip()), sub=sub)
        case "mover", [base, over]:
            return tex.accent(over, base)
        case "msubsup", [base, sub, sup]:
            return tex.scripts(base, sub=sub, sup=sup)
        case "munderover", [base, sub, sup]:
            return tex.scripts(tex.operator(base.strip()), sub=sub, sup=sup)
        case "mtable", _:
            rows = [[_row(cell) for cell in _elements(row)] for row in children]
            return tex.matrix(rows)
        case "mfenced", _:
            opening = node.attributes.get("open") or "("
            return tex.fenced(opening, parts, node.attributes.get("close") or ")")
        case "mspace", _:
            return " "
        case "semantics", [first, *_]:
            return first
        case _:
            return "".join(parts)


def _elements(node: LexborNode) -> list[LexborNode]:
    return [child for child in node.iter(include_text=False) if child.is_element_node]


def _sign(text: str) -> str:
    if text in _WIDE:
        return f" {text} "
    return f"{text} " if text in {",", ";"} else text
