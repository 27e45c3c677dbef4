"""Decides whether a hyphen at the end of a line belongs to the word or only broke it. Pure.

Takes the text itself as its dictionary: a word that stands there in one piece was broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST = re.compile(r"[^\W_]+$")
_FIRST = re.compile(r"[^\W_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"[^\W\d_]{2,}")
_CONJUNCTIONS = frozenset({"и", "или", "и/или", "and", "or"})
# Russian particles and prefixes, English prefixes, that take a hyphen.
_KEPT_AFTER = frozenset({"то", "либо", "нибудь", "таки", "ка"})
_KEPT_BEFORE = frozenset(
    {"в", "во", "из", "кое", "пол", "ex", "non", "quasi", "self", "semi", "well"}
)
_PO_ENDINGS = ("ому", "ему", "ски", "цки", "ьи")


class Joiner:
    """Joins lines by the words of one document."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = {word for text in texts for word in _WORD.findall(text.casefold())}

    def join(self, before: str, after: str) -> str:
        """What stands between `before`, which a hyphen ended, and `after`: a hyphen or nothing.

        A hyphen and a space where the second half of a word is told later: `high- and low-pitched`.
        """
        first, last = _FIRST.match(after), _LAST.search(before)
        if first is None or last is None:
            return "-"
        left, right = last[0].casefold(), first[0].casefold()
        if right in _CONJUNCTIONS:
            return "- "
        # No rule of either language breaks off a single letter: `x-` goes on as `x-y`.
        if not _BROKEN.fullmatch(left) or not _BROKEN.match(right) or not first[0][0].islower():
            return "-"
        if left + right in self._words:
            return ""
        if f"{left}-{right}" in self._words or _takes_hyphen(left, right):
            return "-"
        return ""


def _takes_hyphen(left: str, right: str) -> bool:
    if right in _KEPT_AFTER or left in _KEPT_BEFORE:
        return True
    return left == "по" and right.endswith(_PO_ENDINGS)
