"""Prompt, truncation and the limits of one input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.tei.errors import EmptyInputError, InvalidInputError
from infra.local.tei.model.tokenizer import PieceTokenizer
from infra.local.tei.server.limits import Limits, Prompts
from infra.local.tei.server.preparing import Preparer
from infra.local.tei.wire.records import Direction, Truncation

ROOM = 20
CUT = Truncation(truncate=True)
CUT_LEFT = Truncation(truncate=True, direction="left")
WHOLE = Truncation(truncate=False)


def preparer(default_prompt: str | None = None) -> Preparer:
    """A server with 20 tokens for one input and two prompts."""
    return Preparer(
        PieceTokenizer(),
        Limits(
            max_input_tokens=ROOM,
            max_input_characters=250 * ROOM,
            auto_truncate=True,
            max_client_batch_size=4,
        ),
        Prompts(known={"query": "query: "}, default=default_prompt),
    )


def letters(count: int) -> str:
    """A text of `count` tokens."""
    return " ".join("abcdefghijklmnopqrstuvwxyz"[n % 26] for n in range(count))


@given(st.integers(1, 40), st.booleans())
def test_truncation_keeps_one_end(count: int, is_left: bool) -> None:
    """Right keeps the first tokens, left the last ones; `<s>` and `</s>` are counted."""
    text = letters(count)
    prepared = preparer().single(text, CUT_LEFT if is_left else CUT, None)
    kept = text.split()[-(ROOM - 2) :] if is_left else text.split()[: ROOM - 2]
    assert prepared.first.kept_text().split() == kept
    assert prepared.tokens == min(count, ROOM - 2) + 2


@given(st.integers(0, 40), st.integers(1, 40), st.sampled_from(["left", "right"]))
def test_a_pair_is_cut_at_its_longer_side(first: int, second: int, direction: Direction) -> None:
    """The shorter side stays whole while it fits into half; four special tokens are counted."""
    prepared = preparer().pair(
        letters(first), letters(second), Truncation(truncate=True, direction=direction)
    )
    other = prepared.second
    assert other is not None
    assert prepared.tokens == min(first + second + 4, ROOM)
    room = ROOM - 4
    if first + second > room and min(first, second) <= room // 2:
        assert min(len(prepared.first), len(other)) == min(first, second)
    elif first + second > room:
        assert {len(prepared.first), len(other)} == {room // 2, room - room // 2}


def test_exactly_the_limit_passes_and_one_more_does_not() -> None:
    """Without truncation; the text names the limit and what was given."""
    assert preparer().single(letters(ROOM - 2), WHOLE, None).tokens == ROOM
    with pytest.raises(InvalidInputError) as caught:
        preparer().single(letters(ROOM - 1), WHOLE, None)
    assert caught.value.message == (
        "Input validation error: `inputs` must have less than 20 tokens. Given: 21"
    )


def test_ids_become_a_text_and_bring_their_own_frame() -> None:
    """`<s>` and `</s>` are added to no ids, except by a prompt, which makes them a text."""
    ids = list(PieceTokenizer().encode("урок 7").ids)
    assert preparer().single(ids, CUT, None).tokens == len(ids)
    assert preparer().single([0, *ids, 2], CUT, None).tokens == len(ids) + 2
    prompted = preparer().single(ids, CUT, "query")
    assert prompted.first.text == "query: урок 7"
    assert prompted.framed


def test_prompts_go_before_the_text() -> None:
    """By name, by default, and never on pairs."""
    assert preparer().single("лес", CUT, "query").first.text == "query: лес"
    assert preparer("say: ").single("лес", CUT, None).first.text == "say: лес"
    with pytest.raises(InvalidInputError, match="dual inputs"):
        preparer("say: ").pair("a", "b", CUT)
    with pytest.raises(InvalidInputError, match=r'Available prompts: \["query"\]'):
        preparer().single("лес", CUT, "other")


def test_nothing_to_work_on_is_refused() -> None:
    """Empty texts and ids; a pair only when both sides are empty."""
    for given_input in ("", []):
        with pytest.raises(EmptyInputError):
            preparer().single(given_input, CUT, None)
    with pytest.raises(EmptyInputError):
        preparer().pair("", "", CUT)
    assert preparer().pair("", "a", CUT).tokens == 5
