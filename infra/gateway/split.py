"""Parts a list of texts into calls of one model server, longest texts first. Pure.

Longest first puts texts of like length into the same call, where the server pads them to the
longest; and a call that would not fit fails before the others have cost anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.pipeline.batches import batches

# Tokens per character before the server has said better; too many is the safe side, since calls
# come out smaller.
FIRST_TOKENS_PER_CHARACTER = 0.4
_NEWEST = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class CallLimits:
    """The most that one call may carry: texts, and padded tokens (texts times the longest)."""

    texts: int
    tokens: int


def plan_calls(
    texts: Sequence[str], tokens: Sequence[int], limits: CallLimits
) -> list[tuple[int, ...]]:
    """Positions of the texts that go together; every position is in exactly one call.

    A text that alone is over the token limit has a call of its own.
    """
    order = sorted(range(len(texts)), key=lambda index: (-tokens[index], index))
    parts = batches(
        [texts[index] for index in order],
        max_texts=limits.texts,
        tokens=[tokens[index] for index in order],
        max_tokens=limits.tokens,
    )
    return [tuple(order[place] for place in part) for part in parts]


class TokenEstimate:
    """Tokens of a text from its length, by the ratio that the server's own answers show."""

    def __init__(self) -> None:
        self._per_character = FIRST_TOKENS_PER_CHARACTER

    def tokens(self, text: str) -> int:
        """About how many tokens, the two special ones included; never less than 3."""
        return 3 + int(len(text) * self._per_character)

    def learn(self, *, characters: int, tokens: int) -> None:
        """Take in what one answer counted."""
        if characters > 0 and tokens > 0:
            seen = tokens / characters
            self._per_character += _NEWEST * (seen - self._per_character)


def may_exceed(characters: int, max_tokens: int) -> bool:
    """Whether a text of that length could have more tokens, and should be counted by the server.

    A token of prose is at least a character; a rare sign that the tokenizer spells out is missed
    here, and judged by the server.
    """
    return characters + 4 > max_tokens
