"""Cuts documents into passages of at most so many tokens: by heading, paragraph, sentence, word.

Passages are verbatim slices of the document, so that a reader can find them. Lengths are those of
the text that the model sees, as counted by the embed server itself through `count_tokens`.
"""

from __future__ import annotations

from infra.errors import InternalError
from infra.pipeline.language import language_of
from infra.pipeline.pack import Unit, pack
from infra.pipeline.records import Document, Language, Passage
from infra.pipeline.sections import sections_of
from infra.pipeline.sentences import Span
from infra.pipeline.units import Measure, TokenCounter, units_of
from infra.settings import PassageSettings

__all__ = ["TokenCounter", "split_document"]


def split_document(
    document: Document, *, settings: PassageSettings, count_tokens: TokenCounter
) -> list[Passage]:
    """The passages of `document`, in its order; the same input always gives the same passages.

    Every character that is not white space is in at least one passage, and no passage is longer
    than `settings.max_tokens`.

    Raises:
        InternalError: the counter calls a single character longer than the limit.
    """
    text = document.text
    measure = Measure(text, limit=settings.max_tokens, count_tokens=count_tokens)
    lines = _LineCounter(text)
    fallback = language_of(text) or Language.ENGLISH
    passages: list[Passage] = []
    for number, section in enumerate(sections_of(document)):
        section_start = section.blocks[0].start
        units = units_of(section.blocks, measure)
        for (start, end), tokens in _packed(units, measure, settings.overlap_tokens):
            passages.append(
                Passage(
                    doc_id=document.doc_id,
                    position=len(passages),
                    title=document.title,
                    section=section.path,
                    lang=language_of(text[start:end]) or fallback,
                    text=text[start:end],
                    tokens=tokens,
                    first_line=lines.line_of(start),
                    last_line=lines.line_of(end - 1),
                    start=start - section_start,
                    section_number=number,
                )
            )
    return passages


def _packed(paragraphs: list[list[Unit]], measure: Measure, overlap: int) -> list[tuple[Span, int]]:
    """Spans of one section that fit, each with its length in tokens as really counted."""
    budget = max(1, measure.limit - measure.added)
    while True:
        spans = pack(paragraphs, budget=budget, overlap=overlap)
        counts = measure.count(spans)
        excess = max(counts) - measure.limit
        if excess <= 0:
            return list(zip(spans, counts, strict=True))
        if budget == 1:
            raise InternalError(
                f"a passage of {max(counts)} tokens could not be cut to {measure.limit}",
                why="each of its parts was counted to fit on its own",
                remedy="report this together with the document that was being indexed",
            )
        # Units came out longer together than in sum: pack tighter. At a budget of 1 each passage
        # is one unit, and units are known to fit.
        budget = max(1, budget - excess)


class _LineCounter:
    """Line numbers of positions in one text; cheap when they mostly ascend."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1

    def line_of(self, position: int) -> int:
        if position >= self._position:
            self._line += self._text.count("\n", self._position, position)
        else:
            self._line -= self._text.count("\n", position, self._position)
        self._position = position
        return self._line
