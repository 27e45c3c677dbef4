"""Properties of the settings models."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.settings import PassageSettings, SearchSettings, StackSettings, Target
from infra.settings.table import MARKDOWN_BEGIN, markdown_table, setting_rows


def test_settings_cannot_be_changed() -> None:
    """A loaded setting stays what it was validated as."""
    settings = StackSettings(target=Target.LOCAL)
    with pytest.raises(ValidationError):
        settings.target = Target.AWS


@given(max_tokens=st.integers(32, 8192), overlap_tokens=st.integers(0, 1024))
def test_overlap_is_at_most_half(max_tokens: int, overlap_tokens: int) -> None:
    """Passages are accepted exactly when the overlap leaves half of each for new text."""
    values: dict[str, Any] = {"max_tokens": max_tokens, "overlap_tokens": overlap_tokens}
    if overlap_tokens * 2 <= max_tokens:
        assert PassageSettings(**values).overlap_tokens == overlap_tokens
    else:
        with pytest.raises(ValidationError, match="overlap_tokens"):
            PassageSettings(**values)


@given(retrieved=st.integers(1, 200), reranked=st.integers(0, 200), top_k=st.integers(1, 100))
def test_stages_only_narrow(retrieved: int, reranked: int, top_k: int) -> None:
    """An accepted search never asks a stage for more than the stage before it gives."""
    try:
        settings = SearchSettings(
            candidates_retrieved=retrieved, candidates_reranked=reranked, top_k=top_k
        )
    except ValidationError:
        assert reranked > retrieved or top_k > retrieved
    else:
        assert settings.candidates_reranked <= settings.candidates_retrieved
        assert settings.top_k <= settings.candidates_retrieved


def test_every_setting_has_a_meaning() -> None:
    """No row of `retrieval settings` is without an explanation."""
    rows = setting_rows(StackSettings(target=Target.LOCAL))
    assert [row.key for row in rows if not row.meaning] == []
    assert len({row.key for row in rows}) == len(rows)


def test_rows_tell_defaults_from_choices() -> None:
    """A value that the operator chose is marked as chosen, even one equal in type."""
    settings = StackSettings(target=Target.LOCAL, search=SearchSettings(top_k=3))
    rows = {row.key: row for row in setting_rows(settings)}
    assert not rows["retrieval:search.top_k"].is_default
    assert rows["retrieval:search.top_k"].default == 5
    assert rows["retrieval:search.rrf_k"].is_default
    assert not rows["retrieval:target"].is_default


def test_the_table_lists_every_setting_once() -> None:
    """The README's table and the command show the same names."""
    table = markdown_table()
    assert table.startswith(MARKDOWN_BEGIN)
    for row in setting_rows(StackSettings(target=Target.LOCAL)):
        assert table.count(f"| `{row.key}` |") == 1
