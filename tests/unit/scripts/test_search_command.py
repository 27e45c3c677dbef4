"""`retrieval search`: a readable answer, the same as data, and notes about what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import typer
from qdrant_client import models
from typer.testing import CliRunner, Result

from infra.errors import UsageError
from infra.pipeline import assemble
from infra.pipeline.answers import Answer, Degraded, SearchResult
from infra.pipeline.legs import Leg
from infra.pipeline.records import Language, Passage
from infra.pipeline.watch import Stage
from infra.settings import StackSettings, Target
from scripts import search
from scripts.deployment import Deployment, Endpoints

SCHEMA = {
    name: models.PayloadIndexInfo(data_type=kind, points=1)
    for name, kind in (
        ("lang", models.PayloadSchemaType.KEYWORD),
        ("grade", models.PayloadSchemaType.INTEGER),
    )
}
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
    leg_scores={Leg.DENSE: 0.75, Leg.BM25_RU: 6.5},
    leg_parts={Leg.DENSE: 0.0164, Leg.BM25_RU: 0.0148},
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
        self.asked: list[tuple[str, int | None, bool, float | None]] = []
        self.conditions: list[models.Filter | None] = []
        self.store = SimpleNamespace(
            require=self._require,
            collection="lessons-1",
            section_text=lambda passages: {p.section_id: "# Part\nAll of it." for p in passages},
        )
        self.embedder = SimpleNamespace(served="a model")
        self.qdrant = SimpleNamespace(
            get_collection=lambda name: SimpleNamespace(payload_schema=SCHEMA),
        )
        self.store_calls = SimpleNamespace(run=lambda call: call())

    def __enter__(self) -> FakePipeline:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is open."""

    def searcher(self, condition: models.Filter | None) -> FakePipeline:
        self.conditions.append(condition)
        return self

    def search(
        self, query: str, *, top_k: int | None, with_rerank: bool, deadline_ms: float | None
    ) -> SearchResult:
        self.asked.append((query, top_k, with_rerank, deadline_ms))
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
        assert fake.asked == [("сила тока", None, True, None)]
        assert fake.conditions == [None]
        assert fake.required == 1

    def test_options_reach_the_search(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`--top-k`, `--no-rerank` and `--deadline-ms`."""
        _, fake = run(monkeypatch, found(), "--top-k", "7", "--no-rerank", "--deadline-ms", "250")
        assert fake.asked == [("сила тока", 7, False, 250)]

    def test_filters_become_one_condition(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Values of one field are alternatives, fields add up."""
        options = ("--lang", "ru", "--filter", "grade=7", "--filter", "grade=8")
        _, fake = run(monkeypatch, found(), *options)
        assert fake.conditions == [
            models.Filter(
                must=[
                    models.FieldCondition(key="grade", match=models.MatchAny(any=[7, 8])),
                    models.FieldCondition(key="lang", match=models.MatchAny(any=["ru"])),
                ]
            )
        ]

    def test_the_section_takes_the_place_of_the_snippet(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`--context` shows the section as it is, line by line."""
        result, _ = run(monkeypatch, found(), "--context")
        assert result.stdout.splitlines()[2:4] == ["   # Part", "   All of it."]

    def test_how_an_answer_got_to_its_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`--explain`: each leg's rank, score and part, the fused score, the reranker's."""
        result, _ = run(monkeypatch, found(), "--explain")
        assert result.stdout.splitlines()[2] == (
            "   dense rank 1, score 0.7500, adds 0.01640; "
            "bm25_ru rank 4, score 6.5000, adds 0.01480; fused 0.03120; rerank 0.9877"
        )

    def test_what_failed_is_told_with_its_reason(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The problem stands behind the note."""
        lost = Degraded.DENSE_UNAVAILABLE
        result, _ = run(monkeypatch, replace(found(lost), problems={lost: "gone: no answer"}))
        assert "note: answered without the dense leg (gone: no answer)" in result.stderr

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
    assert body["input"]["deadline_ms"] == 5000
    assert body["input"]["search"]["candidates_retrieved"] == 50
    assert body["answers"] == [
        {
            "rank": 1,
            "score": 0.98765,
            "fused_score": 0.0312,
            "leg_ranks": {"dense": 1, "bm25_ru": 4},
            "leg_scores": {"dense": 0.75, "bm25_ru": 6.5},
            "leg_parts": {"dense": 0.0164, "bm25_ru": 0.0148},
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


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("title=Ohm", "grade, lang"),
        ("grade=seven", "whole numbers"),
        ("grade", "FIELD=VALUE"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, option: str, told: str
) -> None:
    """A field without an index, a value of another type, no condition at all."""
    result, fake = run(monkeypatch, found(), "--filter", option)
    assert isinstance(result.exception, UsageError)
    assert told in result.exception.why
    assert fake.asked == []
