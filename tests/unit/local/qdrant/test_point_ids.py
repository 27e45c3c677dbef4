"""Point ids: which spellings are taken, and how they are shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.qdrant.errors import ApiError, FormatError
from infra.local.qdrant.point_ids import id_from_path, read_id, shown_id


@given(st.uuids())
def test_every_spelling_of_a_uuid_is_one_id(value: UUID) -> None:
    """With and without hyphens, in braces, as urn, in either case; shown in one form."""
    text = str(value)
    spellings = [text, text.upper(), value.hex, f"{{{text}}}", f"urn:uuid:{text}"]

    assert {shown_id(read_id(spelling)) for spelling in spellings} == {text}
    assert id_from_path(value.hex) == value


@given(st.integers(0, 2**64 - 1))
def test_unsigned_integers_are_ids(value: int) -> None:
    """Up to 64 bits, in a body as a number and in a path as digits."""
    assert read_id(value) == value == id_from_path(str(value))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1, "-1"),
        (1.5, "1.5"),
        (2.0**64, "18446744073709552000"),
        (1e30, "1000000000000000000000000000000"),
        ("5", "5"),
        ("abc", "abc"),
        ("0f6f2c5e1111-4222-8333-444455556666", "0f6f2c5e1111-4222-8333-444455556666"),
    ],
)
def test_anything_else_is_refused_and_shown(value: Any, shown: str) -> None:
    """The text shows the value as the server does, floats without exponent."""
    with pytest.raises(FormatError, match=f"value {shown} is not a valid point ID"):
        read_id(value)


@pytest.mark.parametrize("text", ["query", "-1", "1.0", "٣", str(2**64)])
def test_path_that_is_no_id_is_a_400(text: str) -> None:
    """A word after points/ is taken for an id, and refused as one."""
    with pytest.raises(ApiError, match="Can not recognize"):
        id_from_path(text)
