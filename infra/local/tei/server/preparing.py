"""From a call's text, pair or ids to what the model sees: prompt, tokens, truncation.

Order of the checks and texts of the errors as in TEI 1.9.3. Knows no HTTP, permits or batches.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.tei.errors import empty, invalid
from infra.local.tei.model.interface import ModelInput, Pieces, Tokenizer
from infra.local.tei.server.limits import Limits, Prompts
from infra.local.tei.wire.records import Direction, Input, Truncation

_FRAME_SINGLE = 2
_FRAME_PAIR = 4


class Preparer:
    """The tokenizer of one server with its limits and prompts."""

    def __init__(self, tokenizer: Tokenizer, limits: Limits, prompts: Prompts) -> None:
        self._tokenizer = tokenizer
        self._limits = limits
        self._prompts = prompts

    def single(self, given: Input, truncation: Truncation, prompt_name: str | None) -> ModelInput:
        """One text, or one list of ids, which is decoded and tokenized again.

        Raises:
            TeiError: the input is empty or too long, or the prompt is not known.
        """
        if not given:
            raise empty("inputs")
        is_cut = self._is_cut(truncation)
        if not is_cut:
            self._check_characters(len(given))
        prompt = self._prompts.chosen(prompt_name)
        text = given if isinstance(given, str) else self.text_of(given, skip_special_tokens=False)
        # Ids come with their own special tokens, or without; a prompt makes them a text again.
        framed = isinstance(given, str) or prompt is not None
        frame = _FRAME_SINGLE if framed else 0
        pieces = self._encoded(
            (prompt or "") + text,
            most=max(0, self._limits.max_input_tokens - frame) if is_cut else None,
            direction=truncation.direction,
        )
        prepared = ModelInput(pieces, framed=framed)
        self._check_tokens(prepared.tokens)
        return prepared

    def pair(
        self, query: str, text: str, truncation: Truncation, prompt_name: str | None = None
    ) -> ModelInput:
        """A query and a text; when too long, the longer of the two is cut first.

        Raises:
            TeiError: both are empty, they are too long, or the server has a prompt.
        """
        if not query and not text:
            raise empty("inputs")
        is_cut = self._is_cut(truncation)
        if not is_cut:
            self._check_characters(len(query) + len(text))
        if self._prompts.default is not None or prompt_name is not None:
            raise invalid("`prompt_name` cannot be set with dual inputs")
        room = max(0, self._limits.max_input_tokens - _FRAME_PAIR)
        most = room if is_cut else None
        first = self._encoded(query, most=most, direction=truncation.direction)
        second = self._encoded(text, most=most, direction=truncation.direction)
        if is_cut:
            first, second = _cut_longest_first(first, second, room, truncation.direction)
        prepared = ModelInput(first, second)
        self._check_tokens(prepared.tokens)
        return prepared

    def whole(self, text: str, prompt_name: str | None) -> Pieces:
        """Every token of a text, for `/tokenize`.

        Raises:
            TeiError: the text is empty or has too many characters, or the prompt is not known.
        """
        if not text:
            raise empty("inputs")
        self._check_characters(len(text))
        return self._tokenizer.encode((self._prompts.chosen(prompt_name) or "") + text)

    def text_of(self, ids: Sequence[int], *, skip_special_tokens: bool) -> str:
        """The text of ids.

        Raises:
            EmptyInputError: there are no ids.
        """
        if not ids:
            raise empty("input_ids")
        return self._tokenizer.decode(ids, skip_special_tokens=skip_special_tokens)

    def _is_cut(self, truncation: Truncation) -> bool:
        wanted = truncation.truncate
        return self._limits.auto_truncate if wanted is None else wanted

    def _encoded(self, text: str, *, most: int | None, direction: Direction) -> Pieces:
        if most is None or direction == "right":
            return self._tokenizer.encode(text, at_most=most)
        pieces = self._tokenizer.encode(text)
        return pieces.last(min(most, len(pieces)))

    def _check_characters(self, count: int) -> None:
        limit = self._limits.max_input_characters
        if count > limit:
            raise invalid(f"`inputs` must have less than {limit} characters. Given: {count}")

    def _check_tokens(self, count: int) -> None:
        limit = self._limits.max_input_tokens
        if count > limit:
            raise invalid(f"`inputs` must have less than {limit} tokens. Given: {count}")


def _cut_longest_first(
    first: Pieces, second: Pieces, room: int, direction: Direction
) -> tuple[Pieces, Pieces]:
    """Both fit into `room` tokens: only the longer is cut, or both to a half."""
    if len(first) + len(second) <= room:
        return first, second
    shorter = min(len(first), len(second))
    keep_short = shorter if shorter <= room - shorter else room // 2
    keep_long = room - keep_short
    if len(first) <= len(second):
        return _kept(first, keep_short, direction), _kept(second, keep_long, direction)
    return _kept(first, keep_long, direction), _kept(second, keep_short, direction)


def _kept(pieces: Pieces, count: int, direction: Direction) -> Pieces:
    return pieces.first(count) if direction == "right" else pieces.last(count)
