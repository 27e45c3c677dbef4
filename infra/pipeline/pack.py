"""Packs the units of one section into passages under a token budget. Pure arithmetic on spans."""

from __future__ import annotations

from dataclasses import dataclass

from infra.pipeline.sentences import Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A part of the text that packing does not cut: `tokens` without special tokens.

    Only whole sentences (`is_sentence`) may be repeated in the next passage.
    """

    start: int
    end: int
    tokens: int
    is_sentence: bool
    is_heading: bool


def pack(paragraphs: list[list[Unit]], *, budget: int, overlap: int) -> list[Span]:
    """Spans of passages that hold at most `budget` tokens each, counted as the sum of their units.

    A paragraph that fits is not parted, unless only headings stand before it: a heading without a
    text is of no use. Neighbours share up to `overlap` tokens of whole sentences where room is
    left. A unit over the budget gets a passage of its own.
    """
    passages: list[list[Unit]] = []
    current: list[Unit] = []
    fresh = 0  # units of `current` that no earlier passage holds

    def close() -> None:
        nonlocal current, fresh
        if fresh:
            passages.append(current)
        current, fresh = [], 0

    for paragraph in paragraphs:
        size = _tokens(paragraph)
        only_headings = all(unit.is_heading for unit in current)
        if current and not only_headings and _tokens(current) + size > budget >= size:
            tail = _tail(current, min(overlap, budget - size))
            close()
            current = tail
        for unit in paragraph:
            if fresh and _tokens(current) + unit.tokens > budget:
                tail = _tail(current, min(overlap, budget - unit.tokens))
                close()
                current = tail
            current.append(unit)
            fresh += 1
    close()
    return [(units[0].start, units[-1].end) for units in passages]


def _tail(units: list[Unit], room: int) -> list[Unit]:
    """The last whole sentences of `units` that fit in `room` tokens, never all of the units."""
    tail: list[Unit] = []
    for unit in reversed(units[1:]):
        room -= unit.tokens
        if not unit.is_sentence or room < 0:
            break
        tail.insert(0, unit)
    return tail


def _tokens(units: list[Unit]) -> int:
    return sum(unit.tokens for unit in units)
