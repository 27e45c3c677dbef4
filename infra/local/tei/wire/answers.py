"""What goes back: status, headers in TEI's order, compact JSON. Knows no route and no model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.tei.errors import TeiError
from infra.local.tei.wire.floats import Vector, float32_text, vector_text

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer without the headers that every answer has."""

    status: int
    headers: tuple[Header, ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class BadBodyError(Exception):
    """A body that could not be read: answered in plain text."""

    status: int
    text: str


def json_answer(text: str, headers: Sequence[Header] = ()) -> Answer:
    """200 with JSON text that is already written."""
    return Answer(200, (("content-type", "application/json"), *headers), text.encode())


def plain_answer(status: int, text: str) -> Answer:
    """Plain text, as for bodies that could not be read."""
    return Answer(status, (("content-type", "text/plain; charset=utf-8"),), text.encode())


def error_answer(error: TeiError, *, is_openai: bool) -> Answer:
    """TEI's error body, in the OpenAI routes' form or its own."""
    body: dict[str, Any] = (
        {"message": error.message, "code": error.status, "type": error.error_type}
        if is_openai
        else {"error": error.message, "error_type": error.error_type}
    )
    return Answer(error.status, (("content-type", "application/json"),), compact(body).encode())


def compact(value: Any) -> str:
    """JSON without spaces, other letters than ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def array(items: Iterable[str]) -> str:
    """A JSON array of JSON texts."""
    return "[" + ",".join(items) + "]"


def rows_text(rows: Vector) -> str:
    """A matrix as an array of arrays."""
    return array(map(vector_text, rows))


def rank_text(index: int, score: float, text: str | None) -> str:
    """One line of a rerank answer: index, text when asked for, score."""
    shown = "" if text is None else f'"text":{compact(text)},'
    return f'{{"index":{index},{shown}"score":{float32_text(score)}}}'


def prediction_text(score: float, label: str) -> str:
    """One label of a predict answer."""
    return f'{{"score":{float32_text(score)},"label":{compact(label)}}}'


def openai_text(embeddings: Sequence[str], model: str, tokens: int) -> str:
    """The body of `/v1/embeddings`; `embeddings` are JSON texts."""
    data = array(
        f'{{"object":"embedding","embedding":{embedding},"index":{index}}}'
        for index, embedding in enumerate(embeddings)
    )
    usage = compact({"prompt_tokens": tokens, "total_tokens": tokens})
    return f'{{"object":"list","data":{data},"model":{compact(model)},"usage":{usage}}}'
