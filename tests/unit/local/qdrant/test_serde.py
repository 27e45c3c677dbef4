"""JSON is read as strictly as the real server reads it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.qdrant import serde
from infra.local.qdrant.errors import FormatError

numbers = st.integers(serde.I64_MIN, serde.U64_MAX) | st.floats(
    allow_nan=False, allow_infinity=False
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_written_json_reads_back_the_same(value: Any) -> None:
    """64-bit integers, floats and any text survive a round trip with their types."""
    read = serde.parse(serde.dump(value))

    assert read == value
    assert repr(read) == repr(value)


@given(st.integers(serde.U64_MAX + 1, 10**30) | st.integers(-(10**30), serde.I64_MIN - 1))
def test_integers_beyond_64_bits_become_floats(value: int) -> None:
    """As in serde_json, wherever they stand."""
    assert serde.parse(f'{{"a": [{value}]}}'.encode()) == {"a": [float(value)]}
    assert type(serde.parse(str(value).encode())) is float


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "EOF while parsing a value"),
        (b"{bad", "key must be a string"),
        (b'{"a":[NaN]}', "expected value"),
        (b"[] xx", "trailing characters"),
        (b'"\xff"', "invalid unicode code point"),
    ],
)
def test_broken_json_is_named_in_serde_words(body: bytes, text: str) -> None:
    """The text starts like the one recorded from the server."""
    with pytest.raises(FormatError, match=text):
        serde.parse(body)


@pytest.mark.parametrize(
    ("read", "value", "text"),
    [
        (serde.want_usize, True, "invalid type: boolean `true`, expected usize"),
        (serde.want_usize, -1, "invalid value: integer `-1`, expected usize"),
        (serde.want_usize, 1.5, "invalid type: floating point `1.5`, expected usize"),
        (serde.want_bool, "yes", 'invalid type: string "yes", expected a boolean'),
        (serde.want_map, [1], "invalid type: sequence, expected a map"),
        (serde.want_list, None, "invalid type: null, expected a sequence"),
        (serde.want_float, False, "invalid type: boolean `false`, expected f32"),
    ],
)
def test_wrong_types_are_named(read: Any, value: Any, text: str) -> None:
    """A bool is never a number, and the text says what was found and what was expected."""
    with pytest.raises(FormatError) as caught:
        read(value)

    assert str(caught.value) == text


def test_infinity_is_written_as_null() -> None:
    """JSON has no infinity; the server writes null."""
    assert serde.dump([float("inf"), float("nan")]) == b"[null,null]"
