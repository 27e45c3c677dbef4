"""A tokenizer of fixed pieces: about 3 characters a token, nothing to download, reversible.

`decode(encode(text))` gives the text back with white space normalised (runs become one space, ends
are trimmed), as XLM-R's does. Token counts are of the same order as XLM-R's, never equal to them.
Knows no model and no limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from infra.local.tei.model import pieces
from infra.local.tei.model.interface import SPECIAL_TEXTS, Pieces

# One piece: its id and its place in the text.
_Placed = tuple[int, int, int]

_SPECIAL_IDS = {text: special_id for special_id, text in SPECIAL_TEXTS.items()}
_SPECIAL = re.compile("|".join(map(re.escape, _SPECIAL_IDS)))
_RUN = re.compile(r"(?P<space>\s+)|(?P<digits>[0-9]+)|(?P<letters>[a-zA-Zа-яА-ЯёЁ]+)|.", re.DOTALL)
_CACHED_WORD_LETTERS = 32
_CACHED_WORDS = 1 << 15


class PieceTokenizer:
    """The tokenizer of the weight-free model. Holds no state of its own."""

    def encode(self, text: str, *, at_most: int | None = None) -> Pieces:
        """Tokens of `text`; stops early at `at_most`, so a long text costs no more than that.

        Literal special tokens in the text become special ids, as in TEI.
        """
        placed = list(islice(_pieces(text), at_most))
        return Pieces(
            text=text,
            ids=[piece_id for piece_id, _, _ in placed],
            spans=[(start, stop) for _, start, stop in placed],
        )

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool) -> str:
        """The text of `ids` without the space before the first word."""
        kept = (one for one in ids if not (skip_special_tokens and one in SPECIAL_TEXTS))
        joined = "".join(map(pieces.piece_text, kept)).removeprefix(" ")
        return joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _pieces(text: str) -> Iterator[_Placed]:
    position = 0
    for match in _SPECIAL.finditer(text):
        yield from _segment(text, position, match.start())
        yield _SPECIAL_IDS[match.group()], match.start(), match.end()
        position = match.end()
    yield from _segment(text, position, len(text))


def _segment(text: str, start: int, stop: int) -> Iterator[_Placed]:
    """Pieces of a stretch without special tokens; a segment always starts a word."""
    is_start = True
    for match in _RUN.finditer(text, start, stop):
        at = match.start()
        match match.lastgroup:
            case "space":
                is_start = True
                continue
            case "letters":
                yield from _word(match.group(), at, is_start=is_start)
            case "digits":
                yield from _number(match.group(), at, is_start=is_start)
            case _:
                yield from _character(match.group(), at, is_start=is_start)
        is_start = False


def _word(word: str, at: int, *, is_start: bool) -> Iterator[_Placed]:
    if len(word) <= _CACHED_WORD_LETTERS:
        for piece_id, start, stop in _cached_word(word, is_start):
            yield piece_id, at + start, at + stop
    else:
        yield from _split_word(word, at, is_start=is_start)


@lru_cache(maxsize=_CACHED_WORDS)
def _cached_word(word: str, is_start: bool) -> tuple[_Placed, ...]:  # noqa: FBT001 - a cache key
    return tuple(_split_word(word, 0, is_start=is_start))


def _split_word(word: str, at: int, *, is_start: bool) -> Iterator[_Placed]:
    """The longest known piece from the left, again and again."""
    position = 0
    while position < len(word):
        found = _longest(word, position, is_start=is_start)
        if found is None:
            yield from _character(word[position], at + position, is_start=is_start)
            position += 1
        else:
            piece_id, length = found
            yield piece_id, at + position, at + position + length
            position += length
        is_start = False


def _longest(word: str, position: int, *, is_start: bool) -> tuple[int, int] | None:
    form = pieces.START if is_start else pieces.INSIDE
    if word[position].isupper():
        if not is_start:
            return None
        form = pieces.CAPITAL
    for length in range(min(pieces.longest_piece(), len(word) - position), 0, -1):
        chunk = word[position : position + length]
        if form == pieces.CAPITAL:
            chunk = chunk[0].lower() + chunk[1:]
        piece_id = pieces.letters_id(chunk, form)
        if piece_id is not None:
            return piece_id, length
    return None


def _number(digits: str, at: int, *, is_start: bool) -> Iterator[_Placed]:
    for offset in range(0, len(digits), pieces.CHUNK_DIGITS):
        chunk = digits[offset : offset + pieces.CHUNK_DIGITS]
        start = at + offset
        yield (
            pieces.digits_id(chunk, is_start=is_start and offset == 0),
            start,
            start + len(chunk),
        )


def _character(character: str, at: int, *, is_start: bool) -> Iterator[_Placed]:
    """Any other character: the bare word start where one begins, then one or two code units."""
    if is_start:
        marked = pieces.starting_mark_id(character)
        if marked is not None:
            yield marked, at, at + 1
            return
        yield pieces.WORD_START_ID, at, at + 1
    encoded = character.encode("utf-16-le")
    for offset in range(0, len(encoded), 2):
        yield pieces.unit_id(int.from_bytes(encoded[offset : offset + 2], "little")), at, at + 1
