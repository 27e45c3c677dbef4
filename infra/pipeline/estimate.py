"""How long indexing would take, from a short measurement of the embed server."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from infra.clock import Clock
from infra.pipeline.model_text import model_text
from infra.pipeline.ports import IndexEmbedder
from infra.pipeline.records import Passage

# Calls of each lane that are timed, after one that warms the server up.
_CALLS_TIMED = 3
# Passages kept for the sample: those of the calls above, at the largest list that TEI is set to.
_SAMPLE_PASSAGES = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """`seconds` is the time of embedding `tokens` at the rate that a sample was embedded with.

    Writing goes on meanwhile and adds little; reading and cutting are not in it.
    """

    tokens: int
    sample_passages: int
    sample_tokens: int
    sample_s: float
    tokens_per_s: float
    seconds: float


class Sampler:
    """Keeps the first passages that would be embedded, and times embedding them."""

    def __init__(self, embedder: IndexEmbedder, clock: Clock, *, calls_in_flight: int) -> None:
        self._embedder = embedder
        self._clock = clock
        self._calls_in_flight = calls_in_flight
        self._kept: list[Passage] = []

    def offer(self, passages: Sequence[Passage]) -> None:
        """Passages that would be embedded; only the first are kept."""
        self._kept.extend(passages[: _SAMPLE_PASSAGES - len(self._kept)])

    def estimate(self, tokens: int) -> Estimate | None:
        """The time for `tokens`; None when there is nothing to embed."""
        if not self._kept or not tokens:
            return None
        ordered = sorted(self._kept, key=lambda passage: passage.tokens)
        texts = [model_text(passage) for passage in ordered]
        lengths = [passage.tokens for passage in ordered]
        parts = self._embedder.batches(texts, lengths)

        def embed(part: range) -> None:
            own = slice(part.start, part.stop)
            self._embedder.text_vectors(texts[own], lengths[own])

        # Spread over the lengths, as in the whole.
        most = self._calls_in_flight * _CALLS_TIMED
        chosen = sorted({index * len(parts) // most for index in range(most)})
        timed = [parts[index] for index in chosen]
        embed(timed[0])
        started_s = self._clock.monotonic_s()
        with ThreadPoolExecutor(max_workers=self._calls_in_flight) as pool:
            list(pool.map(embed, timed))
        sample_s = self._clock.monotonic_s() - started_s
        sample_tokens = sum(sum(lengths[part.start : part.stop]) for part in timed)
        rate = sample_tokens / sample_s if sample_s > 0 else 0.0
        return Estimate(
            tokens=tokens,
            sample_passages=sum(map(len, timed)),
            sample_tokens=sample_tokens,
            sample_s=sample_s,
            tokens_per_s=rate,
            seconds=tokens / rate if rate else 0.0,
        )
