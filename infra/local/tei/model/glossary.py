"""School terms that mean the same in Russian and English, found in the words of a text.

What makes a Russian query find an English lesson here; a real multilingual model needs no such
list. The terms are in `glossary.txt`. Knows nothing of vectors or scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from infra.local.tei.model.words import words

# The longest term in words, stop words not counted.
_LONGEST_TERM = 4


@dataclass(frozen=True, slots=True)
class Mention:
    """`concept` is named by `count` stems from `first` on."""

    concept: int
    first: int
    count: int


def mentions(stems: Sequence[str]) -> list[Mention]:
    """Every term among the stems (stop words left out): the longest first, then its single words.

    An ambiguous word mentions each of its concepts (power: степень and мощность).
    """
    known = terms()
    found: list[Mention] = []
    position = 0
    while position < len(stems):
        length = _longest_term(stems, position)
        for count in {length, 1} - {0}:
            for first in range(position, position + max(length, 1), count):
                numbers = known.get(tuple(stems[first : first + count]), ())
                found.extend(Mention(number, first, count) for number in numbers)
        position += max(length, 1)
    return found


@cache
def terms() -> Mapping[tuple[str, ...], tuple[int, ...]]:
    """Concept numbers by the stems of a term."""
    found: dict[tuple[str, ...], tuple[int, ...]] = {}
    for number, line in enumerate(_lines()):
        for term in line.replace("|", ",").split(","):
            stems = tuple(word.stem for word in words(term) if not word.is_stop)
            if number not in found.setdefault(stems, ()):
                found[stems] += (number,)
    return found


def _longest_term(stems: Sequence[str], position: int) -> int:
    known = terms()
    for count in range(min(_LONGEST_TERM, len(stems) - position), 0, -1):
        if tuple(stems[position : position + count]) in known:
            return count
    return 0


def _lines() -> list[str]:
    file = resources.files("infra.local.tei.model").joinpath("glossary.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
