"""The choice of a learned sparse vector, shared by what is stored and what is searched."""

from __future__ import annotations

from typing import Annotated, Literal

from infra.settings.base import OffIsAWord

LearnedSparse = Annotated[Literal["off", "m3"], OffIsAWord]
"""`m3`: the lexical weights of bge-m3's own head."""
