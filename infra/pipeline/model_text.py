"""The text of a passage that the models and the lexical legs see. Pure.

Embedding, both lexical legs and reranking take it from here, so that none sees another text.
"""

from __future__ import annotations

from infra.pipeline.normalise import normalise
from infra.pipeline.records import Passage


def model_text(passage: Passage) -> str:
    """The passage below its lead (title and headings, where the settings want them), normalised."""
    return normalise(text_below(passage.lead, passage.text))


def text_below(lead: str, text: str) -> str:
    """`text` with `lead` on a line above it."""
    return f"{lead}\n{text}" if lead else text
