"""The part of a passage that shows best why it answers a query. Pure; for display only."""

from __future__ import annotations

import re

from infra.pipeline.normalise import normalise
from infra.pipeline.sentences import sentence_spans

_WORD = re.compile(r"\w+")
_HEADING = re.compile(r"^ {0,3}#{1,6}(?:[ \t].*)?$", re.MULTILINE)
_TABLE_RULE = re.compile(r"^\s*\|[\s|:-]+\|\s*$", re.MULTILINE)


def snippet(text: str, query: str, *, max_chars: int) -> str:
    """At most `max_chars` characters of `text` from the sentence with the most words of `query`.

    Headings and table rules are left out; `…` marks where something was left out around it.
    """
    body = _TABLE_RULE.sub("", _HEADING.sub("", text)).strip() or text.strip()
    sentences = [" ".join(body[start:end].split()) for start, end in sentence_spans(body)]
    stems = _stems(query)
    matches = [len(stems & _stems(sentence)) for sentence in sentences]
    first = matches.index(max(matches))
    shown = " ".join(sentences[first:])
    lead = "… " if first else ""
    if len(lead) + len(shown) <= max_chars:
        return lead + shown
    cut = shown[: max_chars - len(lead) - 2]
    return f"{lead}{cut.rsplit(' ', 1)[0]} …"


def _stems(text: str) -> set[str]:
    """Beginnings of words, a rough stand-in for stems: endings carry little in both languages."""
    words = _WORD.findall(normalise(text).casefold())
    return {word[: max(4, len(word) - 2)] for word in words if len(word) > 2}
