"""`retrieval search`: a readable answer, the same as data, and notes about what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from infra.pipeline import assemble
from infra.pipeline.answers import Answer, Degraded, SearchResult
from infra.pipeline.legs import Leg
from infra.pipeline.records import Language, Passage
from infra.pipeline.watch import Stage
from infra.settings import StackSettings, Target
from scripts import search
from scripts.deployment import Deployment, Endpoints

PASSAGE = Passage(
    doc_id="ru/ohm.md",
    position=3,
    title="Закон Ома",
    section=("Три величины", "Единицы [СИ]"),
    lang=Language.RUSSIAN,
    text="## Единицы [СИ]\n\nСила тока измеряется в амперах. [bold]Не разметка[/bold].",
    tokens=20,
    first_line=7,
    last_line=9,
)
ANSWER = Answer(
    rank=1,
    score=0.98765,
    fused_score=0.0312,
    leg_ranks={Leg.DENSE: 1, Leg.BM25_RU: 4},
    passage=PASSAGE,
)


def found(*degraded: Degraded, query: str = "сила тока", answer: Answer = ANSWER) -> SearchResult:
    return SearchResult(
        query=query,
        answers=(answer,),
        found={Leg.DENSE: 50, Leg.BM25_RU: 12, Leg.BM25_EN: 0},
        degraded=degraded,
        stage_ms=dict(zip(Stage, (1.25, 2.5, 0.0625, 30.0, 34.0), strict=True)),
    )


class FakePipeline:
    """Takes the place of the assembled pipeline; keeps what it was asked."""

    def __init__(self, result: SearchResult) -> None:
        self.result = result
        self.required = 0
        self.asked: list[tuple[str, int | None, bool]] = []
        self.store = SimpleNamespace(require=self._require)

    def __enter__(self) -> FakePipeline:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is open."""

    def searcher(self) -> FakePipeline:
        return self

    def search(self, query: str, *, top_k: int | None, with_rerank: bool) -> SearchResult:
        self.asked.append((query, top_k, with_rerank))
        return self.result

    def _require(self) -> None:
        self.required += 1


def deployment(stack: str | None) -> Deployment:
    return Deployment(
        stack=stack or "local",
        endpoints=Endpoints(gateway=None, qdrant="http://q", embed="http://e", rerank="http://r"),
        settings=StackSettings(target=Target.LOCAL),
        secrets={},
    )


def run(
    monkeypatch: pytest.MonkeyPatch, result: SearchResult, *arguments: str
) -> tuple[Result, FakePipeline]:
    fake = FakePipeline(result)
    monkeypatch.setattr(assemble, "brief_pipeline", lambda *_: fake)
    app = typer.Typer()
    search.register(app, deployment)
    return CliRunner().invoke(app, ["сила тока", *arguments]), fake


class TestText:
    """What a person reads."""

    def test_order_of_an_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Rank, score, title and section, then source, then snippet, then counts and times."""
        result, fake = run(monkeypatch, found())
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            "1. 0.9877  Закон Ома › Три величины › Единицы [СИ]",
            "   ru/ohm.md:7-9",
            "   Сила тока измеряется в амперах. [bold]Не разметка[/bold].",
            "",
            "found dense 50, bm25_ru 12, bm25_en 0",
            "embed 1.2 ms  search 2.5 ms  fuse 0.1 ms  rerank 30.0 ms  total 34.0 ms",
        ]
        assert result.stderr == ""
        assert fake.asked == [("сила тока", None, True)]
        assert fake.required == 1

    def test_options_reach_the_search(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`--top-k` and `--no-rerank`."""
        _, fake = run(monkeypatch, found(), "--top-k", "7", "--no-rerank")
        assert fake.asked == [("сила тока", 7, False)]

    def test_an_answer_without_a_score(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The fused score is shown under its own name."""
        result, _ = run(monkeypatch, found(Degraded.RERANK_OFF, answer=replace(ANSWER, score=None)))
        assert result.stdout.startswith("1. fused 0.0312  Закон Ома")
        assert "note: not reranked" in result.stderr

    @pytest.mark.parametrize(
        ("flag", "query", "told"),
        [
            (Degraded.RERANK_UNAVAILABLE, "сила тока", True),
            (Degraded.DENSE_EMPTY, "сила тока", True),
            (Degraded.BM25_RU_EMPTY, "сила тока", True),
            (Degraded.BM25_EN_EMPTY, "сила тока", False),
            (Degraded.BM25_RU_EMPTY, "electric current", False),
            (Degraded.BM25_EN_EMPTY, "electric current", True),
            (Degraded.BM25_EN_EMPTY, "42", True),
        ],
    )
    def test_notes(
        self, monkeypatch: pytest.MonkeyPatch, flag: Degraded, query: str, told: bool
    ) -> None:
        """What is missing is told, except for the leg of the other language, which is normal."""
        result, _ = run(monkeypatch, found(flag, query=query))
        assert ("note:" in result.stderr) == told

    def test_nothing_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No answer is said in words, and times are still given."""
        empty = SearchResult(query="x", answers=(), found={}, degraded=(), stage_ms={})
        result, _ = run(monkeypatch, empty)
        assert "no passage found" in result.stderr


def test_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """One object: input, answers with ranks of each leg, counts, flags and times."""
    result, _ = run(monkeypatch, found(Degraded.BM25_EN_EMPTY), "--json", "-k", "1")
    body = json.loads(result.stdout)
    assert body["input"]["query"] == "сила тока"
    assert body["input"]["top_k"] == 1
    assert body["input"]["search"]["candidates_retrieved"] == 50
    assert body["answers"] == [
        {
            "rank": 1,
            "score": 0.98765,
            "fused_score": 0.0312,
            "leg_ranks": {"dense": 1, "bm25_ru": 4},
            "doc_id": "ru/ohm.md",
            "title": "Закон Ома",
            "section": ["Три величины", "Единицы [СИ]"],
            "lang": "ru",
            "source": "ru/ohm.md:7-9",
            "text": PASSAGE.text,
        }
    ]
    assert body["found"] == {"dense": 50, "bm25_ru": 12, "bm25_en": 0}
    assert body["degraded"] == ["bm25_en_empty"]
    assert body["stage_ms"]["total"] == 34.0
    assert "Закон Ома" in result.stdout
