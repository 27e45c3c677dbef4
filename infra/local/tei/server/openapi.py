"""The server's own OpenAPI description, short but true to what it answers."""

from __future__ import annotations

from typing import Any

from infra.local.tei.server.flags import ServerSettings
from infra.local.tei.wire.answers import compact

# Path, what it does, the JSON fields of the body, statuses beside 200.
_BAD_BODY = (400, 413, 415, 422)
_INFERENCE = (*_BAD_BODY, 424, 429)
_POSTS: tuple[tuple[str, str, dict[str, str], tuple[int, ...]], ...] = (
    (
        "/embed",
        "Vectors of texts",
        {
            "inputs": "input",
            "truncate": "boolean",
            "truncation_direction": "string",
            "prompt_name": "string",
            "normalize": "boolean",
            "dimensions": "integer",
        },
        _INFERENCE,
    ),
    ("/embed_all", "One raw vector per token", {"inputs": "input"}, _INFERENCE),
    ("/embed_sparse", "Answers 424: no SPLADE pooling here", {"inputs": "input"}, _INFERENCE),
    (
        "/rerank",
        "Scores of texts for a query, best first",
        {
            "query": "string",
            "texts": "strings",
            "raw_scores": "boolean",
            "return_text": "boolean",
            "truncate": "boolean",
            "truncation_direction": "string",
        },
        _INFERENCE,
    ),
    ("/predict", "Labels of a text or pair", {"inputs": "input"}, _INFERENCE),
    ("/similarity", "Cosine of a source and sentences", {"inputs": "object"}, _INFERENCE),
    ("/tokenize", "Tokens of texts", {"inputs": "input"}, _BAD_BODY),
    ("/decode", "Text of token ids", {"ids": "input"}, _BAD_BODY),
    (
        "/v1/embeddings",
        "Vectors in the OpenAI shape",
        {"input": "input", "encoding_format": "string", "dimensions": "integer"},
        _INFERENCE,
    ),
    ("/embeddings", "The same as /v1/embeddings", {"input": "input"}, _INFERENCE),
    ("/vertex", "Several bodies at once", {"instances": "objects"}, _INFERENCE),
    ("/invocations", "The model's own route", {}, _INFERENCE),
)
_GETS = (
    ("/health", "Alive: 200 with an empty body", False),
    ("/ping", "Alive: 200 with an empty body", False),
    ("/metrics", "Prometheus text", False),
    ("/info", "Model and limits", True),
)
_TYPES: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "minimum": 0},
    "object": {"type": "object"},
    "objects": {"type": "array", "items": {"type": "object"}},
    "string": {"type": "string"},
    "strings": {"type": "array", "items": {"type": "string"}},
    "input": {"oneOf": [{"type": "string"}, {"type": "array", "items": {}}]},
}
_REQUIRED = ("inputs", "input", "ids", "instances", "query", "texts")

DOCS_PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Local TEI stand-in</title></head>
<body><h1>Local TEI stand-in</h1>
<p>HTTP interface of Text Embeddings Inference 1.9.3, no model weights.
<a href="/info">/info</a> says what is served,
<a href="/api-doc/openapi.json">/api-doc/openapi.json</a> which routes there are.</p>
</body></html>
"""


def openapi_text(settings: ServerSettings) -> str:
    """OpenAPI 3.0.3 as JSON text. With a key the private routes ask for it and may answer 401."""
    has_key = settings.api_key is not None
    document: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"title": "Text Embeddings Inference, local stand-in", "version": "1.9.3"},
        "paths": {
            path: {"post": _post(summary, fields, statuses, has_key=has_key)}
            for path, summary, fields, statuses in _POSTS
        }
        | {
            path: {"get": _operation(summary, (), has_key=has_key and is_private)}
            for path, summary, is_private in _GETS
        },
    }
    if has_key:
        document["components"] = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    return compact(document)


def _post(
    summary: str, fields: dict[str, str], statuses: tuple[int, ...], *, has_key: bool
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: _TYPES[kind] for name, kind in fields.items()},
    }
    required = [name for name in fields if name in _REQUIRED]
    if required:
        schema["required"] = required
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"requestBody": body} | _operation(summary, statuses, has_key=has_key)


def _operation(summary: str, statuses: tuple[int, ...], *, has_key: bool) -> dict[str, Any]:
    listed = (200, *((401,) if has_key else ()), *statuses)
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {str(status): {"description": _MEANINGS[status]} for status in listed},
    }
    return operation | ({"security": [{"key": []}]} if has_key else {})


_MEANINGS = {
    200: "Done",
    400: "Empty input, or a body that is not JSON",
    401: "Key missing or wrong",
    413: "Body larger than the payload limit",
    415: "Content type is not JSON",
    422: "A limit broken, or JSON of the wrong shape",
    424: "This model does not do that",
    429: "No free permit",
}
