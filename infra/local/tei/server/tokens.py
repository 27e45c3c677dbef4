"""The tokenizer routes: `/tokenize` and `/decode`. No permit, no queue, never 429."""

from __future__ import annotations

from infra.local.tei.errors import EmptyInputError, over_client_batch
from infra.local.tei.model.interface import BOS_ID, EOS_ID, SPECIAL_TEXTS, Pieces
from infra.local.tei.server.engine import Engine
from infra.local.tei.wire import answers
from infra.local.tei.wire.answers import Answer
from infra.local.tei.wire.records import DecodeBody, TokenizeBody


async def tokenize(engine: Engine, body: TokenizeBody) -> Answer:
    """`/tokenize`: every token with its place in bytes, nothing truncated."""
    if not body.inputs:
        raise EmptyInputError("`inputs` cannot be empty")
    _check_client_batch(engine, len(body.inputs))
    text = await engine.on_tokenizer(
        lambda: answers.array(_tokens_text(engine, body, text) for text in body.inputs)
    )
    return answers.json_answer(text)


async def decode(engine: Engine, body: DecodeBody) -> Answer:
    """`/decode`: the text of each list of ids."""
    _check_client_batch(engine, len(body.ids))
    skip = body.skip_special_tokens
    texts = await engine.on_tokenizer(
        lambda: [engine.preparer.text_of(ids, skip_special_tokens=skip) for ids in body.ids]
    )
    return answers.json_answer(answers.compact(texts))


def _tokens_text(engine: Engine, body: TokenizeBody, text: str) -> str:
    pieces = engine.preparer.whole(text, body.prompt_name)
    tokens = [
        _token_text(token_id, pieces.text[start:stop], f"{at}", f"{until}")
        for token_id, (start, stop), (at, until) in zip(
            pieces.ids, pieces.spans, _byte_spans(pieces), strict=True
        )
    ]
    if body.add_special_tokens:
        tokens = [_special_text(BOS_ID), *tokens, _special_text(EOS_ID)]
    return answers.array(tokens)


def _token_text(token_id: int, text: str, start: str, stop: str) -> str:
    """Special tokens that a client wrote into its text are not marked special, as in TEI."""
    shown = answers.compact(text)
    return f'{{"id":{token_id},"text":{shown},"special":false,"start":{start},"stop":{stop}}}'


def _special_text(token_id: int) -> str:
    text = answers.compact(SPECIAL_TEXTS[token_id])
    return f'{{"id":{token_id},"text":{text},"special":true,"start":null,"stop":null}}'


def _byte_spans(pieces: Pieces) -> list[tuple[int, int]]:
    """Places in UTF-8 bytes; the spans come in order, so the text is walked once."""
    found: list[tuple[int, int]] = []
    at = byte = 0
    for start, stop in pieces.spans:
        byte += len(pieces.text[at:start].encode())
        found.append((byte, byte + len(pieces.text[start:stop].encode())))
        at = start
    return found


def _check_client_batch(engine: Engine, size: int) -> None:
    if size > engine.limits.max_client_batch_size:
        raise over_client_batch(size, engine.limits.max_client_batch_size)
