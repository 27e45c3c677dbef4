"""The part of a passage that shows best why it answers a query. Pure; for display only."""

from __future__ import annotations

import re

from infra.pipeline.normalise import normalise
from infra.pipeline.sentences import sentence_spans

_WORD = re.compile(r"\w+")
_HEADING = re.compile(r"^ {0,3}#{1,6}(?:[ \t].*)?$", re.MULTILINE)
_TABLE_RULE = re.compile(r"^[ \t]*\|[ \t|:-]+\|[ \t]*\n?", re.MULTILINE)
_TABLE_ROWS = re.compile(r"[ \t]*\|[ \t]*\n[ \t]*\|[ \t]*")
_TABLE_EDGE = re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE)


def snippet(text: str, query: str, *, max_chars: int) -> str:
    """At most `max_chars` characters of `text` around the sentence with most words of `query`.

    Headings and table rules are left out; `…` marks where text was left out around it.
    """
    sentences = _sentences(text)
    stems = _stems(query)
    matches = [len(stems & _stems(sentence)) for sentence in sentences]
    first = matches.index(max(matches))
    # Room left after the last sentence goes to those before the best one.
    while first and len(" ".join(sentences[first - 1 :])) + 2 <= max_chars:
        first -= 1
    lead = "… " if first else ""
    shown = lead + " ".join(sentences[first:])
    if len(shown) <= max_chars:
        return shown
    return shown[: max_chars - 2].rsplit(" ", 1)[0] + " …"


def _sentences(text: str) -> list[str]:
    body = _TABLE_RULE.sub("", _HEADING.sub("", text)).strip() or text.strip()
    body = _TABLE_EDGE.sub("", _TABLE_ROWS.sub("; ", body)).replace(" | ", " · ")
    # A passage that is all bars and dashes is shown as it is.
    return [" ".join(body[start:end].split()) for start, end in sentence_spans(body)] or [
        " ".join(text.split())
    ]


def _stems(text: str) -> set[str]:
    """Beginnings of words, a rough stand-in for stems: endings carry little in both languages."""
    words = _WORD.findall(normalise(text).casefold())
    return {word[: max(4, len(word) - 2)] for word in words if len(word) > 2}
