"""Parts texts into calls that a model server accepts and computes without waste. Pure."""

from __future__ import annotations

from collections.abc import Sequence

# TEI's default `--payload-limit` is 2,000,000 bytes; a tenth is left for names and quotes.
MAX_TEXT_BYTES = 1_800_000


def longest_first(
    texts: Sequence[str], tokens: Sequence[int], *, max_texts: int, max_tokens: int
) -> list[tuple[int, ...]]:
    """Positions of the texts that share a call, as `batches`, the longest texts in the first calls.

    Every position is in exactly one call; texts of equal length keep their order, and so do all
    where no `tokens` are known.
    """
    order = list(range(len(texts)))
    if tokens:
        order.sort(key=lambda index: -tokens[index])
    parts = batches(
        [texts[index] for index in order],
        max_texts=max_texts,
        tokens=[tokens[index] for index in order] if tokens else (),
        max_tokens=max_tokens,
    )
    return [tuple(order[place] for place in part) for part in parts]


def batches(
    texts: Sequence[str], *, max_texts: int, tokens: Sequence[int] = (), max_tokens: int = 0
) -> list[range]:
    """Ranges of neighbouring texts that one call may carry, in order, each text in one of them.

    With `tokens`, the padded size of a call (its texts times the longest of them, which is what
    the server computes) stays within `max_tokens`. A text over a limit gets a call of its own.
    """
    result: list[range] = []
    start = size = longest = 0
    for index, text in enumerate(texts):
        text_bytes = len(text.encode())
        text_tokens = tokens[index] if tokens else 0
        count = index - start + 1
        padded = count * max(longest, text_tokens)
        if count > 1 and (
            count > max_texts or size + text_bytes > MAX_TEXT_BYTES or padded > max_tokens > 0
        ):
            result.append(range(start, index))
            start, size, longest = index, 0, 0
        size += text_bytes
        longest = max(longest, text_tokens)
    if texts:
        result.append(range(start, len(texts)))
    return result
