"""Words of a text as the weight-free model sees them: stems, weights, sound keys. Knows no vectors.

Case, `ё` against `е`, stress marks and compatibility forms make no difference. Russian and English
words are stemmed by Snowball; any other word stands for itself.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import snowballstemmer

# Distinct words kept with their stem; a word takes about 300 bytes, so at most some 20 MB.
_CACHED_WORDS = 1 << 16
# Longer runs of letters are no words; they are cut so that the cache stays small.
_LONGEST_WORD = 40

_WORD = re.compile(r"[^\W_]+")
_STRESS_MARKS = {0x300: None, 0x301: None}

_STEMMERS = {
    "russian": snowballstemmer.stemmer("russian"),
    "english": snowballstemmer.stemmer("english"),
}
_STEMMER_LOCK = threading.Lock()

# A letter by its sound, so that words shared by both languages meet (атом, atom). Many Latin
# spellings fall together on purpose.
_SOUNDS = str.maketrans(
    {
        "а": "a",
        "б": "b",
        "в": "v",
        "г": "g",
        "д": "d",
        "е": "e",
        "ж": "j",
        "з": "z",
        "и": "i",
        "й": "i",
        "к": "k",
        "л": "l",
        "м": "m",
        "н": "n",
        "о": "o",
        "п": "p",
        "р": "r",
        "с": "s",
        "т": "t",
        "у": "u",
        "ф": "f",
        "х": "h",
        "ц": "s",
        "ч": "ch",
        "ш": "sh",
        "щ": "sh",
        "ъ": None,
        "ы": "i",
        "ь": None,
        "э": "e",
        "ю": "u",
        "я": "a",
        "c": "k",
        "q": "k",
        "w": "v",
        "y": "i",
        "x": "ks",
    }
)
_SPELLINGS = (("ph", "f"), ("th", "t"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("ya", "a"))
_CASE_ENDINGS = frozenset(("", *"ауеыи", "ом", "ем", "ов", "ев", "ам", "ах", "ами", "ым"))
_LONGEST_CASE_ENDING = 3
_FLEETING = re.compile(r"([бвгджзклмнпрстфхцчшщ])[ое]([клнц])$")
_FLEETING_FROM_LETTERS = 5
_REPEATED = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Word:
    """One distinct word form.

    `weight` is about how much it tells of the topic: 1 for an ordinary word of 6 letters.
    `sound` is the stem spelled by sound in Latin letters.
    """

    stem: str
    weight: float
    sound: str
    is_stop: bool


@cache
def stop_words() -> frozenset[str]:
    """Words that say little about a topic. They count with a small weight and are never dropped:
    a text made of them alone still has a vector.
    """
    return _word_list("stop_words.txt")


def normalised(text: str) -> str:
    """Compatibility forms unified, lower case, `ё` as `е`, stress marks gone."""
    return unicodedata.normalize("NFKC", text).lower().translate(_STRESS_MARKS).replace("ё", "е")


def words(text: str) -> list[Word]:
    """The words of a text in order, every occurrence."""
    found = _WORD.findall(normalised(text))
    return [word(form[:_LONGEST_WORD]) for form in found]


@lru_cache(maxsize=_CACHED_WORDS)
def word(form: str) -> Word:
    """A normalised word form with everything derived from it."""
    stem = _stem(form)
    is_stop = form in stop_words()
    return Word(
        stem=_without_fleeting_vowel(stem),
        weight=_weight(stem, is_stop=is_stop),
        sound=_sound(stem),
        is_stop=is_stop,
    )


def _stem(form: str) -> str:
    if "а" <= form[0] <= "я":
        return _whole_noun(form) or _stemmed("russian", form)
    return _stemmed("english", form) if "a" <= form[0] <= "z" else form


def _whole_noun(form: str) -> str | None:
    """The noun of which this is a case form, when the stemmer must not cut it."""
    for length in range(_LONGEST_CASE_ENDING + 1):
        noun, ending = form[: len(form) - length], form[len(form) - length :]
        if noun in _whole_nouns() and ending in _CASE_ENDINGS:
            return noun
    return None


def _stemmed(language: str, form: str) -> str:
    with _STEMMER_LOCK:  # a stemmer works on its own fields
        return str(_STEMMERS[language].stemWord(form)) or form


def _without_fleeting_vowel(stem: str) -> str:
    """клеток and клетка, чисел and число: one stem."""
    return _FLEETING.sub(r"\1\2", stem) if len(stem) >= _FLEETING_FROM_LETTERS else stem


def _weight(stem: str, *, is_stop: bool) -> float:
    """Long words are rarer: the only idf to be had without a corpus."""
    if is_stop:
        return 0.08
    if stem.isdigit():
        return 0.9
    return min(1.3, 0.55 + 0.075 * len(stem))


def _sound(stem: str) -> str:
    for spelling, sound in _SPELLINGS:
        stem = stem.replace(spelling, sound)
    return _REPEATED.sub(r"\1", stem.translate(_SOUNDS))


@cache
def _whole_nouns() -> frozenset[str]:
    return _word_list("whole_nouns.txt")


def _word_list(name: str) -> frozenset[str]:
    file = resources.files("infra.local.tei.model").joinpath(name)
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
