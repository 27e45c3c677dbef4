"""Normalisation: one form for the models, whatever the keyboard or file system produced."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.pipeline.normalise import normalise

# Plain text hardly ever draws what matters here, so these characters come up often.
_TRICKY = st.text(alphabet=st.sampled_from("её\u0308ЕЁи\u0306 \n\t\u00a0a")) | st.text()


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("ёлка и Ёж", "елка и Еж"),
        ("е\u0308лка", "елка"),
        ("и\u0306од", "йод"),
        ("  two\n\n words\t", "two words"),
        ("a\u00a0b", "a b"),
        ("", ""),
    ],
)
def test_known_forms(given_text: str, expected: str) -> None:
    """Each spelling has one form."""
    assert normalise(given_text) == expected


@given(_TRICKY)
def test_is_idempotent(text: str) -> None:
    """Normalising twice changes nothing."""
    assert normalise(normalise(text)) == normalise(text)


@given(_TRICKY)
def test_leaves_no_yo_and_no_double_space(text: str) -> None:
    """The result is NFC, without `ё`, trimmed, with single spaces."""
    result = normalise(text)
    assert unicodedata.is_normalized("NFC", result)
    assert not set("ёЁ") & set(result)
    assert result == " ".join(result.split())
