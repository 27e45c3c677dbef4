"""The table of routes: what each takes, who may call it, what it answers. Serving and the OpenAPI
page are both made from it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from infra.gateway import answer_shapes as answers
from infra.gateway import wire
from infra.gateway.keys import Scope


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteSpec:
    """One route. `scopes` are the scopes of which a key needs one; None is open to everybody.
    `media_type` is that of a success; `errors` are its statuses beside success."""

    name: str
    method: str
    path: str
    summary: str
    scopes: frozenset[Scope] | None = None
    request: type[wire.Request] | None = None
    answer: type[BaseModel] | None = None
    media_type: str = "application/json"
    errors: tuple[int, ...] = ()


_BODY_ERRORS = (400, 401, 403, 404, 408, 413, 415, 429, 500, 502, 503, 504)

ROUTES: tuple[RouteSpec, ...] = (
    RouteSpec(
        name="search",
        method="POST",
        path="/v1/search",
        summary="Passages for a query: embed, search the legs, fuse, rerank.",
        scopes=frozenset({Scope.SEARCH}),
        request=wire.SearchRequest,
        answer=answers.SearchAnswer,
        errors=_BODY_ERRORS,
    ),
    RouteSpec(
        name="embeddings",
        method="POST",
        path="/v1/embeddings",
        summary="Vectors of texts, in the shape of the OpenAI API.",
        scopes=frozenset({Scope.EMBED}),
        request=wire.EmbeddingsRequest,
        answer=answers.EmbeddingsAnswer,
        errors=_BODY_ERRORS,
    ),
    RouteSpec(
        name="rerank",
        method="POST",
        path="/v1/rerank",
        summary="Documents by their score for a query, in the shape of Jina's and Cohere's APIs.",
        scopes=frozenset({Scope.EMBED}),
        request=wire.RerankRequest,
        answer=answers.RerankAnswer,
        errors=_BODY_ERRORS,
    ),
    RouteSpec(
        name="tokenize",
        method="POST",
        path="/v1/tokenize",
        summary="Tokens of texts by the embed model's tokenizer.",
        scopes=frozenset({Scope.INDEX}),
        request=wire.TokenizeRequest,
        answer=answers.TokenizeAnswer,
        errors=_BODY_ERRORS,
    ),
    RouteSpec(
        name="models",
        method="GET",
        path="/v1/models",
        summary="The models that answer now.",
        scopes=frozenset(Scope),
        answer=answers.ModelsAnswer,
        errors=(401, 403, 429, 500, 502, 503, 504),
    ),
    RouteSpec(
        name="healthz",
        method="GET",
        path="/healthz",
        summary="Whether the process runs.",
        answer=answers.HealthAnswer,
    ),
    RouteSpec(
        name="readyz",
        method="GET",
        path="/readyz",
        summary="Whether requests can be served, and what is missing.",
        answer=answers.ReadyAnswer,
        errors=(503,),
    ),
    RouteSpec(
        name="metrics",
        method="GET",
        path="/metrics",
        summary="Metrics in the Prometheus text format.",
        media_type="text/plain",
    ),
    RouteSpec(
        name="openapi",
        method="GET",
        path="/openapi.json",
        summary="This description.",
    ),
    RouteSpec(
        name="docs",
        method="GET",
        path="/docs",
        summary="This description, to read.",
        media_type="text/html",
    ),
)
