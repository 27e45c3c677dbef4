"""What each route does once its request is read, allowed and admitted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from infra.gateway.errors import RequestError, invalid_request
from infra.gateway.gateway import Gateway
from infra.gateway.lifetime import Call
from infra.gateway.searching import Searched, Wanted
from infra.gateway.sparse_embedding import SparseEmbedding
from infra.gateway.vectors import Matrix, as_base64, as_json
from infra.gateway.wire import EmbeddingsRequest, RerankRequest, SearchRequest, TokenizeRequest
from infra.pipeline.rerank import ranked
from infra.pipeline.sparse.records import SparseVector
from infra.settings import EmbedSettings, RerankSettings

# Vectors written out at a time: a few milliseconds of the loop, then others have their turn.
_ROWS_AT_ONCE = 64


class JsonBytes(Response):
    """JSON that is written already."""

    media_type = "application/json"


class Handlers:
    """The routes with a body, and the list of models."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._config = gateway.config

    async def embeddings(self, body: EmbeddingsRequest, call: Call) -> Response:
        """Vectors of texts."""
        settings = self._config.embed
        _check_model(body.model, settings, self._config.gateway.embed_aliases)
        _check_dimensions(body.dimensions, settings.dimensions)
        rows_source = await self._rows_source(body, call)
        sparse: Sequence[SparseVector] = ()
        with call.stage("embed"):
            if rows_source is None:
                embedded = await self._gateway.embedding.embed(
                    body.texts,
                    lane=body.lane,
                    call=call,
                    truncate=body.truncate,
                    dimensions=body.dimensions,
                )
            else:
                embedded, sparse = await rows_source.embed(
                    body.texts, lane=body.lane, call=call, dimensions=body.dimensions
                )
        call.sizes["tokens"] = embedded.tokens
        usage = {"prompt_tokens": embedded.tokens, "total_tokens": embedded.tokens}
        tail: dict[str, object] = {"model": body.model, "usage": usage}
        if rows_source is not None and body.sparse:
            tail["sparse_head"] = rows_source.head.digest
        self._note_truncated(embedded.truncated, tail, call)
        with call.stage("write"):
            content = await _embeddings_json(
                embedded.rows, body.encoding_format, tail, sparse if body.sparse else ()
            )
        return JsonBytes(content)

    async def rerank(self, body: RerankRequest, call: Call) -> Response:
        """Documents by their score for a query."""
        settings = self._config.rerank
        model = body.model or settings.model_id
        _check_model(model, settings, self._config.gateway.rerank_aliases)
        texts = body.texts
        with call.stage("rerank"):
            reranked = await self._gateway.reranking.rerank(
                body.query, texts, lane=body.lane, call=call, truncate=body.truncate
            )
        call.sizes["tokens"] = reranked.tokens
        results: list[dict[str, object]] = []
        for index in ranked(reranked.scores)[: body.top_n]:
            entry: dict[str, object] = {
                "index": index,
                "relevance_score": reranked.scores[index],
            }
            if body.return_documents:
                entry["document"] = {"text": texts[index]}
            results.append(entry)
        answer: dict[str, object] = {
            "id": call.request_id,
            "model": model,
            "results": results,
            "usage": {"total_tokens": reranked.tokens},
        }
        self._note_truncated(reranked.truncated, answer, call)
        return JsonBytes(as_json(answer))

    async def tokenize(self, body: TokenizeRequest, call: Call) -> Response:
        """Tokens of texts by the embed model's tokenizer."""
        settings = self._config.embed
        model = body.model or settings.model_id
        _check_model(model, settings, self._config.gateway.embed_aliases)
        with call.stage("tokenize"):
            rows = await self._gateway.embedding.tokens.lists(
                body.texts, call, add_special_tokens=body.add_special_tokens
            )
        call.sizes["tokens"] = sum(map(len, rows))
        data = [
            {"index": index, "count": len(row)} | ({} if body.count_only else {"tokens": row})
            for index, row in enumerate(rows)
        ]
        return JsonBytes(as_json({"model": model, "data": data}))

    async def search(self, body: SearchRequest, call: Call) -> Response:
        """Passages for a query."""
        settings = self._config.search
        top_k = settings.top_k if body.top_k is None else body.top_k
        if top_k > settings.candidates_retrieved:
            raise invalid_request(
                f"top_k {top_k} is too large",
                why=f"this gateway retrieves {settings.candidates_retrieved} candidates",
                remedy="Ask for as many or fewer",
                param="top_k",
            )
        filters = body.filters
        if self._config.gateway.log_text:
            call.text = body.query
        searched = await self._gateway.searching.search(
            Wanted(
                query=body.query,
                top_k=top_k,
                with_rerank=body.rerank,
                doc_ids=() if filters is None else filters.doc_ids,
                langs=() if filters is None else filters.langs,
                with_context=body.context,
            ),
            call,
        )
        for stage, spent_ms in searched.result.stage_ms.items():
            if stage.value != "total":
                call.stages_ms[stage.value] = spent_ms
        call.degraded = tuple(reason.value for reason in searched.result.degraded)
        call.cause = "; ".join(searched.result.problems.values()) or None
        for reason in call.degraded:
            self._gateway.metrics.degraded.labels(reason).inc()
        return JsonBytes(as_json(_search_answer(searched, call)))

    async def models(self, call: Call) -> Response:
        """The models that answer now, with what an index key is made of."""
        parts = (
            (
                self._gateway.embedding.server,
                self._config.embed,
                self._config.gateway.embed_aliases,
            ),
            (
                self._gateway.reranking.server,
                self._config.rerank,
                self._config.gateway.rerank_aliases,
            ),
        )
        sparse = self._gateway.sparse_embedding
        head = None if sparse is None else sparse.head.digest
        data: list[dict[str, object]] = []
        problem: RequestError | None = None
        for server, settings, aliases in parts:
            try:
                served = await server.served(call)
            except RequestError as error:
                problem = error
                continue
            is_embed = isinstance(settings, EmbedSettings)
            data.append(
                {
                    "id": settings.model_id,
                    "object": "model",
                    "created": 0,
                    "owned_by": settings.model_id.partition("/")[0],
                    "role": server.role,
                    "aliases": [*_names(settings)[1:], *aliases],
                    "revision": served.model_sha,
                    "pooling": served.pooling,
                    "dimensions": settings.dimensions if is_embed else None,
                    "max_input_tokens": min(served.max_input_length, served.max_batch_tokens),
                    "server_version": served.version,
                    "dtype": served.model_dtype,
                    "max_client_batch_size": served.max_client_batch_size,
                    "max_concurrent_requests": served.max_concurrent_requests,
                    "max_batch_tokens": served.max_batch_tokens,
                    "label": served.docker_label,
                    "sparse_head": head if is_embed else None,
                }
            )
        if problem is not None and not data:
            raise problem
        return JsonBytes(as_json({"object": "list", "data": data}))

    async def _rows_source(self, body: EmbeddingsRequest, call: Call) -> SparseEmbedding | None:
        """What makes the vectors of token rows; None where the server gives all that is asked for.

        Raises:
            RequestError: weights are asked for that are not to be had, or cut texts of such.
        """
        source = self._gateway.sparse_embedding
        if source is None:
            if body.sparse:
                raise invalid_request(
                    "this gateway makes no learned sparse vectors",
                    why="its settings have `store.sparse` off, so it has no head of the model",
                    remedy="Leave `sparse` out, or ask the operator to set `store.sparse` to m3",
                    code="sparse_unavailable",
                    param="sparse",
                )
            return None
        if not body.sparse and not await source.is_dense_of_rows(body.lane, call):
            return None
        if body.truncate:
            raise invalid_request(
                "vectors made of token rows are those of whole texts",
                why="each row is checked against the tokens of the text that was sent",
                remedy="Leave `truncate` out and send texts within the model's window",
                param="truncate",
            )
        return source

    def _note_truncated(
        self, truncated: Sequence[int], answer: dict[str, object], call: Call
    ) -> None:
        """Cut texts are named in the answer and counted."""
        if truncated:
            answer["truncated"] = list(truncated)
            call.sizes["truncated"] = len(truncated)
            self._gateway.metrics.truncated.labels(call.route).inc(len(truncated))


def _names(settings: EmbedSettings | RerankSettings) -> tuple[str, str]:
    """The model's full name and its short one, without the owner."""
    return settings.model_id, settings.model_id.rpartition("/")[2]


def _check_model(
    name: str, settings: EmbedSettings | RerankSettings, aliases: Sequence[str]
) -> None:
    """Vectors and scores of another model would be silently wrong, so its name is refused."""
    known = dict.fromkeys((*_names(settings), *aliases))
    if name not in known:
        raise RequestError(
            404,
            "model_not_found",
            "this model is not served here",
            why=f"known are {', '.join(known)}",
            remedy="Use one of these names; the operator can add aliases in the settings",
            param="model",
        )


def _check_dimensions(wanted: int | None, most: int) -> None:
    if wanted is not None and wanted > most:
        raise invalid_request(
            f"{wanted} dimensions cannot be given",
            why=f"the model's vectors have {most} numbers",
            remedy=f"Ask for {most} or fewer, or leave `dimensions` out",
            param="dimensions",
        )


async def _embeddings_json(
    rows: Matrix,
    encoding_format: str,
    tail: Mapping[str, object],
    sparse: Sequence[SparseVector],
) -> bytes:
    """The answer, written in pieces so that the loop stays free in between; `sparse` is empty, or
    one vector for each row."""
    pieces: list[bytes] = []
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        entries: list[dict[str, object]] = [
            {
                "object": "embedding",
                "index": start + offset,
                "embedding": as_base64(row) if encoding_format == "base64" else row,
            }
            for offset, row in enumerate(rows[start : start + _ROWS_AT_ONCE])
        ]
        for entry, own in zip(entries, sparse[start : start + _ROWS_AT_ONCE], strict=False):
            entry["sparse_embedding"] = {"indices": own.ids, "values": own.weights}
        pieces.append(as_json(entries)[1:-1])
        if len(rows) > _ROWS_AT_ONCE:
            await asyncio.sleep(0)
    return b'{"object":"list","data":[' + b",".join(pieces) + b"]," + as_json(tail)[1:]


def _search_answer(searched: Searched, call: Call) -> dict[str, Any]:
    result = searched.result
    entries: list[dict[str, Any]] = []
    for answer in result.answers:
        passage = answer.passage
        entry: dict[str, Any] = {
            "rank": answer.rank,
            "score": answer.score,
            "fused_score": answer.fused_score,
            "leg_ranks": {leg.value: rank for leg, rank in answer.leg_ranks.items()},
            "doc_id": passage.doc_id,
            "title": passage.title,
            "section": list(passage.section),
            "source": passage.source,
            "lang": passage.lang.value,
            "position": passage.position,
            "text": passage.text,
        }
        if passage.section_id in searched.sections:
            entry["context"] = searched.sections[passage.section_id]
        entries.append(entry)
    return {
        "request_id": call.request_id,
        "answers": entries,
        "found": {leg.value: count for leg, count in result.found.items()},
        "degraded": [reason.value for reason in result.degraded],
        "stage_ms": call.stages_ms | {"total": 1000 * call.elapsed_s},
    }
