"""Tells in which code page old Russian bytes are, or that it cannot be told.

Guessing wrong would index nonsense that nobody notices, so a guess needs evidence: the bytes read
as Russian in one code page and in no other. Knows nothing of files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

# Code pages that Russian files were written in: Windows, Unix, DOS, the ISO standard, old Macs.
RUSSIAN_CODE_PAGES = ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")

# How often each letter occurs in Russian, in percent (national corpus, rounded). Letters are told
# apart by orders of magnitude here, so the exact corpus does not matter.
_PERCENT = {
    "о": 10.98, "е": 8.48, "а": 7.99, "и": 7.36, "н": 6.70, "т": 6.32, "с": 5.47, "р": 4.75,
    "в": 4.53, "л": 4.34, "к": 3.49, "м": 3.20, "д": 2.98, "п": 2.80, "у": 2.62, "я": 2.00,
    "ы": 1.89, "ь": 1.74, "г": 1.69, "з": 1.64, "б": 1.59, "ч": 1.45, "й": 1.21, "х": 0.97,
    "ж": 0.94, "ш": 0.72, "ю": 0.64, "ц": 0.49, "щ": 0.36, "э": 0.33, "ф": 0.27, "ъ": 0.04,
    "ё": 0.04,
}  # fmt: skip
_PUNCTUATION = frozenset("«»—–…№“”„‘’•°§©±·×÷\u00a0\u00ad")
_WORDS_OF_ONE_LETTER = frozenset("абвжикосуя")
_LETTER = {letter: math.log(percent / 100) for letter, percent in _PERCENT.items()}
_PUNCTUATION_SCORE = math.log(0.01)
_OTHER_SCORE = math.log(1e-6)
# A capital after a small letter, a Russian letter that touches a Latin one, a letter by itself that
# is no word.
_ODD_SCORE = math.log(1e-3)

# Few letters are capitals; KOI8-R text read as Windows text, and the other way round, has mostly
# capitals. The price is that a text all in capitals is refused.
_CAPITAL_SCORE = math.log(0.04)

# Mean log-probability of a character. Russian text scores about -3; `docs/formats.md` has what was
# measured for texts in a wrong code page, other languages and damaged UTF-8.
_PLAUSIBLE = -3.6
# Below this, a reading is certainly not Russian.
_ABSURD = -6.0
# The best reading must be this many times likelier than the next different one (log of a million).
_EVIDENCE = math.log(1e6)

# So few bytes prove nothing.
_FEWEST = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class CodePage:
    """A code page that the bytes are in, and the text that they spell."""

    name: str
    text: str


def code_page_of(data: bytes) -> CodePage | None:
    """The one code page in which `data` is Russian, or English with typographic signs; else None.

    Quotation marks, dashes and the like are the same bytes in Windows' Western and Cyrillic code
    pages. Text whose high bytes are only those needs no choice between the two, but must be absurd
    as Russian in any other.
    """
    high = set(data) - set(range(128))
    if not high:
        return None
    readings = _readings(data)
    count = sum(byte > 0x7F for byte in data)
    if high <= _shared():
        english = data.decode("cp1252")
        rivals = (score for score, _, text in readings if text != english)
        is_english = max(rivals, default=-math.inf) < _ABSURD * count
        return CodePage(name="cp1252", text=english) if is_english else None
    best, *others = readings or [(-math.inf, "", "")]
    if count < _FEWEST or best[0] < _PLAUSIBLE * count:
        return None
    if others and best[0] - others[0][0] < _EVIDENCE:
        return None
    return CodePage(name=best[1], text=best[2])


def _readings(data: bytes) -> list[tuple[float, str, str]]:
    """Score, code page and text of each different reading, the likeliest first."""
    readings: dict[str, tuple[float, str, str]] = {}
    for name in RUSSIAN_CODE_PAGES:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if text not in readings:
            readings[text] = _score(text), name, text
    return sorted(readings.values(), reverse=True)


@cache
def _shared() -> frozenset[int]:
    """High bytes that mean the same typographic sign in Windows' two code pages."""
    same: set[int] = set()
    for byte in range(0x80, 0x100):
        both = {bytes([byte]).decode(name, errors="replace") for name in ("cp1251", "cp1252")}
        if len(both) == 1 and not both & {"\ufffd"}:
            same.add(byte)
    return frozenset(same)


def _score(text: str) -> float:
    """Log-probability that Russian looks so, over the characters that are not ASCII."""
    total = 0.0
    padded = f" {text} "
    for before, character, after in zip(padded, text, padded[2:], strict=False):
        if character <= "\x7f":
            continue
        lower = character.lower()
        if lower not in _LETTER:
            total += _PUNCTUATION_SCORE if character in _PUNCTUATION else _OTHER_SCORE
            continue
        total += _LETTER[lower] if character == lower else _LETTER[lower] + _CAPITAL_SCORE
        is_odd_capital = character != lower and before.islower()
        is_alone = not before.isalpha() and not after.isalpha()
        is_odd = is_odd_capital or (is_alone and lower not in _WORDS_OF_ONE_LETTER)
        if is_odd or _is_latin(before) or _is_latin(after):
            total += _ODD_SCORE
    return total


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()
