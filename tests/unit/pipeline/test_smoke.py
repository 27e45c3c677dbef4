"""Smoke: every check passes on a good server and fails on exactly the lie that it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from infra.clock import FakeClock
from infra.errors import CheckFailedError
from infra.pipeline.assemble import Pipeline
from infra.pipeline.embed import EmbedClient
from infra.pipeline.rerank import RerankClient
from infra.pipeline.retry import BRIEF
from infra.pipeline.smoke import CheckResult, run_smoke
from infra.pipeline.smoke.check import Check, Measured, run_check
from infra.pipeline.smoke.models import embed_checks, rerank_checks
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import Reply
from infra.settings import EmbedSettings, RerankSettings, StackSettings, Target
from tests.unit.pipeline.fakes import DIMENSIONS, INFO, FakeTei, json_reply, vector_of

_LIMITS = {"max_client_batch_size": 4, "max_concurrent_requests": 16, "max_batch_tokens": 64}
_SETTINGS = StackSettings(
    target=Target.LOCAL,
    embed=EmbedSettings.model_validate({"dimensions": DIMENSIONS, **_LIMITS}),
    rerank=RerankSettings.model_validate(_LIMITS),
)


@dataclass(frozen=True)
class Addresses:
    """No addresses."""

    gateway: str | None = None
    embed: str | None = None
    rerank: str | None = None
    qdrant: str | None = None


class Lying(FakeTei):
    """Changes the answer of one route."""

    def __init__(self, path: str, lie: Callable[[list[str]], object]) -> None:
        super().__init__()
        self._path = path
        self._lie = lie
        self.count = 0

    def post(self, path: str, payload: object) -> Reply:
        if path != self._path:
            return super().post(path, payload)
        assert isinstance(payload, dict)
        self.count += 1
        return json_reply(self._lie(payload.get("inputs") or payload["texts"]))


def failed(embed: FakeTei | None = None, rerank: FakeTei | None = None) -> list[str]:
    pipeline = Pipeline(
        addresses=Addresses(), secrets={}, settings=_SETTINGS, clock=FakeClock(), policy=BRIEF
    )

    def calls(tei: FakeTei | None) -> TeiCalls:
        return TeiCalls(tei or FakeTei(), role="any", policy=BRIEF, clock=FakeClock())

    pipeline.__dict__["embedder"] = EmbedClient(calls(embed), _SETTINGS.embed)
    pipeline.__dict__["reranker"] = RerankClient(calls(rerank), _SETTINGS.rerank)
    checks = [*embed_checks(pipeline), *rerank_checks(pipeline)]
    return [result.name for result in map(run_check, checks) if not result.passed]


def scaled(texts: list[str]) -> object:
    return [[2 * number for number in vector_of(text)] for text in texts]


def by_neighbours(texts: list[str]) -> object:
    """Vectors depend on the length of the list, as after a mix-up of padding."""
    return [vector_of(text if len(texts) == 1 else "other") for text in texts]


REFUSALS = {"embed: list over the limit", "embed: empty text"}


def test_a_good_server_passes() -> None:
    """No check fails without a reason."""
    assert failed() == []


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        (lambda texts: [vector_of(text, 16) for text in texts], {"embed: dimension"}),
        (
            lambda texts: [[None] * DIMENSIONS for _ in texts],
            {"embed: finite", "embed: norm", "embed: same text twice", "embed: in a list as alone"},
        ),
        (scaled, {"embed: norm"}),
        (by_neighbours, {"embed: in a list as alone"}),
    ],
)
def test_a_lie_about_vectors_is_found(
    lie: Callable[[list[str]], object], expected: set[str]
) -> None:
    """Dimension, missing numbers, norm, and neighbours that change a vector."""
    assert set(failed(embed=Lying("/embed", lie))) == expected | REFUSALS


def test_a_server_without_memory_is_found() -> None:
    """The same text has to give the same vector."""
    tei = Lying("/embed", lambda texts: [vector_of(f"{text} {tei.count}") for text in texts])
    names = set(failed(embed=tei))
    assert names == {"embed: same text twice", "embed: in a list as alone"} | REFUSALS


def test_missing_rows_are_found() -> None:
    """An empty answer passes nothing."""
    names = set(failed(embed=Lying("/embed", lambda texts: [])))
    vectors = {"dimension", "finite", "norm", "same text twice", "in a list as alone"}
    assert names == {f"embed: {name}" for name in vectors} | REFUSALS


def test_a_reranker_that_keeps_the_order_is_found() -> None:
    """Both languages are judged, and so is the list that should be refused."""
    tei = Lying(
        "/rerank",
        lambda texts: [{"index": index, "score": 1 - index / 9} for index in range(len(texts))],
    )
    assert set(failed(rerank=tei)) == {
        "rerank: order in Russian",
        "rerank: order in English",
        "rerank: list over the limit",
    }


@pytest.mark.parametrize("limit", list(_LIMITS))
def test_limits_below_the_settings_are_found(limit: str) -> None:
    """Each of the three limits counts."""
    info = {**INFO, limit: _LIMITS[limit] - 1}
    assert failed(embed=FakeTei(info=info)) == ["embed: limits"]


def test_an_operator_error_fails_the_check_with_its_words() -> None:
    """The run goes on after it."""

    def refuse() -> Measured:
        raise CheckFailedError("it broke", why="for a reason", remedy="mend it")

    result = run_check(Check(name="n", expected="e", measure=refuse))
    expected = CheckResult(name="n", passed=False, measured="it broke: for a reason", expected="e")
    assert result == expected


@pytest.mark.parametrize("known", [True, False])
def test_nothing_passes_where_nothing_runs(free_port: int, known: bool) -> None:
    """Neither behind dead addresses nor without any; what could not run says so."""
    dead = f"http://127.0.0.1:{free_port}" if known else None
    pipeline = Pipeline(
        addresses=Addresses(embed=dead, rerank=dead, qdrant=dead),
        secrets={},
        settings=_SETTINGS,
        clock=FakeClock(),
        policy=BRIEF,
    )
    seen: list[CheckResult] = []
    with pipeline:
        results = run_smoke(pipeline, run_id="x", seen=seen.append)
    assert seen == results
    assert not any(result.passed for result in results)
    not_run = [result for result in results if result.measured == "not run: nothing was indexed"]
    assert len(not_run) == 10
