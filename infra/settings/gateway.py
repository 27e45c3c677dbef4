"""The gateway: how much it admits, how it shares the model servers, how long it waits."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from infra.settings.base import Settings

ModelName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
# Configuration holds a list; a tuple keeps the record frozen.
ModelNames = Annotated[tuple[ModelName, ...], Field(strict=False)]


class GatewaySettings(Settings):
    """Admission, lanes and limits of the one address that applications use."""

    query_in_flight: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Requests with a reader waiting (search, one text, a short rerank) that run "
        "at once; more wait in the queue.",
    )
    query_queue: int = Field(
        default=32,
        ge=0,
        le=4096,
        description="Such requests that may wait; one more gets 429 with Retry-After.",
    )
    passage_in_flight: int = Field(
        default=4,
        ge=1,
        le=256,
        description="Bulk requests (lists of passages, long reranks) that run at once.",
    )
    passage_queue: int = Field(
        default=16,
        ge=0,
        le=4096,
        description="Bulk requests that may wait; one more gets 429 with Retry-After.",
    )
    query_calls_in_flight: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Calls of the query lane that one model server gets at once. The server "
        "batches what waits together.",
    )
    passage_calls_in_flight: int = Field(
        default=6,
        ge=1,
        le=16,
        description="Calls of the passage lane at once while nobody queries, which the server "
        "batches to its full budget. Beside queries it is always 1.",
    )
    passage_call_tokens: int = Field(
        default=2048,
        ge=64,
        le=16384,
        description="Padded tokens of one call of the passage lane: a query waits for at most one "
        "such call. A T4 is calculated to be saturated from about 1000.",
    )
    queries_per_passage_call: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Query calls that may overtake a waiting passage call before it gets its turn, "
        "so that indexing goes on under steady queries.",
    )
    quiet_ms: int = Field(
        default=10_000,
        ge=0,
        le=600_000,
        description="Time without a query after which passage_calls_in_flight applies. The first "
        "query after it waits for that many calls.",
    )
    deadline_ms: int = Field(
        default=5000,
        ge=50,
        le=600_000,
        description="Time for a request of the query lane that names no deadline; then 504.",
    )
    passage_deadline_ms: int = Field(
        default=60_000,
        ge=50,
        le=600_000,
        description="The same for a bulk request.",
    )
    max_deadline_ms: int = Field(
        default=120_000,
        ge=50,
        le=600_000,
        description="Longest deadline that a request may ask for.",
    )
    retry_ms: int = Field(
        default=1000,
        ge=0,
        le=60_000,
        description="How long a call of the query lane is tried again on 429 or a lost connection.",
    )
    passage_retry_ms: int = Field(
        default=15_000,
        ge=0,
        le=600_000,
        description="The same for the passage lane: longer than a restart of a model server "
        "whose weights are on the host.",
    )
    max_body_bytes: int = Field(
        default=8_000_000,
        ge=1000,
        le=100_000_000,
        description="Longest request body; more is 413.",
    )
    body_timeout_ms: int = Field(
        default=10_000,
        ge=100,
        le=600_000,
        description="Time to send a request body; longer is 408.",
    )
    max_texts: int = Field(
        default=2048,
        ge=1,
        le=10_000,
        description="Texts or documents in one request.",
    )
    max_open_requests: int = Field(
        default=256,
        ge=1,
        le=10_000,
        description="Requests under way in any state; one more gets 429 before its body is read.",
    )
    drain_notice_ms: int = Field(
        default=1000,
        ge=0,
        le=300_000,
        description="After SIGTERM, time with /readyz at 503 in which requests are still taken, so "
        "that a load balancer can leave.",
    )
    drain_ms: int = Field(
        default=10_000,
        ge=0,
        le=600_000,
        description="After that, time for requests in flight to finish.",
    )
    embed_aliases: ModelNames = Field(
        default=(),
        description="Further model names that /v1/embeddings accepts and answers with, for "
        "applications that cannot change theirs.",
    )
    rerank_aliases: ModelNames = Field(
        default=(), description="Further model names that /v1/rerank accepts."
    )
    log_text: bool = Field(
        default=False,
        description="Write queries into the log. They are personal data in most schools.",
    )

    @model_validator(mode="after")
    def _deadlines_fit(self) -> Self:
        too_long = [
            f"{name} is {value}"
            for name, value in (
                ("deadline_ms", self.deadline_ms),
                ("passage_deadline_ms", self.passage_deadline_ms),
            )
            if value > self.max_deadline_ms
        ]
        if too_long:
            raise ValueError(
                f"{' and '.join(too_long)}, more than max_deadline_ms {self.max_deadline_ms}: a "
                "default nobody may ask for; lower it or raise max_deadline_ms"
            )
        return self
