"""The tokenizer: reversible, stable, with places in the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.local.tei.model.interface import EOS_ID, MASK_ID, SPECIAL_TEXTS, VOCABULARY_SIZE
from infra.local.tei.model.tokenizer import PieceTokenizer

tokenizer = PieceTokenizer()
# Any text without surrogates, and text that looks like a lesson.
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text("абвёЁЯ abcXZ 019.,-(«😀\n")
plain_texts = texts.filter(lambda text: not any(one in text for one in SPECIAL_TEXTS.values()))


def decoded(ids: list[int], *, skip_special_tokens: bool = False) -> str:
    """Short form of the decoder."""
    return tokenizer.decode(ids, skip_special_tokens=skip_special_tokens)


@given(plain_texts)
def test_decoding_gives_the_text_with_white_space_normalised(text: str) -> None:
    """No character is lost or changed; runs of white space become one space."""
    assert decoded(list(tokenizer.encode(text).ids)) == " ".join(text.split())


@given(texts)
def test_encoding_decoded_ids_gives_the_same_ids(text: str) -> None:
    """So that ids sent as an input give the vector of their text."""
    ids = list(tokenizer.encode(text).ids)
    assert list(tokenizer.encode(decoded(ids)).ids) == ids


@given(texts)
def test_places_are_in_order_and_cover_every_sign(text: str) -> None:
    """Each token names a stretch of the text, and only white space lies between them."""
    pieces = tokenizer.encode(text)
    end = 0
    for start, stop in pieces.spans:
        assert start <= stop <= len(text)
        assert not text[end:start].strip()
        end = max(end, stop)
    assert not text[end:].strip()


@given(texts, st.integers(0, 10))
def test_stopping_early_gives_the_first_tokens(text: str, count: int) -> None:
    """A limit changes nothing but the length."""
    assert tokenizer.encode(text, at_most=count) == tokenizer.encode(text).first(count)


@given(texts)
def test_ids_are_in_the_vocabulary(text: str) -> None:
    """XLM-R's size: a client may size its tables by it."""
    assert all(0 <= one < VOCABULARY_SIZE for one in tokenizer.encode(text).ids)


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_any_ids_decode(ids: list[int]) -> None:
    """Ids from elsewhere give some text and never an error."""
    assert isinstance(decoded(ids), str)


def test_ids_outside_the_vocabulary_add_nothing() -> None:
    """As recorded for TEI."""
    word = list(tokenizer.encode("урок").ids)
    assert decoded([*word, 999_999]) == "урок"
    assert decoded([999_999]) == ""


def test_literal_special_tokens_become_special_ids() -> None:
    """As in TEI, a text may hold them; `/decode` leaves them out unless asked."""
    pieces = tokenizer.encode("<s> hello </s> <mask>")
    ids = list(pieces.ids)
    assert ids[0] == 0
    assert ids[-2:] == [EOS_ID, MASK_ID]
    assert pieces.spans[-1] == (15, 21)
    assert decoded(ids, skip_special_tokens=True) == "hello"


def test_pieces_have_about_three_characters() -> None:
    """Token counts are of the order of XLM-R's, so that limits mean what they mean there."""
    for text in (
        "Фотосинтез — это процесс, при котором растения превращают энергию света в химическую.",
        "Photosynthesis is the process by which green plants turn light into chemical energy.",
    ):
        assert 2.3 < len(text) / len(tokenizer.encode(text)) < 4.5


def test_ids_never_change() -> None:
    """A stored id list stays readable: these were fixed with the first release."""
    expected = {
        "Урок 12: H2O!": [151312, 55378, 166038, 168340, 110686, 167128, 168361, 168315],
        "который 😀": [234442, 4, 223639, 225114],
    }
    assert {text: list(tokenizer.encode(text).ids) for text in expected} == expected
