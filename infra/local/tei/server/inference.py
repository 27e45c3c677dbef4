"""The inference routes: admission, lists, order of results, headers. One function per route.

A function gets the engine and a body and gives an `Answer`, or raises the `TeiError` to answer
with. Order of checks and of results recorded from TEI 1.9.3.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TypeVar

from infra.local.tei.errors import EmptyInputError, over_client_batch, unsupported
from infra.local.tei.server.engine import Answered, Cost, Engine, Label
from infra.local.tei.server.metrics import Method
from infra.local.tei.server.vectors import similarity as cosine
from infra.local.tei.wire import answers
from infra.local.tei.wire.answers import Answer, Header
from infra.local.tei.wire.floats import Vector, base64_text, float32_text, vector_text, whole_ms
from infra.local.tei.wire.records import (
    EmbedBody,
    Input,
    PredictBody,
    PredictItem,
    RerankBody,
    SimilarityBody,
)

Value = TypeVar("Value")
_RunText = Callable[[Input, EmbedBody], Coroutine[None, None, Answered[Vector]]]


@dataclass(frozen=True, slots=True)
class Service:
    """What an inference route works with."""

    engine: Engine
    is_embedding: bool
    is_reranker: bool
    served_model_name: str


async def embed(service: Service, body: EmbedBody) -> Answer:
    """`/embed`."""
    started_s = service.engine.clock.monotonic_s()
    found = await _each_text(service, body, service.engine.embed)
    return _answer(
        service, answers.array(vector_text(one.value) for one in found), found, started_s
    )


async def embed_all(service: Service, body: EmbedBody) -> Answer:
    """`/embed_all`."""
    started_s = service.engine.clock.monotonic_s()
    found = await _each_text(service, body, service.engine.embed_all)
    # A thousand numbers a token: written on a thread, so that other calls go on.
    text = await service.engine.on_tokenizer(
        lambda: answers.array(answers.rows_text(one.value) for one in found)
    )
    return _answer(service, text, found, started_s)


async def embed_sparse(service: Service, body: EmbedBody) -> Answer:
    """`/embed_sparse`: always an error here."""
    started_s = service.engine.clock.monotonic_s()
    found = await _each_text(service, body, service.engine.embed_sparse)
    return _answer(service, "[]", found, started_s)


async def openai(service: Service, body: EmbedBody) -> Answer:
    """`/v1/embeddings` and `/embeddings`."""
    started_s = service.engine.clock.monotonic_s()
    found = await _each_text(service, body, service.engine.embed)
    embeddings = [
        f'"{base64_text(one.value)}"' if body.as_base64 else vector_text(one.value) for one in found
    ]
    tokens = sum(one.cost.tokens for one in found)
    text = answers.openai_text(embeddings, service.served_model_name, tokens)
    return _answer(service, text, found, started_s)


async def similarity(service: Service, body: SimilarityBody) -> Answer:
    """`/similarity`: the source against each sentence."""
    started_s = service.engine.clock.monotonic_s()
    if not body.sentences:
        service.engine.metrics.failed("validation")
        raise EmptyInputError("`inputs.sentences` cannot be empty")
    texts: list[Input] = [body.source, *body.sentences]
    as_list = EmbedBody(
        inputs=texts, is_batch=True, truncation=body.truncation, prompt_name=body.prompt_name
    )
    source, *others = found = await _each_text(service, as_list, service.engine.embed)
    scores = (float32_text(cosine(source.value, other.value)) for other in others)
    return _answer(service, answers.array(scores), found, started_s)


async def rerank(service: Service, body: RerankBody) -> Answer:
    """`/rerank`: best first, equal scores with the higher index first."""
    started_s = service.engine.clock.monotonic_s()
    metrics = service.engine.metrics
    if not body.texts:
        metrics.failed("validation")
        raise EmptyInputError("`texts` cannot be empty")
    if not service.is_reranker:
        metrics.failed("model_type")
        raise unsupported("model is not a re-ranker model")
    metrics.received("batch")
    _check_client_batch(service, len(body.texts))
    pairs = [(body.query, text) for text in body.texts]
    found = await _each_item(service, pairs, body)
    metrics.succeeded("batch")
    ranks = sorted(enumerate(found), key=lambda rank: rank[1].value[0].score)
    lines = [
        answers.rank_text(
            index, one.value[0].score, body.texts[index] if body.return_text else None
        )
        for index, one in reversed(ranks)
    ]
    return _answer(service, answers.array(lines), found, started_s)


async def predict(service: Service, body: PredictBody) -> Answer:
    """`/predict`: every label of each input."""
    started_s = service.engine.clock.monotonic_s()
    if body.is_batch:
        service.engine.metrics.received("batch")
        _check_client_batch(service, len(body.items))
    else:
        # TEI counts a single call twice and never counts its success.
        service.engine.metrics.received("single", 2)
    found = await _each_item(service, body.items, body)
    if body.is_batch:
        service.engine.metrics.succeeded("batch")
    lists = [
        answers.array(answers.prediction_text(label.score, label.name) for label in one.value)
        for one in found
    ]
    text = answers.array(lists) if body.is_batch else lists[0]
    return _answer(service, text, found, started_s)


async def _each_text(service: Service, body: EmbedBody, run: _RunText) -> list[Answered[Vector]]:
    """All texts of an embed body, in order; all permits are taken before the first one runs."""
    texts = body.texts()
    metrics = service.engine.metrics
    method: Method = "batch" if body.is_batch else "single"
    metrics.received(method)
    if body.is_batch:
        _check_client_batch(service, len(texts))
    with service.engine.permits.held(len(texts)):
        found = await _all_or_first_error([run(text, body) for text in texts])
    metrics.succeeded(method)
    return found


async def _each_item(
    service: Service, items: Sequence[PredictItem], body: RerankBody | PredictBody
) -> list[Answered[list[Label]]]:
    """All pairs, in order. Each takes its own permit: in overload the admitted ones still run, and
    their results are thrown away with the 429.
    """

    async def one(item: PredictItem) -> Answered[list[Label]]:
        with service.engine.permits.held():
            return await service.engine.predict(item, body.truncation, raw_scores=body.raw_scores)

    return await _all_or_first_error([one(item) for item in items])


async def _all_or_first_error(work: Sequence[Coroutine[None, None, Value]]) -> list[Value]:
    """Every result in order, after all have ended; else the error of the first that failed."""
    found = await asyncio.gather(*work, return_exceptions=True)
    results: list[Value] = []
    for one in found:
        if isinstance(one, BaseException):
            raise one
        results.append(one)
    return results


def _check_client_batch(service: Service, size: int) -> None:
    limit = service.engine.limits.max_client_batch_size
    if size > limit:
        service.engine.metrics.failed("batch_size")
        raise over_client_batch(size, limit)


def _answer(
    service: Service, text: str, found: Sequence[Answered[Value]], started_s: float
) -> Answer:
    costs = [one.cost for one in found]
    phases_s = (
        sum(cost.tokenization_s for cost in costs) / len(costs),
        sum(cost.queue_s for cost in costs) / len(costs),
        sum(cost.inference_s for cost in costs) / len(costs),
    )
    total_s = service.engine.clock.monotonic_s() - started_s
    service.engine.observe_call(total_s, phases_s)
    return answers.json_answer(text, _cost_headers(costs, total_s, phases_s))


def _cost_headers(
    costs: Sequence[Cost], total_s: float, phases_s: tuple[float, float, float]
) -> list[Header]:
    """Sums of characters and tokens, means of the phases, whole milliseconds."""
    total, (tokenization, queue, inference) = whole_ms(total_s), map(whole_ms, phases_s)
    return [
        # TEI says so on every device.
        ("x-compute-type", "gpu+optimized"),
        ("x-compute-time", total),
        ("x-compute-characters", str(sum(cost.characters for cost in costs))),
        ("x-compute-tokens", str(sum(cost.tokens for cost in costs))),
        ("x-total-time", total),
        ("x-tokenization-time", tokenization),
        ("x-queue-time", queue),
        ("x-inference-time", inference),
    ]
