"""`retrieval compare` on real servers: deltas, what moved and why, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from infra.errors import SettingsError, UsageError
from scripts.deployment import Deployment

pytestmark = [pytest.mark.contract, pytest.mark.real_time, pytest.mark.runs("python")]

Run = Callable[..., Result]


def data(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def change(report: dict[str, Any], system: str) -> float:
    """The mean change of nDCG@10 over both languages."""
    return next(
        item["change"]["mean"]
        for item in report["changes"]
        if (item["group"], item["system"], item["metric"])
        == ("all languages", system, "ndcg_at_10")
    )


def test_a_weight_moves_what_depends_on_it(run: Run, lessons: Deployment) -> None:
    """Without the Russian leg's weight fused results move; a leg alone does not."""
    report = data(run("compare", "--set", "search.weight_bm25_ru=0.05", "--json", on=lessons))
    assert report["input"]["changed_settings"]["search"]["weight_bm25_ru"] == 0.05
    assert change(report, "bm25_ru") == change(report, "dense") == 0
    assert change(report, "fused") != 0
    sizes = [abs(item["ndcg_at_10_change"]) for item in report["moved"]]
    assert sizes == sorted(sizes, reverse=True)


def test_agrees_with_two_evaluations(run: Run, lessons: Deployment) -> None:
    """Before and after are the numbers that `evaluate` gives for each setting."""
    report = data(run("compare", "--set", "search.rrf_k=1", "--json", on=lessons))
    search = lessons.settings.search.model_copy(update={"rrf_k": 1})
    settings = lessons.settings.model_copy(update={"search": search})
    other = Deployment(
        stack="local", endpoints=lessons.endpoints, settings=settings, secrets=lessons.secrets
    )
    for side, stack in (("before", lessons), ("after", other)):
        evaluated = data(run("evaluate", "--json", on=stack))
        for group in evaluated["groups"]:
            for system in group["systems"]:
                for metric, value in system["metrics"].items():
                    row = next(
                        item
                        for item in report["changes"]
                        if (item["group"], item["system"], item["metric"])
                        == (group["group"], system["system"], metric)
                    )
                    assert row[side] == pytest.approx(value["mean"])


def test_reasons_for_one_query(run: Run, lessons: Deployment) -> None:
    """Switching the reranker off: each passage that moved lost its score, and says so."""
    arguments = ("--set", "search.candidates_reranked=0", "--query", "what is inflation")
    moved = data(run("compare", *arguments, "--json", on=lessons))["moved"]
    reasons = [reason for move in moved[0]["moves"] for reason in move["reasons"]]
    assert moved[0]["ndcg_at_10_change"] is None
    assert all("no longer reranked" in reason for reason in reasons)
    printed = run("compare", *arguments, on=lessons).stdout
    assert "retrieval:search.candidates_reranked  12 → 0" in printed
    assert "1 of 1 queries are answered differently" in printed


def test_store_settings_search_anew(run: Run, lessons: Deployment) -> None:
    """Rescoring is a matter of the store's search, not of the memory of the first side."""
    report = data(run("compare", "--set", "store.rescore=false", "--json", on=lessons))
    assert change(report, "bm25_ru") == 0
    assert change(report, "dense") != 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--set", "search.rrf_kk=1"), SettingsError),
        (("--set", "passages.max_tokens=128"), UsageError),
        (("--set", "search.rrf_k=20", "--query", "x", "--queries", "y"), UsageError),
    ],
)
def test_refusals(
    run: Run, lessons: Deployment, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    """What cannot be compared is told with its reason."""
    assert isinstance(run("compare", *arguments, on=lessons).exception, error)
