"""The line above a passage that tells the models where it stands: title and headings. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from infra.pipeline.normalise import normalise
from infra.pipeline.units import Measure

SEPARATOR = " › "

# The share of a passage that the lead may take: it must not crowd out the text.
_MOST_OF_A_PASSAGE = 1 / 4


def leads_of(
    title: str, paths: Sequence[tuple[str, ...]], *, max_tokens: int, measure: Measure
) -> list[tuple[str, int]]:
    """For each path of headings the lead and its length in tokens, without special tokens.

    The whole path where it is short enough, else title and last heading, else the last heading,
    else nothing.
    """
    choices = [_choices(title, path) for path in paths]
    every = sorted({lead for leads in choices for lead in leads})
    counts = measure.count(every) if every else []
    tokens = {lead: count - measure.added for lead, count in zip(every, counts, strict=True)}
    room = int(max_tokens * _MOST_OF_A_PASSAGE)
    return [
        next(((lead, tokens[lead]) for lead in leads if tokens[lead] <= room), ("", 0))
        for leads in choices
    ]


def _choices(title: str, path: tuple[str, ...]) -> list[str]:
    """Leads from the fullest to the shortest."""
    named = [" ".join(part.split()) for part in (title, *path) if normalise(part)]
    shorter = [named, [*named[:1], *named[-1:]], named[-1:]]
    return [SEPARATOR.join(parts) for parts in shorter if parts]
