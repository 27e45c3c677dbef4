"""Cuts blocks into units, the parts that packing does not cut, each short enough for one passage.

A unit is a sentence, or a whole block that must not be parted; one that is too long is cut between
lines (code, tables), then words, then anywhere. Lengths come from the embed server's tokenizer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from infra.errors import InternalError
from infra.pipeline.markdown import Block, BlockKind
from infra.pipeline.normalise import normalise
from infra.pipeline.pack import Unit
from infra.pipeline.sentences import Span, line_spans, sentence_spans, trimmed_spans, word_spans

TokenCounter = Callable[[Sequence[str]], list[int]]

# No tokenizer of the XLM-R family makes tokens longer than this on average, so a longer text need
# not be sent to the server to know that it does not fit.
_CHARS_PER_TOKEN_BOUND = 16


class Measure:
    """Lengths of texts in tokens, as the model sees them."""

    def __init__(self, *, limit: int, count_tokens: TokenCounter) -> None:
        self._bound = limit * _CHARS_PER_TOKEN_BOUND
        self._count_tokens = count_tokens
        one, two = count_tokens(["a", "a a"])
        # Special tokens of every text, by the difference that a second word makes.
        self.added = max(0, 2 * one - two)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text; a lower bound that exceeds the limit for those far too long."""
        seen = [normalise(text) for text in texts]
        short = [text for text in seen if len(text) <= self._bound]
        counts = iter(self._count_tokens(short) if short else [])
        return [
            next(counts) if len(text) <= self._bound else -(-len(text) // _CHARS_PER_TOKEN_BOUND)
            for text in seen
        ]


class Blocks(NamedTuple):
    """Blocks that are cut under one limit: the tokens a passage may hold, special ones included."""

    blocks: list[Block]
    limit: int


def units_of(text: str, groups: Sequence[Blocks], measure: Measure) -> list[list[list[Unit]]]:
    """For each group and each of its blocks the units in order; none is longer than the limit.

    All groups are measured together, so that a document costs few calls.

    Raises:
        InternalError: the counter calls a single character longer than the limit.
    """
    pieces: list[list[list[_Piece]]] = []
    for blocks, limit in groups:
        by_block: list[list[_Piece]] = []
        for block in blocks:
            if block.kind is BlockKind.PROSE:
                inner = sentence_spans(text[block.start : block.end])
                by_block.append([_Piece(_moved(span, block.start), limit) for span in inner])
            else:
                by_block.append([_Piece((block.start, block.end), limit, block.kind)])
        pieces.append(by_block)
    every = [piece for by_block in pieces for group in by_block for piece in group]
    fitted = _fitted(text, every, measure)
    return [
        [[unit for piece in group for unit in fitted[piece]] for group in by_block]
        for by_block in pieces
    ]


class _Piece(NamedTuple):
    """A part of a block on its way to become units of at most `limit` tokens."""

    span: Span
    limit: int
    kind: BlockKind = BlockKind.PROSE
    is_whole: bool = True

    def as_unit(self, tokens: int) -> Unit:
        return Unit(
            start=self.span[0],
            end=self.span[1],
            tokens=tokens,
            is_sentence=self.is_whole and self.kind is BlockKind.PROSE,
            is_heading=self.kind is BlockKind.HEADING,
        )


def _fitted(text: str, pieces: list[_Piece], measure: Measure) -> dict[_Piece, list[Unit]]:
    """Each piece as units within its limit: itself where it fits, else its parts."""
    done: dict[_Piece, list[Unit]] = {piece: [] for piece in pieces}
    pending = [(piece, piece) for piece in pieces]
    while pending:
        counts = measure.count([text[slice(*part.span)] for _, part in pending])
        later: list[tuple[_Piece, _Piece]] = []
        for (piece, part), count in zip(pending, counts, strict=True):
            if count <= piece.limit:
                done[piece].append(part.as_unit(max(1, count - measure.added)))
            else:
                wanted = -(-count // piece.limit)
                later.extend((piece, smaller) for smaller in _parts(text, part, wanted))
        pending = later
    for units in done.values():
        units.sort(key=lambda unit: unit.start)
    return done


def _parts(text: str, piece: _Piece, wanted: int) -> list[_Piece]:
    """`piece` cut in about `wanted` parts of equal length: between lines, words, then anywhere."""
    start, end = piece.span
    inner = text[start:end]
    spans = line_spans(inner) if piece.kind is BlockKind.VERBATIM else []
    if len(spans) < 2:
        spans = word_spans(inner)
    if len(spans) < 2:
        step = -(-len(inner) // max(2, wanted))
        spans = trimmed_spans(inner, list(range(step, len(inner), step)))
    if len(spans) < 2:
        raise InternalError(
            f"one character ({inner!r}) is longer than a passage may be",
            why="the embed server counts it as more tokens than passages.max_tokens",
            remedy="report this together with the document that was being indexed",
        )
    return [
        piece._replace(span=_moved(span, start), is_whole=False)
        for span in _grouped(spans, max(2, wanted))
    ]


def _grouped(spans: list[Span], wanted: int) -> list[Span]:
    """Neighbouring spans joined to about `wanted` groups of equal length, at least two."""
    target = (spans[-1][1] - spans[0][0]) / wanted
    groups: list[Span] = []
    for start, end in spans:
        if groups and end - groups[-1][0] <= target:
            groups[-1] = (groups[-1][0], end)
        else:
            groups.append((start, end))
    return groups


def _moved(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by
