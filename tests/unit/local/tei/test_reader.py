"""Reading JSON: the same values as Python's reader, serde's strictness, positions and texts."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.tei.wire import bodies, shapes
from infra.local.tei.wire.reader import JsonError, Reader
from infra.local.tei.wire.records import EmbedBody, PredictBody

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts
values = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def failure(parse: Any, body: bytes) -> tuple[str, bool]:
    """The error's text and whether it is one of syntax."""
    with pytest.raises(JsonError) as caught:
        parse(Reader(body))
    return caught.value.text(body), caught.value.is_syntax


@given(values, st.booleans(), st.sampled_from([None, 1]))
def test_valid_json_reads_as_in_python(value: Any, ascii_only: bool, indent: int | None) -> None:
    """Escaped or raw, compact or spread over lines."""
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    reader = Reader(body)
    assert shapes.any_content(reader) == value
    assert reader.index == len(body)


@given(values)
def test_skipping_ends_where_reading_ends(value: Any) -> None:
    """A field that a route does not know costs nothing but its bytes."""
    body = json.dumps(value).encode()
    reader = Reader(body + b"   ")
    reader.skip()
    assert reader.index == len(body)


@given(values, st.data())
def test_a_cut_body_is_a_syntax_error_or_a_number(value: Any, data: st.DataObject) -> None:
    """Half a body never reads as another one, and never breaks the reader."""
    body = json.dumps({"field": value}).encode()
    cut = data.draw(st.integers(0, len(body) - 1))
    text, is_syntax = failure(shapes.any_content, body[:cut])
    assert is_syntax
    assert " at line 1 column " in text


@given(st.binary(max_size=40))
def test_any_bytes_give_a_body_or_a_json_error(body: bytes) -> None:
    """Nothing that a client sends breaks the reader."""
    with contextlib.suppress(JsonError):
        assert isinstance(bodies.embed(Reader(body)), EmbedBody)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"inputs": [1, 2', "inputs: EOF while parsing a list at line 1 column 16"),
        (b'{"inputs": "a" "b"}', "expected `,` or `}` at line 1 column 16"),
        (b'{"inputs" "a"}', "expected `:` at line 1 column 11"),
        (b"{inputs: 1}", "key must be a string at line 1 column 2"),
        (b'{"x": 01}', "invalid number at line 1 column 8"),
        (b'{"x": tru}', "expected ident at line 1 column 10"),
        (b'{"inputs":\n"\\ud800\\u0041"}', "inputs: lone leading surrogate in hex escape"),
        (b'{"inputs": ["a",]}', "inputs: trailing comma at line 1 column 17"),
        (b'{"inputs": ["a", "\\q"]}', "inputs[1]: invalid escape at line 1 column 20"),
    ],
)
def test_what_is_not_json_says_where(body: bytes, text: str) -> None:
    """400: serde's words, with the field's path and the column of the last byte read."""
    found, is_syntax = failure(bodies.embed, body)
    assert is_syntax
    assert found.startswith(text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'["a", null, "Right", null, true, null, 1]', "trailing characters"),
        (b"[]", "invalid length 0, expected struct EmbedRequest with 6 elements"),
        (b"7", "invalid type: integer `7`, expected struct EmbedRequest at line 1 column 1"),
        (b'{"inputs": "a", "dimensions": 1e2}', "dimensions: invalid type: floating point"),
        (b'{"inputs": "a", "normalize": {}}', "normalize: invalid type: map, expected a boolean"),
        (b'{"inputs": ["a", 1]}', "inputs: data did not match any variant of untagged enum Input"),
    ],
)
def test_json_of_the_wrong_shape_says_which_field(body: bytes, text: str) -> None:
    """422: serde's words (an element too many is a syntax error there)."""
    found, is_syntax = failure(bodies.embed, body)
    assert found.startswith(text)
    assert is_syntax == text.startswith("trailing")


@pytest.mark.parametrize(
    ("inputs", "items", "is_batch"),
    [
        ("a", [("a",)], False),
        (["a"], [("a",)], False),
        (["a", "b"], [("a", "b")], False),
        ([["a"], ["b", "c"]], [("a",), ("b", "c")], True),
    ],
)
def test_predict_tells_a_pair_from_a_batch(
    inputs: Any, items: list[tuple[str, ...]], is_batch: bool
) -> None:
    """A list of two strings is one pair; a list of lists is a batch."""
    read: PredictBody = bodies.predict(Reader(json.dumps({"inputs": inputs}).encode()))
    assert (read.items, read.is_batch) == (items, is_batch)
