"""Reads the bodies of TEI's routes: their fields, in TEI's order, into frozen records.

The order matters, because serde also accepts a body as an array in field order. Knows nothing of
models, limits or HTTP status codes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.tei.wire import shapes
from infra.local.tei.wire.reader import JsonError, Reader
from infra.local.tei.wire.records import (
    DecodeBody,
    EmbedBody,
    Input,
    PredictBody,
    PredictItem,
    RerankBody,
    SimilarityBody,
    TokenizeBody,
    Truncation,
)
from infra.local.tei.wire.shapes import Field

_PREDICT_EXPECTED = (
    "a string, a pair of strings [string, string] or a batch of mixed strings and pairs "
    "[[string], [string, string], ...]"
)


def embed(reader: Reader) -> EmbedBody:
    """Body of `/embed`."""
    values = _EMBED(reader)
    return _embed_body(
        values["inputs"],
        truncation=_truncation(values),
        prompt_name=values["prompt_name"],
        normalize=values["normalize"],
        dimensions=values["dimensions"],
    )


def embed_all(reader: Reader) -> EmbedBody:
    """Body of `/embed_all`."""
    return _token_level(_EMBED_ALL(reader))


def embed_sparse(reader: Reader) -> EmbedBody:
    """Body of `/embed_sparse`."""
    return _token_level(_EMBED_SPARSE(reader))


def openai(reader: Reader) -> EmbedBody:
    """Body of `/v1/embeddings`; `model` and `user` are checked for their type and ignored."""
    values = _OPENAI(reader)
    return _embed_body(
        values["input"],
        dimensions=values["dimensions"],
        as_base64=values["encoding_format"] == "base64",
    )


def rerank(reader: Reader) -> RerankBody:
    """Body of `/rerank`."""
    values = _RERANK(reader)
    return RerankBody(
        query=values["query"],
        texts=values["texts"],
        truncation=_truncation(values),
        raw_scores=values["raw_scores"],
        return_text=values["return_text"],
    )


def predict(reader: Reader) -> PredictBody:
    """Body of `/predict`."""
    values = _PREDICT(reader)
    items, is_batch = values["inputs"]
    return PredictBody(
        items=items,
        is_batch=is_batch,
        truncation=_truncation(values),
        raw_scores=values["raw_scores"],
    )


def similarity(reader: Reader) -> SimilarityBody:
    """Body of `/similarity`."""
    values = _SIMILARITY(reader)
    parameters = values["parameters"] or _NO_PARAMETERS
    return SimilarityBody(
        source=values["inputs"]["source_sentence"],
        sentences=values["inputs"]["sentences"],
        truncation=_truncation(parameters),
        prompt_name=parameters["prompt_name"],
    )


def tokenize(reader: Reader) -> TokenizeBody:
    """Body of `/tokenize`."""
    values = _TOKENIZE(reader)
    inputs = values["inputs"]
    return TokenizeBody(
        inputs=[inputs] if isinstance(inputs, str) else inputs,
        add_special_tokens=values["add_special_tokens"],
        prompt_name=values["prompt_name"],
    )


def decode(reader: Reader) -> DecodeBody:
    """Body of `/decode`."""
    values = _DECODE(reader)
    ids = values["ids"]
    return DecodeBody(
        ids=[ids] if _is_ids(ids) else ids,
        skip_special_tokens=values["skip_special_tokens"],
    )


def vertex(reader: Reader) -> list[bytes]:
    """Body of `/vertex`: each instance as the bytes it was sent as."""
    instances: list[bytes] = _VERTEX(reader)["instances"]
    return instances


def _raw(reader: Reader) -> bytes:
    reader.peek()
    start = reader.index
    shapes.any_content(reader)
    return reader.data[start : reader.index]


def _token_level(values: dict[str, Any]) -> EmbedBody:
    return _embed_body(
        values["inputs"], truncation=_truncation(values), prompt_name=values["prompt_name"]
    )


def _embed_body(inputs: Input | list[Input], **others: Any) -> EmbedBody:
    return EmbedBody(inputs=inputs, is_batch=not _is_input(inputs), **others)


def _truncation(values: dict[str, Any]) -> Truncation:
    return Truncation(
        truncate=values["truncate"],
        direction="left" if values["truncation_direction"] in ("Left", "left") else "right",
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(type(one) is int and 0 <= one < 2**32 for one in value)


def _is_input(value: Any) -> bool:
    return _is_text(value) or _is_ids(value)


def _is_list_of(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(accepts, value))


def _predict_inputs(reader: Reader) -> tuple[list[PredictItem], bool]:
    """One string, one pair, or a batch of both; the first element of an array decides."""
    if reader.peek() != ord("["):
        value = shapes.any_value(reader, expected=_PREDICT_EXPECTED, accepts=(str,))
        return [(value,)], False
    reader.enter()
    try:
        return _predict_array(reader)
    except JsonError as error:
        if error.index is None:
            if reader.peek() == ord("]"):
                reader.index += 1
            error.index = reader.index
        raise


def _predict_array(reader: Reader) -> tuple[list[PredictItem], bool]:
    if not reader.has_item(first=True):
        raise _wrong_length(0)
    first = shapes.untagged("Internal", _is_text, _is_list_of(_is_text))(reader)
    if isinstance(first, str):
        values = [first]
        while reader.has_item(first=False):
            values.append(shapes.text(reader))
        items = [_predict_item(values)]
    else:
        items = [_predict_item(first)]
        while reader.has_item(first=False):
            items.append(_predict_item(shapes.sequence(shapes.text)(reader)))
    reader.leave()
    return items, not isinstance(first, str)


def _predict_item(values: list[str]) -> PredictItem:
    match values:
        case [one]:
            return (one,)
        case [one, other]:
            return (one, other)
        case _:
            raise _wrong_length(len(values))


def _wrong_length(length: int) -> JsonError:
    return JsonError(f"invalid length {length}, expected {_PREDICT_EXPECTED}")


_INPUTS = Field("inputs", shapes.untagged("Input", _is_input, _is_list_of(_is_input)))
_TRUNCATE = Field("truncate", shapes.optional(shapes.boolean), None)
_DIRECTION = Field(
    "truncation_direction", shapes.variant("Left", "left", "Right", "right"), "Right"
)
_PROMPT_NAME = Field("prompt_name", shapes.optional(shapes.text), None, in_array=False)
_RAW_SCORES = Field("raw_scores", shapes.boolean, default=False)
_DIMENSIONS = Field("dimensions", shapes.optional(shapes.size), None, in_array=False)

_EMBED = shapes.struct(
    "EmbedRequest",
    _INPUTS,
    _TRUNCATE,
    _DIRECTION,
    _PROMPT_NAME,
    Field("normalize", shapes.boolean, default=True),
    _DIMENSIONS,
)
_EMBED_ALL = shapes.struct("EmbedAllRequest", _INPUTS, _TRUNCATE, _DIRECTION, _PROMPT_NAME)
_EMBED_SPARSE = shapes.struct("EmbedSparseRequest", _INPUTS, _TRUNCATE, _DIRECTION, _PROMPT_NAME)
_OPENAI = shapes.struct(
    "OpenAICompatRequest",
    Field("input", _INPUTS.parse),
    Field("model", shapes.optional(shapes.text), None, in_array=False),
    Field("user", shapes.optional(shapes.text), None, in_array=False),
    Field("encoding_format", shapes.variant("float", "base64"), "float"),
    _DIMENSIONS,
)
_RERANK = shapes.struct(
    "RerankRequest",
    Field("query", shapes.text),
    Field("texts", shapes.sequence(shapes.text)),
    _TRUNCATE,
    _DIRECTION,
    _RAW_SCORES,
    Field("return_text", shapes.boolean, default=False),
)
_PREDICT = shapes.struct(
    "PredictRequest", Field("inputs", _predict_inputs), _TRUNCATE, _DIRECTION, _RAW_SCORES
)
_NO_PARAMETERS: dict[str, Any] = {
    "truncate": None,
    "truncation_direction": "Right",
    "prompt_name": None,
}
_SIMILARITY = shapes.struct(
    "SimilarityRequest",
    Field(
        "inputs",
        shapes.struct(
            "SimilarityInput",
            Field("source_sentence", shapes.text),
            Field("sentences", shapes.sequence(shapes.text)),
        ),
    ),
    Field(
        "parameters",
        shapes.optional(shapes.struct("SimilarityParameters", _TRUNCATE, _DIRECTION, _PROMPT_NAME)),
        None,
        in_array=False,
    ),
)
_TOKENIZE = shapes.struct(
    "TokenizeRequest",
    Field("inputs", shapes.untagged("TokenizeInput", _is_text, _is_list_of(_is_text))),
    Field("add_special_tokens", shapes.boolean, default=True),
    _PROMPT_NAME,
)
_DECODE = shapes.struct(
    "DecodeRequest",
    Field("ids", shapes.untagged("InputIds", _is_ids, _is_list_of(_is_ids))),
    Field("skip_special_tokens", shapes.boolean, default=True),
)
_VERTEX = shapes.struct("VertexRequest", Field("instances", shapes.sequence(_raw)))
