"""Reaches a model server through the gateway, where the server itself is private to its host.

Speaks TEI's routes to the pipeline and the gateway's to the network, so that the clients above it
need not know which of the two answers. Wire names of both stop here. Learned sparse weights have no
route of TEI: they are asked for under the gateway's own.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson

from infra.pipeline.retry import TryAgainError
from infra.pipeline.sparse.through_gateway import BOTH_VECTORS
from infra.pipeline.transport import Reply, Transport

QUERY, PASSAGE = "query", "passage"
"""Lanes of the gateway: somebody waits, or nobody does."""

# The gateway answers these when the model server is away for now, or too slow for this request.
_AWAY = frozenset({502, 503, 504})


class GatewayTransport:
    """TEI's routes of one role, answered by the gateway's.

    Args:
        gateway: the way to the gateway, with an operator's key.
        role: `embed` or `rerank`.
        model_id: the model that the settings name; the gateway refuses another one.
        lane: `query` or `passage`.
    """

    def __init__(self, gateway: Transport, *, role: str, model_id: str, lane: str) -> None:
        self._gateway = gateway
        self._role = role
        self._model_id = model_id
        self._lane = lane
        self._routes: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "/embed": self._embed,
            BOTH_VECTORS: self._both,
            "/tokenize": self._tokenize,
            "/rerank": self._rerank,
        }

    @property
    def address(self) -> str:
        """The gateway's address, for messages."""
        return self._gateway.address

    def get(self, path: str) -> Reply:
        """`/info` of the role's model server.

        Raises:
            TryAgainError: no answer, or the model server behind the gateway is away.
        """
        if path != "/info":
            return _not_offered(path)
        reply = self._reached(self._gateway.get("/v1/models"))
        if reply.status != 200:
            return reply
        for model in orjson.loads(reply.body)["data"]:
            if model["role"] == self._role:
                return Reply(200, orjson.dumps(_as_info(model)))
        raise TryAgainError(f"the gateway does not reach its {self._role} server")

    def post(self, path: str, payload: object) -> Reply:
        """One of TEI's routes.

        Raises:
            TryAgainError: as `get`.
        """
        route = self._routes.get(path)
        if route is None or not isinstance(payload, dict):
            return _not_offered(path)
        return route(payload)

    def _embed(self, payload: dict[str, Any]) -> Reply:
        body = self._embeddings(payload) | {"truncate": payload.get("truncate", False)}
        return self._answered("/v1/embeddings", body, _rows)

    def _both(self, payload: dict[str, Any]) -> Reply:
        body = self._embeddings(payload) | {"sparse": True}
        return self._answered("/v1/embeddings", body, _both_rows)

    def _embeddings(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {
            "model": self._model_id,
            "input": payload["inputs"],
            "encoding_format": "base64",
            "input_type": self._lane,
        }

    def _tokenize(self, payload: dict[str, Any]) -> Reply:
        body = {
            "input": payload["inputs"],
            "add_special_tokens": payload.get("add_special_tokens", True),
        }
        return self._answered("/v1/tokenize", body, _token_rows)

    def _rerank(self, payload: dict[str, Any]) -> Reply:
        body = {
            "model": self._model_id,
            "query": payload["query"],
            "documents": payload["texts"],
            "return_documents": False,
            "truncate": payload.get("truncate", False),
        }
        return self._answered("/v1/rerank", body, _ranks)

    def _answered(self, path: str, body: dict[str, Any], shape: Callable[[Any], object]) -> Reply:
        reply = self._reached(self._gateway.post(path, body))
        if reply.status != 200:
            return reply
        return Reply(200, orjson.dumps(shape(orjson.loads(reply.body))))

    def _reached(self, reply: Reply) -> Reply:
        """The reply, its error in TEI's words; a model server that is away is worth another try."""
        if reply.status == 200:
            return reply
        message = _message(reply.body)
        if reply.status in _AWAY:
            raise TryAgainError(f"the gateway answered {reply.status}: {message}")
        return Reply(reply.status, orjson.dumps({"error": message}))


def _as_info(model: dict[str, Any]) -> dict[str, Any]:
    kind = (
        {"embedding": {"pooling": model["pooling"]}}
        if model["role"] == "embed"
        else {"reranker": {}}
    )
    return {
        "model_id": model["id"],
        "model_sha": model["revision"],
        "model_dtype": model["dtype"],
        "model_type": kind,
        "version": model["server_version"],
        "max_client_batch_size": model["max_client_batch_size"],
        "max_concurrent_requests": model["max_concurrent_requests"],
        "max_batch_tokens": model["max_batch_tokens"],
        "docker_label": model["label"],
        "sparse_head": model.get("sparse_head"),
    }


def _rows(answer: dict[str, Any]) -> list[list[float]]:
    entries = sorted(answer["data"], key=lambda entry: int(entry["index"]))
    return [
        np.frombuffer(base64.b64decode(entry["embedding"]), dtype="<f4").tolist()
        for entry in entries
    ]


def _both_rows(answer: dict[str, Any]) -> dict[str, Any]:
    entries = sorted(answer["data"], key=lambda entry: int(entry["index"]))
    weights = [entry["sparse_embedding"] for entry in entries]
    return {
        "sparse_head": answer["sparse_head"],
        "entries": [
            {"dense": dense, "ids": own["indices"], "weights": own["values"]}
            for dense, own in zip(_rows(answer), weights, strict=True)
        ],
    }


def _token_rows(answer: dict[str, Any]) -> list[list[dict[str, Any]]]:
    entries = sorted(answer["data"], key=lambda entry: int(entry["index"]))
    return [entry["tokens"] for entry in entries]


def _ranks(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"index": result["index"], "score": result["relevance_score"]}
        for result in answer["results"]
    ]


def _message(body: bytes) -> str:
    try:
        return str(orjson.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200] or "no reason given"


def _not_offered(path: str) -> Reply:
    return Reply(404, orjson.dumps({"error": f"the gateway offers nothing like {path}"}))
