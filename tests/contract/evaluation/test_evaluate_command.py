"""`retrieval evaluate` on real servers: tables, data, the user's own sets, honest failures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from infra.errors import InputFileError, OperatorError, ServiceUnavailableError, UsageError
from infra.evaluation.metrics import Metric
from infra.settings import StackSettings, Target
from scripts.deployment import Deployment

pytestmark = [pytest.mark.contract, pytest.mark.real_time, pytest.mark.runs("python")]

Run = Callable[..., Result]

TOPICS = {"ru/physics-ohm-law.md": "закон Ома", "en/economics-inflation.md": "hyperinflation"}
SYSTEMS = ["dense", "bm25_ru", "bm25_en", "bm25", "fused", "fused+rerank"]


def data(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def means(report: dict[str, Any], group: str) -> dict[str, dict[str, float]]:
    found = next(item for item in report["groups"] if item["group"] == group)
    return {
        system["system"]: {name: value["mean"] for name, value in system["metrics"].items()}
        for system in found["systems"]
    }


def failure(result: Result) -> OperatorError:
    assert isinstance(result.exception, OperatorError)
    return result.exception


@pytest.fixture
def trec(tmp_path: Path) -> tuple[str, ...]:
    """Two of the lessons' topics as a TREC set."""
    topics, qrels = tmp_path / "topics.tsv", tmp_path / "qrels.txt"
    topics.write_text("".join(f"{n}\t{text}\n" for n, text in enumerate(TOPICS.values())))
    qrels.write_text("".join(f"{n} 0 {doc_id} 1\n" for n, doc_id in enumerate(TOPICS)))
    return ("--format", "trec", "--queries", str(topics), "--qrels", str(qrels))


class TestReport:
    def test_the_tables(self, run: Run, lessons: Deployment) -> None:
        """Every system in every group with its interval, the seed, and what the models are."""
        printed = run("evaluate", "--kinds", on=lessons).stdout
        for title in ("ru (31 queries)", "en (30 queries)", "all languages (61 queries)"):
            assert title in printed
        assert "cross-lingual, ru queries (5 queries)" in printed
        assert "typo, en (3 queries)" in printed
        assert len(re.findall(r"│ fused\+rerank +│ [01]\.\d{3} \[", printed)) == 5 + 17
        assert "stand-ins without weights" in printed
        assert "seed 20" in printed

    def test_the_data(self, run: Run, lessons: Deployment) -> None:
        """One object with its input, the collection, the models, groups and single queries."""
        report = data(run("evaluate", "--json", "--seed", "5", on=lessons))
        assert (report["schema_version"], report["command"]) == (1, "evaluate")
        assert report["tool"]["version"]
        assert report["input"]["seed"] == 5
        assert report["input"]["settings"]["search"]["rrf_k"] == 60
        assert report["collection"] == f"lessons-{report['index_key']}"
        assert report["stand_in_models"] is True
        assert report["missing_documents"] == []
        assert len(report["per_query"]) == 72
        assert list(report["per_query"][0]["scores"]) == SYSTEMS

    def test_the_same_seed_gives_the_same_report(self, run: Run, lessons: Deployment) -> None:
        """Search, fusing and intervals repeat to the last digit."""
        first, second = (data(run("evaluate", "--json", on=lessons)) for _ in range(2))
        assert first == second

    def test_group_means_are_those_of_their_queries(self, run: Run, lessons: Deployment) -> None:
        """The main mean is over queries in their own language, and over no other."""
        report = data(run("evaluate", "--json", on=lessons))
        own = [query for query in report["per_query"] if query["kind"] != "cross-lingual"]
        mean = sum(query["scores"]["fused"]["ndcg_at_10"] for query in own) / len(own)
        assert means(report, "all languages")["fused"]["ndcg_at_10"] == pytest.approx(mean)


class TestOwnSets:
    def test_trec(self, run: Run, lessons: Deployment, trec: tuple[str, ...]) -> None:
        """Topics and qrels of the user, languages told by their letters."""
        report = data(run("evaluate", "--json", *trec, on=lessons))
        assert [group["group"] for group in report["groups"]] == ["ru", "en", "all languages"]
        assert means(report, "all languages")["fused"]["recall_at_50"] == 1.0

    def test_beir_gives_the_same_numbers(
        self, run: Run, lessons: Deployment, trec: tuple[str, ...], tmp_path: Path
    ) -> None:
        """The same set in another format is the same measurement."""
        queries, qrels = tmp_path / "queries.jsonl", tmp_path / "test.tsv"
        queries.write_text(
            "".join(
                json.dumps({"_id": str(n), "text": text}) + "\n"
                for n, text in enumerate(TOPICS.values())
            )
        )
        rows = "".join(f"{n}\t{doc_id}\t1\n" for n, doc_id in enumerate(TOPICS))
        qrels.write_text(f"query-id\tcorpus-id\tscore\n{rows}")
        beir = ("--format", "beir", "--queries", str(queries), "--qrels", str(qrels))
        reports = [
            data(run("evaluate", "--json", *options, on=lessons)) for options in (trec, beir)
        ]
        assert reports[0]["groups"] == reports[1]["groups"]

    def test_missing_documents_are_told(
        self, run: Run, lessons: Deployment, trec: tuple[str, ...]
    ) -> None:
        """A relevant document that is not indexed counts as not found, and is named."""
        qrels = Path(trec[-1])
        qrels.write_text(qrels.read_text() + "0 0 ru/nowhere.md 1\n")
        report = data(run("evaluate", "--json", *trec, on=lessons))
        assert report["missing_documents"] == ["ru/nowhere.md"]
        assert means(report, "ru")["fused"]["recall_at_50"] == 0.5
        assert "1 of 3 relevant documents are not in the collection" in " ".join(
            run("evaluate", *trec, on=lessons).stdout.split()
        )

    def test_a_set_of_another_corpus_is_refused(
        self, run: Run, lessons: Deployment, tmp_path: Path
    ) -> None:
        """Zeros that come from foreign ids are no measurement."""
        queries = tmp_path / "q.jsonl"
        line = {"query": "x", "lang": "en", "relevant": ["other.md"], "kind": "term"}
        queries.write_text(json.dumps(line) + "\n")
        result = run("evaluate", "--queries", str(queries), on=lessons)
        assert isinstance(failure(result), InputFileError)


class TestFailures:
    def test_nothing_indexed(self, run: Run, lessons: Deployment) -> None:
        """A stack without a collection says what to run first."""
        store: dict[str, object] = {"collection": "never-made"}
        settings = StackSettings.model_validate({"target": Target.LOCAL, "store": store})
        error = failure(run("evaluate", on=replace(lessons, settings=settings)))
        assert "retrieval index" in error.remedy

    def test_a_dead_reranker_ends_the_run(self, run: Run, lessons: Deployment) -> None:
        """No table is printed in which the reranked rows are really fused ones."""
        endpoints = replace(lessons.endpoints, rerank="http://127.0.0.1:9")
        result = run("evaluate", on=replace(lessons, endpoints=endpoints))
        assert isinstance(failure(result), ServiceUnavailableError)
        assert "fused+rerank" not in result.stdout

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--points", "5000"),
            ("--oversampling", "2"),
            ("--recall", "--kinds"),
            ("--recall", "--oversampling", "0.5"),
            ("--recall", "--oversampling", "two"),
            ("--format", "trec"),
            ("--qrels", "x"),
        ],
    )
    def test_options_that_do_not_fit(self, run: Run, arguments: tuple[str, ...]) -> None:
        """A wrong command line is told before anything is asked."""
        assert isinstance(failure(run("evaluate", *arguments)), UsageError)


def test_metric_names_are_stable() -> None:
    """They are keys of the data that people keep."""
    assert [metric.value for metric in Metric] == ["ndcg_at_10", "recall_at_50", "mrr"]
