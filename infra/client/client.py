"""The client: four calls, typed results, patience where the gateway asks for it.

Repeats a call only after 429 and 503 that name a Retry-After, within the call's own timeout.
Safe for several threads: each keeps a connection of its own.
"""

from __future__ import annotations

import base64
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

import requests

from infra.client.errors import GatewayBusyError, GatewayRefusedError, GatewayUnavailableError
from infra.client.records import BothVectors, Found, Ranked, SearchFilters, SearchReply, TokenCount
from infra.clock import Clock, SystemClock

_CONNECT_S = 5.0
# The shortest deadline that the gateway takes.
_LEAST_DEADLINE_MS = 50
_RETRIED = frozenset({429, 503})


class RetrievalClient:
    """One gateway and one key.

    Args:
        base_url: the gateway's address, without `/v1`.
        api_key: a key with the scopes of the calls that will be made.
        timeout_s: for one call with its retries; the gateway is told to give up as well, so at most
            what its setting `gateway.max_deadline_ms` allows.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_s: float = 30.0,
        clock: Clock | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._clock = SystemClock() if clock is None else clock
        self._here = threading.local()
        self._embed_model: str | None = None

    def search(
        self,
        query: str,
        *,
        top_k: int | None = None,
        rerank: bool = True,
        filters: SearchFilters | None = None,
        context: bool = False,
    ) -> SearchReply:
        """Passages for `query`; `context` asks for the section around each answer.

        Raises:
            GatewayError: see its subclasses.
        """
        body: dict[str, Any] = {"query": query, "rerank": rerank, "context": context}
        if top_k is not None:
            body["top_k"] = top_k
        chosen = SearchFilters() if filters is None else filters
        wanted = {"doc_id": list(chosen.doc_ids), "lang": list(chosen.langs)}
        given = {name: values for name, values in wanted.items() if values}
        if given:
            body["filters"] = given
        reply = self._call("POST", "/v1/search", body)
        return SearchReply(
            request_id=reply["request_id"],
            answers=tuple(_found(entry) for entry in reply["answers"]),
            degraded=tuple(reply["degraded"]),
            stage_ms=reply["stage_ms"],
        )

    @overload
    def embed(
        self,
        texts: Sequence[str],
        *,
        input_type: Literal["query", "passage"] = ...,
        truncate: bool = ...,
        sparse: Literal[False] = ...,
    ) -> list[tuple[float, ...]]: ...

    @overload
    def embed(
        self,
        texts: Sequence[str],
        *,
        input_type: Literal["query", "passage"] = ...,
        truncate: bool = ...,
        sparse: Literal[True],
    ) -> list[BothVectors]: ...

    def embed(
        self,
        texts: Sequence[str],
        *,
        input_type: Literal["query", "passage"] = "passage",
        truncate: bool = False,
        sparse: bool = False,
    ) -> list[tuple[float, ...]] | list[BothVectors]:
        """One vector of norm 1 for each text, in order; `sparse` brings the learned weights too.

        Weights need a key with the scope `index` and far more time than dense vectors alone:
        send few passages at once. They cannot be had of texts that are cut.

        Raises:
            GatewayError: see its subclasses.
        """
        body: dict[str, Any] = {
            "model": self._model(),
            "input": list(texts),
            "input_type": input_type,
            "truncate": truncate,
            "encoding_format": "base64",
        }
        if sparse:
            body["sparse"] = True
        data = self._call("POST", "/v1/embeddings", body)["data"]
        if sparse:
            return [_both(entry) for entry in data]
        return [_unpacked(entry["embedding"]) for entry in data]

    def rerank(
        self, query: str, documents: Sequence[str], *, top_n: int | None = None
    ) -> list[Ranked]:
        """The documents by descending score.

        Raises:
            GatewayError: see its subclasses.
        """
        body: dict[str, Any] = {
            "query": query,
            "documents": list(documents),
            "return_documents": False,
        }
        if top_n is not None:
            body["top_n"] = top_n
        results = self._call("POST", "/v1/rerank", body)["results"]
        return [Ranked(index=entry["index"], score=entry["relevance_score"]) for entry in results]

    def count_tokens(self, texts: Sequence[str]) -> list[TokenCount]:
        """Length of each text in the embed model's tokens, special tokens included.

        Raises:
            GatewayError: see its subclasses.
        """
        body = {"input": list(texts), "count_only": True}
        data = self._call("POST", "/v1/tokenize", body)["data"]
        return [TokenCount(index=entry["index"], count=entry["count"]) for entry in data]

    def models(self) -> list[dict[str, Any]]:
        """The models that the gateway serves now, as `/v1/models` lists them.

        Raises:
            GatewayError: see its subclasses.
        """
        return self._call("GET", "/v1/models", None)["data"]

    def _model(self) -> str:
        """The embed model's name, asked once: an OpenAI-shaped request must name one."""
        if self._embed_model is None:
            roles = {model["role"]: model["id"] for model in self.models()}
            if "embed" not in roles:
                raise GatewayUnavailableError("the gateway's embed server does not answer")
            self._embed_model = str(roles["embed"])
        return self._embed_model

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        ends_s = self._clock.monotonic_s() + self._timeout_s
        while True:
            left_s = ends_s - self._clock.monotonic_s()
            response = self._sent(method, path, body, left_s)
            if response.ok:
                return response.json()
            wait_s = _retry_after_s(response)
            if wait_s is None or self._clock.monotonic_s() + wait_s >= ends_s:
                raise _failure(response)
            self._clock.sleep(wait_s)

    def _sent(
        self, method: str, path: str, body: Mapping[str, Any] | None, left_s: float
    ) -> requests.Response:
        timed = (
            None
            if body is None
            else {**body, "deadline_ms": max(_LEAST_DEADLINE_MS, int(1000 * left_s))}
        )
        try:
            return self._session().request(
                method,
                self._base_url + path,
                json=timed,
                headers={"authorization": f"Bearer {self._api_key}"},
                # A second longer than the gateway's own deadline, so that its 504 arrives.
                timeout=(_CONNECT_S, left_s + 1),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise GatewayUnavailableError(f"the gateway did not answer: {error}") from error

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._here, "session", None)
        if session is None:
            session = self._here.session = requests.Session()
            session.trust_env = False
        return session


def _found(entry: Mapping[str, Any]) -> Found:
    return Found(
        rank=entry["rank"],
        score=entry["score"],
        doc_id=entry["doc_id"],
        title=entry["title"],
        section=tuple(entry["section"]),
        source=entry["source"],
        lang=entry["lang"],
        text=entry["text"],
        context=entry.get("context"),
    )


def _both(entry: Mapping[str, Any]) -> BothVectors:
    weights = entry["sparse_embedding"]
    return BothVectors(
        dense=_unpacked(entry["embedding"]),
        indices=tuple(weights["indices"]),
        values=tuple(weights["values"]),
    )


def _unpacked(packed: str) -> tuple[float, ...]:
    """Numbers of little-endian float32 in base64."""
    raw = base64.b64decode(packed)
    return struct.unpack(f"<{len(raw) // 4}f", raw)


def _retry_after_s(response: requests.Response) -> float | None:
    """Seconds to wait before a repeat; None where a repeat makes no sense."""
    named = response.headers.get("retry-after", "")
    if response.status_code not in _RETRIED or not named.isdecimal():
        return None
    return float(named)


def _failure(response: requests.Response) -> Exception:
    """The typed error of an answer."""
    status = response.status_code
    try:
        detail: dict[str, Any] = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        detail = {}
    message = str(detail.get("message", f"the gateway answered with status {status}"))
    request_id = detail.get("request_id", response.headers.get("x-request-id"))
    kind = GatewayUnavailableError
    if status == 429:
        kind = GatewayBusyError
    elif status < 500:
        kind = GatewayRefusedError
    return kind(message, status=status, code=detail.get("code"), request_id=request_id)
