"""Cuts documents into passages of at most so many tokens: by heading, paragraph, sentence, word.

Passages are verbatim slices of the document, so that a reader can find them. Lengths are those of
the text that the model sees, as counted by the embed server itself through `count_tokens`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from infra.errors import InternalError
from infra.pipeline.language import language_of
from infra.pipeline.lead import Lead, leads_of
from infra.pipeline.markdown import BlockKind
from infra.pipeline.model_text import text_below
from infra.pipeline.pack import Unit, pack
from infra.pipeline.records import Document, Language, Passage
from infra.pipeline.sections import Section, sections_of
from infra.pipeline.sentences import Span
from infra.pipeline.units import Blocks, Measure, TokenCounter, units_of
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
    measure = Measure(limit=settings.max_tokens, count_tokens=count_tokens)
    cuts = _cuts(document, settings, measure)
    _pack(document.text, cuts, settings, measure)
    lines = _LineCounter(document.text)
    fallback = language_of(document.text) or document.language_hint or Language.ENGLISH
    passages: list[Passage] = []
    twins: Counter[tuple[str, str]] = Counter()
    number = -1
    for cut in cuts:
        section_start = section_tokens = 0
        for index, ((start, end), tokens) in enumerate(cut.packed):
            lead = cut.lead_of((start, end))
            if index == 0 or section_tokens + tokens > settings.section_max_tokens:
                number, section_start, section_tokens = number + 1, start, 0
            section_tokens += tokens
            text = document.text[start:end]
            passages.append(
                Passage(
                    doc_id=document.doc_id,
                    position=len(passages),
                    title=document.title,
                    section=cut.section.path,
                    lang=language_of(text) or fallback,
                    text=text,
                    tokens=tokens,
                    first_line=lines.line_of(start),
                    last_line=lines.line_of(end - 1),
                    start=start - section_start,
                    section_number=number,
                    place=document.place_of(start),
                    lead=lead,
                    twin=twins[lead, text],
                    root=document.root,
                )
            )
            twins[lead, text] += 1
    return passages


@dataclass(slots=True)
class _Cut:
    """One section on its way to passages: its lead, what that leaves for the text, its units."""

    section: Section
    lead: Lead
    limit: int
    units: list[list[Unit]]
    packed: list[tuple[Span, int]]

    def lead_of(self, span: Span) -> str:
        """The line above the passage at `span`."""
        said = {
            " ".join(block.heading.split())
            for block in self.section.blocks
            if block.kind is BlockKind.HEADING and span[0] <= block.start and block.end <= span[1]
        }
        return self.lead.without(said)


def _cuts(document: Document, settings: PassageSettings, measure: Measure) -> list[_Cut]:
    sections = sections_of(document)
    leads = [Lead() for _ in sections]
    if settings.with_headings:
        paths = [section.path for section in sections]
        leads = leads_of(document.title, paths, max_tokens=settings.max_tokens, measure=measure)
    limits = [settings.max_tokens - lead.tokens for lead in leads]
    groups = [
        Blocks(section.blocks, limit) for section, limit in zip(sections, limits, strict=True)
    ]
    units = units_of(document.text, groups, measure)
    return [
        _Cut(section=section, lead=lead, limit=limit, units=own, packed=[])
        for section, lead, limit, own in zip(sections, leads, limits, units, strict=True)
    ]


def _pack(text: str, cuts: list[_Cut], settings: PassageSettings, measure: Measure) -> None:
    """Give each cut its spans that fit, each with its length in tokens as really counted."""
    pending = [(cut, max(1, cut.limit - measure.added)) for cut in cuts]
    while pending:
        spans = [
            pack(cut.units, budget=budget, overlap=settings.overlap_tokens)
            for cut, budget in pending
        ]
        counts = iter(
            measure.count(
                [
                    text_below(cut.lead_of(span), text[slice(*span)])
                    for (cut, _), own in zip(pending, spans, strict=True)
                    for span in own
                ]
            )
        )
        later: list[tuple[_Cut, int]] = []
        for (cut, budget), own in zip(pending, spans, strict=True):
            cut.packed = [(span, next(counts)) for span in own]
            excess = max(tokens for _, tokens in cut.packed) - settings.max_tokens
            if excess > 0:
                later.append((cut, _tighter(cut, budget, excess, settings.max_tokens)))
        pending = later


def _tighter(cut: _Cut, budget: int, excess: int, max_tokens: int) -> int:
    """The next budget after units came out longer together than in sum.

    At a budget of 1 each passage is one unit, and units are known to fit without a lead.
    """
    if budget > 1:
        return max(1, budget - excess)
    if not cut.lead.parts:
        raise InternalError(
            f"a passage of {max_tokens + excess} tokens could not be cut to {max_tokens}",
            why="each of its parts was counted to fit on its own",
            remedy="report this together with the document that was being indexed",
        )
    cut.lead = Lead()
    return budget


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
