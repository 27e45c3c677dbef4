"""The base of every settings model: frozen, closed, strict about types."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Settings(BaseModel):
    """A frozen record that refuses unknown keys and silent conversions.

    Each field's description carries the consequence of changing it (time, money, data), since the
    README's table and `retrieval settings` are generated from it.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=False
    )


def _off_as_word(value: Any) -> Any:
    # YAML readers take a bare `off` for a boolean.
    return "off" if value is False else value


OffIsAWord = BeforeValidator(_off_as_word)
"""For choices that have `off` among their words."""
