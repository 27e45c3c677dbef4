"""The choice of a learned sparse vector, shared by what is stored and what is searched."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator


def _as_word(value: Any) -> Any:
    # YAML readers take a bare `off` for a boolean.
    return "off" if value is False else value


LearnedSparse = Annotated[Literal["off", "m3"], BeforeValidator(_as_word)]
"""`m3`: the lexical weights of bge-m3's own head."""
