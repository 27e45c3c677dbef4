"""Writes the parts of a formula as linear LaTeX, the one notation that all formats end up in. Pure.

It is for readers and models, not for a typesetter: letters and signs stay as they are in Unicode.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ONE_TOKEN = re.compile(r"(?:\w|\\[a-zA-Z]+)$")
_DISPLAY_STYLE = re.compile(r"\\(?:display|text|script)style\s*")

_ACCENTS = {
    "\u0302": "hat", "^": "hat", "\u02c6": "hat", "\u0303": "tilde", "~": "tilde",
    "\u02dc": "tilde", "\u0304": "bar", "\u0305": "bar", "\u00af": "bar", "\u203e": "bar",
    "_": "bar", "\u20d7": "vec", "\u2192": "vec", "\u0307": "dot", "\u02d9": "dot",
    "\u0308": "ddot", "\u00a8": "ddot",
}  # fmt: skip
_OPERATORS = {
    "\u2211": "\\sum", "\u220f": "\\prod", "\u222b": "\\int", "\u222c": "\\iint",
    "\u222e": "\\oint", "\u22c3": "\\bigcup", "\u22c2": "\\bigcap",
}  # fmt: skip

_OPERATOR_NAMES = """
arccos arcctg arcsin arctg cos cosh cot ctg det exp lg lim ln log max min sin sinh tan tg
"""
_NAMED_OPERATORS = frozenset(_OPERATOR_NAMES.split())


def inline(formula: str) -> str:
    """The formula inside a line; empty when there is none."""
    bare = _bare(formula)
    return f"${bare}$" if bare else ""


def display(formula: str) -> str:
    """The formula by itself; empty when there is none."""
    bare = _bare(formula)
    return f"$${bare}$$" if bare else ""


def fraction(above: str, below: str) -> str:
    return f"\\frac{{{above.strip()}}}{{{below.strip()}}}"


def root(radicand: str, degree: str = "") -> str:
    index = f"[{degree.strip()}]" if degree.strip() else ""
    return f"\\sqrt{index}{{{radicand.strip()}}}"


def scripts(base: str, *, sub: str = "", sup: str = "") -> str:
    """`base` with what stands below and above to its right."""
    base = base.rstrip() if base.startswith("\\") else base
    lower = f"_{_argument(sub)}" if sub.strip() else ""
    upper = f"^{_argument(sup)}" if sup.strip() else ""
    return f"{base}{lower}{upper}"


def operator(sign: str) -> str:
    """A sum, product or integral sign by its LaTeX name; another sign as it is."""
    return _OPERATORS.get(sign, sign)


def named_operator(word: str) -> str:
    """`\\sin` and a space for `sin`; any other word as it is."""
    return f"\\{word} " if word in _NAMED_OPERATORS else word


def accent(sign: str, base: str) -> str:
    """`base` under an accent, a bar or an arrow; above it, where the sign is no accent."""
    name = _ACCENTS.get(sign.strip())
    return f"\\{name}{{{base.strip()}}}" if name else scripts(base, sup=sign)


def fenced(opening: str, parts: Sequence[str], closing: str, separator: str = ", ") -> str:
    return f"{opening}{separator.join(part.strip() for part in parts)}{closing}"


def matrix(rows: Sequence[Sequence[str]]) -> str:
    body = " \\\\ ".join(" & ".join(cell.strip() for cell in row) for row in rows)
    return f"\\begin{{matrix}} {body} \\end{{matrix}}"


def _argument(text: str) -> str:
    bare = text.strip()
    return bare if _ONE_TOKEN.match(bare) else f"{{{bare}}}"


def _bare(formula: str) -> str:
    """One line, without dollar signs, style commands and braces around it all."""
    bare = " ".join(_DISPLAY_STYLE.sub("", formula).split())
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\[", "\\]"), ("\\(", "\\)")):
        if bare.startswith(opening) and bare.endswith(closing) and len(bare) > 2 * len(opening):
            bare = bare[len(opening) : -len(closing)].strip()
    while bare.startswith("{") and bare.endswith("}") and _closes_at_end(bare):
        bare = bare[1:-1].strip()
    return bare.replace("$", "\\$") if "\\$" not in bare else bare


def _closes_at_end(text: str) -> bool:
    """Whether the brace that opens `text` is closed by its last character."""
    depth = 0
    for index, character in enumerate(text):
        escaped = index > 0 and text[index - 1] == "\\"
        if character in "{}" and not escaped:
            depth += 1 if character == "{" else -1
            if depth == 0:
                return index == len(text) - 1
    return False
