"""The vocabulary: which piece of text has which id. Arithmetic, so no file is needed for it.

The ids fill the 250,002 places of the XLM-R vocabulary that bge-m3 uses:

    0..3        <s> <pad> </s> <unk>              4  the bare word start
    then        1 to 3 letters of one alphabet, three times: starting a word, inside a word,
                starting a word with a capital
    then        1 to 3 digits, starting a word and inside
    then        marks that often start a word, with the word start
    then        every UTF-16 code unit on its own: all other text
    then        frequent pieces of 4 letters and more from `pieces.txt`, three times as above
    250001      <mask>

The numbers never change: stored ids stay readable. Knows nothing of texts, words or models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from itertools import product

from infra.local.tei.model.interface import MASK_ID, SPECIAL_TEXTS

WORD_START_ID = 4
ALPHABETS = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюяё")
CHUNK_LETTERS = 3
CHUNK_DIGITS = 3
# Marks that follow a space in running text, Markdown and formulas.
STARTING_MARKS = "-—–(«„“\"'…№$%#@&*+=/<>[{|`~\\_±×÷·•→≈≤≥√∑∫∞°§€£"

_FIRST_LETTERS_ID = 5
_CHUNKS = sum(len(letters) ** n for letters in ALPHABETS for n in range(1, CHUNK_LETTERS + 1))
_FIRST_DIGITS_ID = _FIRST_LETTERS_ID + 3 * _CHUNKS
_NUMBERS = sum(10**n for n in range(1, CHUNK_DIGITS + 1))
_FIRST_MARK_ID = _FIRST_DIGITS_ID + 2 * _NUMBERS
_FIRST_UNIT_ID = _FIRST_MARK_ID + len(STARTING_MARKS)
_UNITS = 0x10000
_FIRST_FREQUENT_ID = _FIRST_UNIT_ID + _UNITS

# Which of the three copies of a piece of letters.
START, INSIDE, CAPITAL = range(3)


def letters_id(letters: str, form: int) -> int | None:
    """Id of lower-case letters in one of the three forms, None when they are not one piece."""
    place = _letter_chunks().get(letters)
    if place is not None:
        return _FIRST_LETTERS_ID + form * _CHUNKS + place
    rank = frequent_pieces().get(letters)
    return None if rank is None else _FIRST_FREQUENT_ID + 3 * rank + form


def digits_id(digits: str, *, is_start: bool) -> int:
    """Id of 1 to 3 ASCII digits."""
    place = sum(10**n for n in range(1, len(digits))) + int(digits)
    return _FIRST_DIGITS_ID + (0 if is_start else _NUMBERS) + place


def starting_mark_id(mark: str) -> int | None:
    """Id of a mark together with the word start before it, None for most characters."""
    place = STARTING_MARKS.find(mark)
    return None if place < 0 else _FIRST_MARK_ID + place


def unit_id(unit: int) -> int:
    """Id of one UTF-16 code unit."""
    return _FIRST_UNIT_ID + unit


def piece_text(piece_id: int) -> str:
    """Text of an id, a leading space where it starts a word, empty for ids without a piece.

    An astral character comes from two ids, each of which gives one surrogate.
    """
    if piece_id == WORD_START_ID:
        return " "
    first, text_at = next(block for block in _BLOCKS if piece_id >= block[0])
    return SPECIAL_TEXTS.get(piece_id) or text_at(piece_id - first)


@cache
def frequent_pieces() -> Mapping[str, int]:
    """Rank of each frequent piece, in file order."""
    return {piece: rank for rank, piece in enumerate(_frequent_in_order())}


@cache
def longest_piece() -> int:
    """Letters in the longest piece."""
    return max(map(len, frequent_pieces()))


def _formed(letters: str, form: int) -> str:
    if form == INSIDE:
        return letters
    return " " + (letters.capitalize() if form == CAPITAL else letters)


@cache
def _letter_chunks() -> Mapping[str, int]:
    return {chunk: place for place, chunk in enumerate(_chunks_in_order())}


@cache
def _chunks_in_order() -> tuple[str, ...]:
    return tuple(
        "".join(letters)
        for length in range(1, CHUNK_LETTERS + 1)
        for alphabet in ALPHABETS
        for letters in product(alphabet, repeat=length)
    )


def _letters_at(offset: int) -> str:
    form, place = divmod(offset, _CHUNKS)
    return _formed(_chunks_in_order()[place], form)


def _frequent_at(offset: int) -> str:
    rank, form = divmod(offset, 3)
    frequent = _frequent_in_order()
    return _formed(frequent[rank], form) if rank < len(frequent) else ""


def _mark_at(offset: int) -> str:
    return " " + STARTING_MARKS[offset]


def _digits_at(offset: int) -> str:
    inside, place = divmod(offset, _NUMBERS)
    return ("" if inside else " ") + _number_at(place)


def _number_at(place: int) -> str:
    length = 1
    while place >= 10**length:
        place -= 10**length
        length += 1
    return str(place).zfill(length)


@cache
def _frequent_in_order() -> tuple[str, ...]:
    file = resources.files("infra.local.tei.model").joinpath("pieces.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    if len(words) != len(set(words)) or 3 * len(words) > MASK_ID - _FIRST_FREQUENT_ID:
        raise ValueError("pieces.txt holds a piece twice, or more pieces than ids")
    return tuple(words)


# First id of each block and what an offset into it stands for, the last block first.
_BLOCKS: tuple[tuple[int, Callable[[int], str]], ...] = (
    (_FIRST_FREQUENT_ID, _frequent_at),
    (_FIRST_UNIT_ID, chr),
    (_FIRST_MARK_ID, _mark_at),
    (_FIRST_DIGITS_ID, _digits_at),
    (_FIRST_LETTERS_ID, _letters_at),
    (0, lambda _: ""),
)
