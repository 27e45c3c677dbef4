"""Checks of the two model servers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from infra.pipeline.assemble import Pipeline
from infra.pipeline.embed import NORM_TOLERANCE
from infra.pipeline.served import ServedModel
from infra.pipeline.smoke.check import Check, Measured
from infra.settings import EmbedSettings, RerankSettings

_TEXTS = (
    "Сила тока прямо пропорциональна напряжению.",
    "Photosynthesis turns light into chemical energy.",
    "Ёж",
    "The second law of Newton relates force, mass and acceleration; it holds in inertial frames.",
)

# A GPU computes the same text a little differently beside others: TEI's own tests accept 5e-3 on
# a number. The cosine alone would hide a wrong length.
_NUMBER_TOLERANCE = 5e-3
_LEAST_COSINE = 0.999

_Rows = list[list[float | None]]


def embed_checks(pipeline: Pipeline) -> list[Check]:
    """What the embed server must hold."""
    settings = pipeline.settings.embed

    def rows(texts: Sequence[str]) -> _Rows:
        return pipeline.embedder.embed_unchecked(texts)

    def dimension() -> Measured:
        lengths = {len(row) for row in rows(_TEXTS)}
        return Measured(lengths == {settings.dimensions}, _listed(sorted(lengths)))

    def finite() -> Measured:
        numbers = [number for row in rows(_TEXTS) for number in row]
        bad = sum(number is None or not math.isfinite(number) for number in numbers)
        return Measured(bool(numbers) and not bad, f"{bad} of {len(numbers)} not finite")

    def norm() -> Measured:
        norms = [_norm(row) for row in rows(_TEXTS)]
        passed = all(abs(norm - 1) <= NORM_TOLERANCE for norm in norms)
        worst = max(norms, key=lambda norm: abs(norm - 1))
        return Measured(passed, f"{worst:.6f}, the farthest of {len(norms)}")

    def determinism() -> Measured:
        first, second = (rows(_TEXTS[:1]) for _ in range(2))
        return _compared(first, second)

    def batch() -> Measured:
        together = rows(_TEXTS)
        alone = [row for text in _TEXTS for row in rows([text])]
        return _compared(together, alone)

    def over_limit() -> Measured:
        count = pipeline.embedder.served.max_client_batch_size + 1
        status = pipeline.embedder.embed_status(["a"] * count)
        return Measured(status == 422, f"{count} texts: status {status}")

    def empty_text() -> Measured:
        status = pipeline.embedder.embed_status([""])
        return Measured(status in {400, 422}, f"status {status}")

    same = f"numbers within {_NUMBER_TOLERANCE:g}, cosine above {_LEAST_COSINE}"
    return [
        Check(
            name="embed: dimension",
            expected=f"{settings.dimensions} numbers in every vector",
            measure=dimension,
        ),
        Check(name="embed: finite", expected="every number is finite", measure=finite),
        Check(name="embed: norm", expected=f"1 within {NORM_TOLERANCE:g}", measure=norm),
        Check(name="embed: same text twice", expected=same, measure=determinism),
        Check(name="embed: in a list as alone", expected=same, measure=batch),
        *_over_limit_check("embed", pipeline, over_limit),
        Check(name="embed: empty text", expected="refused, status 400", measure=empty_text),
        _limits_check("embed", lambda: pipeline.embedder.served, settings),
    ]


def rerank_checks(pipeline: Pipeline) -> list[Check]:
    """What the rerank server must hold."""

    def order(query: str, relevant: str, other: str) -> Measured:
        # The wrong one goes first, so that leaving the order alone fails.
        low, high = pipeline.reranker.scores(query, [other, relevant])
        return Measured(high > low, f"{high:.4f} against {low:.4f}")

    def over_limit() -> Measured:
        count = pipeline.reranker.served.max_client_batch_size + 1
        status = pipeline.reranker.rerank_status("a", ["a"] * count)
        return Measured(status == 422, f"{count} texts: status {status}")

    def russian() -> Measured:
        return order(
            "почему листья зелёные",
            "Листья зелёные потому, что хлорофилл отражает зелёный свет.",
            "Парламент принял закон о бюджете на следующий год.",
        )

    def english() -> Measured:
        return order(
            "why are leaves green",
            "Leaves are green because chlorophyll reflects green light.",
            "Parliament passed the budget for the next year.",
        )

    wins = "the relevant passage scores higher"
    return [
        Check(name="rerank: order in Russian", expected=wins, measure=russian),
        Check(name="rerank: order in English", expected=wins, measure=english),
        *_over_limit_check("rerank", pipeline, over_limit),
        _limits_check("rerank", lambda: pipeline.reranker.served, pipeline.settings.rerank),
    ]


def _over_limit_check(
    role: str, pipeline: Pipeline, measure: Callable[[], Measured]
) -> list[Check]:
    """For a server that is called itself: a gateway splits such a list instead of refusing it."""
    if pipeline.through_gateway:
        return []
    name = f"{role}: list over the limit"
    return [Check(name=name, expected="refused, status 422", measure=measure)]


def _limits_check(
    role: str, served: Callable[[], ServedModel], settings: EmbedSettings | RerankSettings
) -> Check:
    """The server accepts at least what the pipeline will send under these settings."""

    def limits() -> Measured:
        model = served()
        pairs = (
            (model.max_client_batch_size, settings.max_client_batch_size, "texts in a list"),
            (model.max_concurrent_requests, settings.max_concurrent_requests, "in flight"),
            (model.max_batch_tokens, settings.max_batch_tokens, "tokens in a batch"),
        )
        value = ", ".join(f"{has} {what}" for has, _, what in pairs)
        return Measured(all(has >= wanted for has, wanted, _ in pairs), value)

    return Check(
        name=f"{role}: limits",
        expected=f"at least {settings.max_client_batch_size}, "
        f"{settings.max_concurrent_requests} and {settings.max_batch_tokens} as in the settings",
        measure=limits,
    )


def _compared(left: _Rows, right: _Rows) -> Measured:
    difference, cosine = 0.0, 1.0
    for a, b in zip(left, right, strict=True):
        x, y = _numbers(a), _numbers(b)
        if not x or len(x) != len(a) or len(y) != len(b) or len(x) != len(y):
            return Measured(passed=False, value="numbers are missing")
        difference = max(difference, *(abs(i - j) for i, j in zip(x, y, strict=True)))
        dot = math.fsum(i * j for i, j in zip(x, y, strict=True))
        cosine = min(cosine, dot / (_norm(a) * _norm(b)) if _norm(a) * _norm(b) else 0.0)
    passed = difference <= _NUMBER_TOLERANCE and cosine > _LEAST_COSINE
    return Measured(passed, f"numbers within {difference:.1g}, cosine {cosine:.6f}")


def _numbers(row: Sequence[float | None]) -> list[float]:
    return [number for number in row if number is not None]


def _norm(row: Sequence[float | None]) -> float:
    return math.sqrt(math.fsum(number * number for number in _numbers(row)))


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
