"""Turns the bytes of a text file into text, or says why that would be a guess.

A wrongly decoded file looks fine to a program and like noise to a reader, so it must never be
indexed: what is not certain is refused.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from infra.pipeline.readers.code_pages import code_page_of
from infra.pipeline.readers.records import UnreadableDocumentError

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

# Control characters that do occur in text files: tab, line feed, form feed, carriage return, and
# the next-line sign of old mainframes.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NOT_ASCII_RUN = re.compile(r"[^\x00-\x7f]{4,}")
_LATIN_ACCENT = re.compile(r"[À-ÖØ-öø-ÿ]")

# French, the most accented of the languages that share the letters, has about one in fifteen.
_MOST_ACCENTS = 0.25
# Signs that stand for a character that was lost, in all characters.
_MOST_LOST = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """Text with `\\n` line ends and no byte order mark, and the encoding of its bytes."""

    text: str
    encoding: str


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """The text of `data`. `declared` is what the file says of itself, as HTML can.

    UTF-8 is what is valid UTF-8, whatever is declared. UTF-16 needs its byte order mark. Anything
    else must be Russian in one code page and in no other, and a declaration must agree with that.

    Raises:
        UnreadableDocumentError: the encoding cannot be told, or the text is binary or damaged.
    """
    decoded = _decoded(data, declared)
    if match := _CONTROL.search(decoded.text):
        reason = f"is binary, not text (control character at {match.start()})"
        raise UnreadableDocumentError(reason)
    return Decoded(text=_plain_lines(decoded.text), encoding=decoded.encoding)


def refuse_garbled(text: str) -> None:
    """Refuse text that somebody else decoded wrongly before it came here.

    Raises:
        UnreadableDocumentError: it holds typical traces of that.
    """
    lost = text.count("\ufffd")
    if lost > _MOST_LOST * len(text):
        reason = f"has lost {lost} characters (they read as \ufffd): it was decoded wrongly before"
        raise UnreadableDocumentError(reason)
    letters = sum(map(str.isalpha, text))
    accents = len(_LATIN_ACCENT.findall(text))
    if accents >= 10 and accents > _MOST_ACCENTS * letters:
        raise UnreadableDocumentError(
            "has Russian letters stored as Western ones (they read like \u201cÏðèâåò\u201d): its "
            "code page or fonts are wrong"
        )
    # Runs decode alone, so that one stray character elsewhere does not hide them.
    runs = _NOT_ASCII_RUN.findall(text[:200_000])
    twice = sum(_is_encoded_twice(run) for run in runs)
    if twice >= 3 and twice * 2 > len(runs):
        raise UnreadableDocumentError(
            "has text that was encoded twice (it reads like \u201cРџСЂРёРІРµС‚\u201d)"
        )


def _decoded(data: bytes, declared: str | None) -> Decoded:
    if data.startswith(_UTF32_MARKS):
        raise UnreadableDocumentError("is UTF-32 text; convert it to UTF-8")
    if data.startswith(_UTF16_MARKS):
        try:
            return Decoded(text=data.decode("utf-16"), encoding="utf-16")
        except UnicodeDecodeError as error:
            reason = f"is UTF-16 text that is damaged at byte {error.start}"
            raise UnreadableDocumentError(reason) from error
    try:
        return Decoded(text=data.decode("utf-8-sig"), encoding="utf-8")
    except UnicodeDecodeError as error:
        where = error.start
    if b"\0" in data:
        raise UnreadableDocumentError(f"is binary, not text (zero byte at {data.index(0)})")
    guess = code_page_of(data)
    if guess is None:
        raise UnreadableDocumentError(_why_not(data, where))
    if declared is not None and not _agrees(data, declared, guess.text):
        reason = f"says that it is {declared}, but it reads as {guess.name}"
        raise UnreadableDocumentError(reason)
    return Decoded(text=guess.text, encoding=guess.name)


def _why_not(data: bytes, where: int) -> str:
    lost = data.decode("utf-8", errors="replace").count("\ufffd")
    kept = sum(character > "\x7f" for character in data.decode("utf-8", errors="ignore"))
    if kept > 4 * lost:
        return f"is UTF-8 text that is damaged at byte {where}"
    return (
        f"is not UTF-8 (byte {where}), and not clearly Russian in one other code page; "
        "convert it to UTF-8"
    )


def _agrees(data: bytes, declared: str, text: str) -> bool:
    """Whether the declared code page spells the same text; an unknown name says nothing."""
    try:
        codec = codecs.lookup(declared).name
    except LookupError:
        return True
    return codec != "utf-8" and data.decode(codec, errors="replace") == text


def _plain_lines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _is_encoded_twice(run: str) -> bool:
    """Whether the bytes of `run` in Windows' Cyrillic code page are UTF-8 themselves."""
    try:
        inner = run.encode("cp1251").decode("utf-8")
    except UnicodeError:
        return False
    return len(inner) < len(run)
