"""Runs texts through tokenizer, queue and model, and counts what happens. Knows no HTTP.

One `Engine` per server. Each method answers for one text or pair; lists are put together in
`infra.local.tei.server.inference`. Order of checks as in TEI 1.9.3.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np

from infra.clock import Clock
from infra.local.tei.errors import BackendError, TeiError, invalid, unsupported
from infra.local.tei.model.interface import LoadedModel, ModelInput
from infra.local.tei.server.batching import Batcher, Work
from infra.local.tei.server.flags import ServerSettings
from infra.local.tei.server.limits import resolve_limits, resolve_prompts
from infra.local.tei.server.metrics import Metrics
from infra.local.tei.server.permits import Permits
from infra.local.tei.server.preparing import Preparer
from infra.local.tei.server.vectors import Vectors, normalised, probabilities, rounded
from infra.local.tei.wire.floats import Vector
from infra.local.tei.wire.records import EmbedBody, Input, PredictItem, Truncation

Value = TypeVar("Value")
Result = TypeVar("Result")
Family = Literal["embed", "predict"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one text took, for the response headers. Times in seconds."""

    characters: int
    tokens: int
    tokenization_s: float
    queue_s: float
    inference_s: float


@dataclass(frozen=True, slots=True)
class Answered(Generic[Value]):
    """What came out for one text."""

    value: Value
    cost: Cost


@dataclass(frozen=True, slots=True)
class Label:
    """One class of a classifier, or the only one of a reranker."""

    score: float
    name: str


class Engine:
    """Tokenizer threads, permits, queue and model of one server."""

    def __init__(
        self,
        settings: ServerSettings,
        model: LoadedModel,
        *,
        make_batcher: Callable[[Metrics, Clock], Batcher],
        clock: Clock,
    ) -> None:
        self.limits = resolve_limits(settings, model)
        self.metrics = Metrics(self.limits.max_input_tokens)
        self.permits = Permits(settings.max_concurrent_requests, self.metrics)
        self.preparer = Preparer(model.tokenizer, self.limits, resolve_prompts(settings, model))
        self.clock = clock
        self._is_half = settings.dtype == "float16"
        self._scoring = model.scoring
        self._vectors = (
            None
            if model.embedding is None
            else Vectors(model.embedding, settings.pooling or "cls", is_half=self._is_half)
        )
        self._batcher = make_batcher(self.metrics, clock)
        self._tokenizers = ThreadPoolExecutor(
            max_workers=settings.tokenization_workers, thread_name_prefix="tokenizer"
        )

    def close(self) -> None:
        """Free the threads."""
        self._batcher.close()
        self._tokenizers.shutdown(wait=False, cancel_futures=True)

    async def on_tokenizer(self, call: Callable[[], Result]) -> Result:
        """Run `call` on a tokenizer thread, so that a long text blocks no other call."""
        return await asyncio.get_running_loop().run_in_executor(self._tokenizers, call)

    async def embed(self, given: Input, body: EmbedBody) -> Answered[Vector]:
        """The pooled vector of one text, cut and normalised as the body asks.

        Raises:
            TeiError: wrong dimensions, a model that does not embed, an input it does not take.
        """
        if body.dimensions == 0:
            raise self._refused("`dimensions` should be positive")
        vectors = self._embedding()
        answered = await self._run_text(given, body, vectors.pooled)
        if body.dimensions is not None and body.dimensions > vectors.model.dimensions:
            raise self._refused(
                "`dimensions` should be smaller than the maximum embedding dimension."
            )
        vector = answered.value[: body.dimensions]
        return Answered(normalised(vector) if body.normalize else vector, answered.cost)

    async def embed_all(self, given: Input, body: EmbedBody) -> Answered[Vector]:
        """One raw row per token of one text.

        Raises:
            TeiError: a model that does not embed, or an input that it does not take.
        """
        return await self._run_text(given, body, self._embedding().rows)

    async def embed_sparse(self, given: Input, body: EmbedBody) -> Answered[Vector]:
        """Always refused: no model here has SPLADE pooling."""
        del given, body
        self.metrics.failed("model_type")
        raise unsupported("Model is not an embedding model with SPLADE pooling")

    async def predict(
        self, item: PredictItem, truncation: Truncation, *, raw_scores: bool
    ) -> Answered[list[Label]]:
        """Every label with its score, best first; equal scores with the later label first.

        Raises:
            TeiError: no classifier, an input that it does not take, a score that is not a number.
        """
        scoring = self._scoring
        if scoring is None:
            self.metrics.failed("model_type")
            raise unsupported("Model is not a classifier model")
        answered = await self._run(
            lambda: self._prepared_item(item, truncation),
            lambda prepared: rounded(scoring.logits(prepared), is_half=self._is_half),
            characters=sum(map(len, item)),
            family="predict",
        )
        values = answered.value if raw_scores else probabilities(answered.value)
        if np.isnan(values).any():
            self.metrics.failed("inference")
            raise BackendError("score is NaN")
        self._succeeded("predict", answered.cost)
        pairs = zip(values.tolist(), scoring.labels, strict=True)
        ranked = sorted((Label(score, name) for score, name in pairs), key=lambda one: one.score)
        return Answered(ranked[::-1], answered.cost)

    def observe_call(self, total_s: float, phases_s: tuple[float, float, float]) -> None:
        """Durations of a whole call: total, then mean tokenization, queue and inference."""
        self.metrics.observe("te_request_duration", total_s)
        self._observe_phases("te_request", phases_s)

    def _refused(self, detail: str) -> TeiError:
        self.metrics.failed("validation")
        return invalid(detail)

    def _embedding(self) -> Vectors:
        if self._vectors is None:
            self.metrics.failed("model_type")
            raise unsupported("Model is not an embedding model")
        return self._vectors

    def _prepared_item(self, item: PredictItem, truncation: Truncation) -> ModelInput:
        if len(item) == 2:
            return self.preparer.pair(*item, truncation)
        return self.preparer.single(item[0], truncation, None)

    async def _run_text(
        self, given: Input, body: EmbedBody, compute: Callable[[ModelInput], Vector]
    ) -> Answered[Vector]:
        answered = await self._run(
            lambda: self.preparer.single(given, body.truncation, body.prompt_name),
            compute,
            characters=len(given),
            family="embed",
        )
        self._succeeded("embed", answered.cost)
        return answered

    async def _run(
        self,
        prepare: Callable[[], ModelInput],
        compute: Callable[[ModelInput], Result],
        *,
        characters: int,
        family: Family,
    ) -> Answered[Result]:
        self.metrics.count(f"te_{family}_count")
        started_s = self.clock.monotonic_s()
        try:
            prepared = await self.on_tokenizer(prepare)
            tokenization_s = self.clock.monotonic_s() - started_s
            self.metrics.observe("te_request_input_length", prepared.tokens)
            done = await self._batcher.run(
                Work(tokens=prepared.tokens, compute=lambda: compute(prepared))
            )
        except TeiError:
            self.metrics.failed("tokenization")
            raise
        except asyncio.CancelledError:
            self.metrics.failed("dropped")
            raise
        return Answered(
            done.value,
            Cost(
                characters=characters,
                tokens=prepared.tokens,
                tokenization_s=tokenization_s,
                queue_s=done.queue_s,
                inference_s=done.inference_s,
            ),
        )

    def _succeeded(self, family: Family, cost: Cost) -> None:
        phases_s = (cost.tokenization_s, cost.queue_s, cost.inference_s)
        self.metrics.count(f"te_{family}_success")
        self.metrics.observe(f"te_{family}_duration", sum(phases_s))
        self._observe_phases(f"te_{family}", phases_s)

    def _observe_phases(self, prefix: str, phases_s: tuple[float, float, float]) -> None:
        for phase, seconds in zip(("tokenization", "queue", "inference"), phases_s, strict=True):
            self.metrics.observe(f"{prefix}_{phase}_duration", seconds)
