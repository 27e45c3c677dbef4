"""Which path answers what: the routing table of one server. Knows no sockets."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.tei.model.interface import LoadedModel
from infra.local.tei.server import inference, tokens, vertex
from infra.local.tei.server.engine import Engine
from infra.local.tei.server.flags import ServerSettings
from infra.local.tei.server.inference import Service
from infra.local.tei.server.info import info
from infra.local.tei.server.openapi import DOCS_PAGE, openapi_text
from infra.local.tei.wire import answers, bodies
from infra.local.tei.wire.answers import Answer
from infra.local.tei.wire.reader import Reader

Work = Coroutine[None, None, Answer]


@dataclass(frozen=True, slots=True)
class PostRoute:
    """A route that reads a JSON body; a key is needed when the server has one."""

    parse: Callable[[Reader], Any]
    run: Callable[[Any], Work]
    is_openai: bool = False


@dataclass(frozen=True, slots=True)
class GetRoute:
    """A route without a body, for GET and HEAD."""

    run: Callable[[], Answer]
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """What one path offers."""

    get: GetRoute | None = None
    post: PostRoute | None = None

    @property
    def allowed(self) -> str:
        """Value of the `allow` header."""
        methods = ["GET,HEAD"] if self.get else []
        return ",".join([*methods, "POST"] if self.post else methods)

    def needs_key(self, method: str) -> bool:
        """Whether a server with a key asks for it; a wrong method is asked as the path's own."""
        if method in ("GET", "HEAD") and self.get is not None:
            return self.get.is_private
        return self.post is not None or (self.get is not None and self.get.is_private)


def routing_table(
    settings: ServerSettings, model: LoadedModel, engine: Engine
) -> Mapping[str, Path]:
    """All paths of a server."""
    service = Service(
        engine=engine,
        is_embedding=model.embedding is not None,
        is_reranker=model.is_reranker,
        served_model_name=settings.served_model_name or settings.model_id,
    )
    posts = _inference_routes(service)
    own = posts[_own_route(settings, model)]
    alive = GetRoute(lambda: Answer(200))
    return {path: Path(post=route) for path, route in posts.items()} | {
        "/": Path(get=alive, post=own),
        "/health": Path(get=alive),
        "/ping": Path(get=alive),
        "/invocations": Path(post=own),
        "/vertex": Path(post=PostRoute(bodies.vertex, lambda body: vertex.vertex(service, body))),
        "/tokenize": Path(
            post=PostRoute(bodies.tokenize, lambda body: tokens.tokenize(engine, body))
        ),
        "/decode": Path(post=PostRoute(bodies.decode, lambda body: tokens.decode(engine, body))),
        "/info": Path(get=GetRoute(lambda: info(settings, model, engine), is_private=True)),
        "/metrics": Path(get=GetRoute(lambda: answers.plain_answer(200, engine.metrics.text()))),
        "/docs": Path(get=GetRoute(lambda: Answer(303, (("location", "/docs/"),)))),
        "/docs/": Path(
            get=GetRoute(lambda: Answer(200, (("content-type", "text/html"),), DOCS_PAGE))
        ),
        "/api-doc/openapi.json": Path(
            get=GetRoute(lambda: answers.json_answer(openapi_text(settings)))
        ),
    }


def _inference_routes(service: Service) -> dict[str, PostRoute]:
    openai = PostRoute(bodies.openai, lambda body: inference.openai(service, body), is_openai=True)
    return {
        "/embed": PostRoute(bodies.embed, lambda body: inference.embed(service, body)),
        "/embed_all": PostRoute(bodies.embed_all, lambda body: inference.embed_all(service, body)),
        "/embed_sparse": PostRoute(
            bodies.embed_sparse, lambda body: inference.embed_sparse(service, body)
        ),
        "/similarity": PostRoute(
            bodies.similarity, lambda body: inference.similarity(service, body)
        ),
        "/rerank": PostRoute(bodies.rerank, lambda body: inference.rerank(service, body)),
        "/predict": PostRoute(bodies.predict, lambda body: inference.predict(service, body)),
        "/v1/embeddings": openai,
        "/embeddings": openai,
    }


def _own_route(settings: ServerSettings, model: LoadedModel) -> str:
    """What `/` and `/invocations` stand for on this server."""
    if model.embedding is not None:
        return "/similarity" if settings.root_is_similarity else "/embed"
    return "/rerank" if model.is_reranker else "/predict"
