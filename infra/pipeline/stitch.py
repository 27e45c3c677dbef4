"""Joins the passages of one section to its text again. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from infra.pipeline.records import Passage


def stitched(passages: Iterable[Passage]) -> str:
    """The text that the passages of one section were cut from.

    What neighbours share appears once. Between two that do not touch only white space was left out:
    as many line breaks as their lines are apart, else a space. A passage that is missing leaves no
    mark.
    """
    parts: list[str] = []
    end = end_line = 0
    for passage in sorted(passages, key=lambda passage: (passage.start, passage.position)):
        if parts and passage.start > end:
            parts.append("\n" * (passage.first_line - end_line) or " ")
            end = passage.start
        parts.append(passage.text[end - passage.start :] if parts else passage.text)
        end = max(end, passage.start + len(passage.text))
        end_line = max(end_line, passage.last_line)
    return "".join(parts)
