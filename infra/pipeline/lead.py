"""The line above a passage that tells the models where it stands: title and headings. Pure.

A passage does not get what it says itself: on the sample lessons that was worth a little (nDCG@10
of the answers 0.926 with the whole path, 0.932 without what the passage holds, 0.921 without a
lead; local stand-in models), and it saves tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from infra.pipeline.normalise import normalise
from infra.pipeline.units import Measure

SEPARATOR = " › "

# The share of a passage that the lead may take: it must not crowd out the text.
_MOST_OF_A_PASSAGE = 1 / 4


class Lead(NamedTuple):
    """Title and headings that stand above a section, and their length in tokens together."""

    parts: tuple[str, ...] = ()
    tokens: int = 0

    def without(self, said: Collection[str]) -> str:
        """The line for a passage that holds the headings `said` itself."""
        return SEPARATOR.join(part for part in self.parts if part not in said)


def leads_of(
    title: str, paths: Sequence[tuple[str, ...]], *, max_tokens: int, measure: Measure
) -> list[Lead]:
    """The lead of each path of headings.

    The whole path where it is short enough, else title and last heading, else the last heading,
    else nothing.
    """
    choices = [_choices(title, path) for path in paths]
    every = sorted({parts for own in choices for parts in own})
    counts = measure.count([SEPARATOR.join(parts) for parts in every]) if every else []
    tokens = {parts: count - measure.added for parts, count in zip(every, counts, strict=True)}
    room = int(max_tokens * _MOST_OF_A_PASSAGE)
    return [
        next((Lead(parts, tokens[parts]) for parts in own if tokens[parts] <= room), Lead())
        for own in choices
    ]


def _choices(title: str, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Leads from the fullest to the shortest."""
    named = [" ".join(part.split()) for part in (title, *path) if normalise(part)]
    # A title that is a heading too is said once.
    named = list(dict.fromkeys(named))
    shorter = [tuple(named), (*named[:1], *named[1:][-1:]), tuple(named[-1:])]
    return [parts for parts in shorter if parts]
