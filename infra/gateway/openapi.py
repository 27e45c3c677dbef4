"""The OpenAPI description, made from the table of routes and the records of the wire."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from infra.gateway.answer_shapes import ErrorAnswer, ReadyAnswer
from infra.gateway.routes import ROUTES, RouteSpec

_REFERENCE = "#/components/schemas/{model}"

_MEANING = {
    400: "The request is not valid, or a text is too long.",
    401: "No API key, or one that is not known.",
    403: "The key lacks the scope of this route.",
    404: "This model is not served here.",
    408: "The body arrived too slowly.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    429: "Too much is under way; Retry-After says when to come back.",
    500: "A defect of the gateway.",
    502: "A service behind the gateway gave an unusable answer.",
    503: "A service behind the gateway is away; Retry-After says when to come back.",
    504: "The deadline passed.",
}


def version() -> str:
    """Version of the installed product."""
    return importlib.metadata.version("retrieval-stack")


def openapi_document() -> dict[str, Any]:
    """OpenAPI 3.1, complete in itself."""
    models: dict[type[BaseModel], None] = {ErrorAnswer: None}
    for route in ROUTES:
        models |= {model: None for model in (route.request, route.answer) if model is not None}
    names, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template=_REFERENCE
    )
    references: dict[Any, Any] = {model: reference for (model, _), reference in names.items()}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Retrieval gateway",
            "version": version(),
            "description": "One address for search, embeddings and reranking.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: RouteSpec, references: dict[Any, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"type": "object"} if route.media_type == "application/json" else {}
    if route.answer is not None:
        answer = references[route.answer]
    responses: dict[str, Any] = {
        "200": {
            "description": "Done.",
            "content": {route.media_type: {"schema": answer}},
            "headers": {"x-request-id": {"schema": {"type": "string"}}},
        }
    }
    for status in route.errors:
        model = ReadyAnswer if route.answer is ReadyAnswer else ErrorAnswer
        response: dict[str, Any] = {
            "description": _MEANING[status],
            "content": {"application/json": {"schema": references[model]}},
        }
        if status in {429, 503}:
            response["headers"] = {"retry-after": {"schema": {"type": "integer"}}}
        responses[str(status)] = response
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "responses": responses,
    }
    if route.scopes is not None:
        operation["security"] = [{"key": []}]
        named = " or ".join(f"`{scope}`" for scope in sorted(route.scopes))
        operation["description"] = f"Needs a key with the scope {named}."
    if route.request is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[route.request]}},
        }
    return operation
