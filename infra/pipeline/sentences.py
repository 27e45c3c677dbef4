"""Finds where sentences end in Russian and English prose, and where a long one may be cut.

Rules, no model: a missed end only makes a longer unit, a wrong one only a shorter one, and both
are repaired by packing units into passages.
"""

from __future__ import annotations

import bisect
import re

Span = tuple[int, int]

# Words that end in a full stop inside a sentence. A single letter with a stop (initials, "г.",
# "т. е.") is handled by rule.
_RUSSIAN_ABBREVIATIONS = """
акад англ бл вв гг гл греч др им кн лат млн млрд напр нем обр пл пп пр проф рис род руб св сек см
соч ср ст стр табл тел тыс ул франц чел экз
"""
_ENGLISH_ABBREVIATIONS = """
al approx ca cf ch co corp dept dr ed eds eg eq eqs est etc fig figs gen gov ie inc jr ltd mr mrs
ms mt no nos op pp prof pt rev sec sect sr st univ viz vol vols vs
"""
_ABBREVIATIONS = frozenset([*_RUSSIAN_ABBREVIATIONS.split(), *_ENGLISH_ABBREVIATIONS.split()])

# Inline code and inline formulas: a stop in them ends nothing, and they are not cut.
_WHOLE = r"`[^`\n]+`|\$[^$\n]+\$"
_PROTECTED = re.compile(_WHOLE)
_END = re.compile(r"[.!?…]+[\"'»”’)\]]*(?=\s)")
_LIST_ITEM = re.compile(r"\n(?=[ \t]*(?:[-*+•–—]|\d{1,3}[.)])[ \t])")
_LAST_WORD = re.compile(r"[\w.]+$")
_NEXT = re.compile(r"\s*(\S)")
_ORDINAL = re.compile(r"\d{1,3}$")
_PIECE = re.compile(rf"(?:{_WHOLE}|\S)+")


def sentence_spans(text: str) -> list[Span]:
    """The sentences of one paragraph, trimmed; what lies between them is white space only."""
    protected = [match.span() for match in _PROTECTED.finditer(text)]
    cuts = {match.end() for match in _LIST_ITEM.finditer(text)}
    for match in _END.finditer(text):
        if not _inside(protected, match.start()) and _ends_sentence(text, match):
            cuts.add(match.end())
    return trimmed_spans(text, sorted(cuts))


def word_spans(text: str) -> list[Span]:
    """The words of `text`; an inline formula or piece of code counts as one."""
    return [match.span() for match in _PIECE.finditer(text)]


def line_spans(text: str) -> list[Span]:
    """The lines of `text` that are not blank, trimmed."""
    return trimmed_spans(text, [match.end() for match in re.finditer(r"\n", text)])


def trimmed_spans(text: str, cuts: list[int]) -> list[Span]:
    """The spans between the ascending `cuts`, each without white space around it."""
    spans: list[Span] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end]
        if piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            spans.append((left, start + len(piece.rstrip())))
    return spans


def _inside(spans: list[Span], position: int) -> bool:
    index = bisect.bisect_right(spans, position, key=lambda span: span[0])
    return index > 0 and position < spans[index - 1][1]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    following = _NEXT.match(text, match.end())
    if following is None or following[1].islower():
        return False
    if match[0] != ".":
        return True
    word = _LAST_WORD.search(text, max(0, match.start() - 24), match.start())
    if word is None:
        return True
    last = word[0].rsplit(".", 1)[-1]
    if len(last) == 1 and last.isalpha():
        return False
    if _ORDINAL.match(last):
        line_start = text.rfind("\n", 0, word.start()) + 1
        if not text[line_start : word.start()].strip():
            return False  # "1. First": the number of a list item
    return word[0].replace(".", "").casefold() not in _ABBREVIATIONS
