"""Searching: what reaches the caller, in which order, and what is told about it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from infra.clock import FakeClock
from infra.errors import ServiceRefusedError, ServiceUnavailableError, UsageError
from infra.pipeline.answers import Degraded, SearchResult
from infra.pipeline.legs import Leg
from infra.pipeline.search import Searcher
from infra.pipeline.watch import Stage
from infra.settings import SearchSettings
from tests.unit.pipeline.fakes import FakeEmbedder, FakeLegs, FakeReranker, passage

TEXTS = ("red green", "blue", "green blue", "red", "nothing")
PASSAGES = [passage(text, position=number) for number, text in enumerate(TEXTS)]
EVERYWHERE = {Leg.DENSE: [0, 1, 2, 3, 4], Leg.BM25_RU: [1, 2], Leg.BM25_EN: [1]}


class Bench:
    """A searcher over five passages, with everything it talked to."""

    def __init__(
        self,
        found: dict[Leg, list[int]] | None = None,
        error: Exception | None = None,
        **settings: float,
    ) -> None:
        self.legs = FakeLegs(PASSAGES, found or EVERYWHERE)
        self.reranker = FakeReranker(error)
        self.embedder = FakeEmbedder()
        self.clock = FakeClock()
        values = {"candidates_retrieved": 5, "candidates_reranked": 3, "top_k": 2, **settings}
        self.searcher = Searcher(
            embedder=self.embedder,
            reranker=self.reranker,
            store=self.legs,
            settings=SearchSettings.model_validate(values),
            clock=self.clock,
        )

    def search(self, query: str = "red green", *, top_k: int | None = None) -> SearchResult:
        return self.searcher.search(query, top_k=top_k)


def texts(result: SearchResult) -> list[str]:
    return [answer.passage.text for answer in result.answers]


def unavailable() -> ServiceUnavailableError:
    return ServiceUnavailableError("gone", why="test", remedy="none")


class TestOrder:
    """Fused, then reranked, then cut."""

    def test_the_reranker_has_the_last_word_on_the_best_candidates(self) -> None:
        """The three best fused are scored; the query's words decide."""
        bench = Bench()
        result = bench.search()
        assert bench.reranker.seen == [["blue", "green blue", "red green"]]
        assert texts(result) == ["red green", "green blue"]
        assert [answer.score for answer in result.answers] == [1.0, 0.5]
        assert [answer.rank for answer in result.answers] == [1, 2]
        assert result.answers[0].leg_ranks == {Leg.DENSE: 1}
        assert result.answers[1].leg_ranks == {Leg.DENSE: 3, Leg.BM25_RU: 2}
        assert result.degraded == ()

    def test_answers_beyond_the_reranked_keep_their_fused_order(self) -> None:
        """They follow without a score."""
        result = Bench().search(top_k=5)
        assert texts(result) == ["red green", "green blue", "blue", "red", "nothing"]
        assert [answer.score for answer in result.answers] == [1.0, 0.5, 0.0, None, None]

    def test_only_needed_passages_are_fetched(self) -> None:
        """Three to rerank, although five were found."""
        bench = Bench()
        bench.search()
        assert [len(ids) for ids in bench.legs.fetched] == [3]

    def test_the_query_is_normalised_once_for_all(self) -> None:
        """Embed server, legs and reranker see the same form; the result keeps the original."""
        bench = Bench()
        result = bench.search("  Ёлка \n и ёж ")
        assert bench.embedder.embedded == ["Елка и еж"]
        assert bench.legs.asked[0][0] == "Елка и еж"
        assert result.query == "  Ёлка \n и ёж "

    def test_legs_without_weight_do_not_run(self) -> None:
        """A weight of 0 saves the work."""
        bench = Bench(weight_bm25_en=0)
        result = bench.search()
        assert bench.legs.asked[0][1:] == ([Leg.DENSE, Leg.BM25_RU], 5)
        assert set(result.found) == {Leg.DENSE, Leg.BM25_RU}

    def test_a_passage_replaced_meanwhile_is_left_out(self) -> None:
        """The legs may name a point that indexing has just removed."""
        bench = Bench()
        del bench.legs.by_id[bench.legs.ids[0]]
        assert "red green" not in texts(bench.search())


class TestDegraded:
    """Nothing that is missing is silent."""

    @pytest.mark.parametrize(
        ("found", "flags"),
        [
            ({Leg.DENSE: [], Leg.BM25_RU: [1], Leg.BM25_EN: [1]}, [Degraded.DENSE_EMPTY]),
            ({Leg.DENSE: [1], Leg.BM25_RU: [], Leg.BM25_EN: [1]}, [Degraded.BM25_RU_EMPTY]),
            ({Leg.DENSE: [1], Leg.BM25_RU: [1], Leg.BM25_EN: []}, [Degraded.BM25_EN_EMPTY]),
        ],
    )
    def test_an_empty_leg(self, found: dict[Leg, list[int]], flags: Sequence[Degraded]) -> None:
        """A leg that finds nothing is flagged by name and counted as 0."""
        result = Bench(found).search()
        assert list(result.degraded) == list(flags)
        assert 0 in result.found.values()

    def test_nothing_at_all(self) -> None:
        """An empty collection gives no answers, three flags and no call to the reranker."""
        bench = Bench({Leg.DENSE: [], Leg.BM25_RU: [], Leg.BM25_EN: []})
        result = bench.search()
        assert result.answers == ()
        assert len(result.degraded) == 3
        assert bench.reranker.seen == []

    def test_reranking_off_by_settings(self) -> None:
        """The fused order is returned without scores."""
        result = Bench(candidates_reranked=0).search()
        assert result.degraded == (Degraded.RERANK_OFF,)
        assert texts(result) == ["blue", "green blue"]
        assert [answer.score for answer in result.answers] == [None, None]

    def test_reranking_off_by_the_caller(self) -> None:
        """The same, for one query."""
        bench = Bench()
        result = bench.searcher.search("red", with_rerank=False)
        assert result.degraded == (Degraded.RERANK_OFF,)
        assert bench.reranker.seen == []

    def test_a_reranker_that_is_away(self) -> None:
        """The answer comes all the same, in fused order, flagged."""
        result = Bench(error=unavailable()).search()
        assert result.degraded == (Degraded.RERANK_UNAVAILABLE,)
        assert texts(result) == ["blue", "green blue"]

    def test_a_reranker_that_refuses_is_an_error(self) -> None:
        """A wrong key has to be mended, not worked around."""
        refusal = ServiceRefusedError("no", why="key", remedy="mend it")
        with pytest.raises(ServiceRefusedError):
            Bench(error=refusal).search()


class TestTimes:
    """Stages by the injected clock."""

    def test_stages_and_total(self) -> None:
        """Each stage has the time that its calls took, in milliseconds."""
        bench = Bench()

        def takes(seconds: float) -> None:
            bench.clock.now_s += seconds

        bench.embedder.before_call = lambda: takes(0.25)
        search, fetch = bench.legs.search, bench.legs.passages
        scores = bench.reranker.scores
        bench.legs.search = lambda **given: (takes(0.5), search(**given))[1]
        bench.legs.passages = lambda point_ids: (takes(1), fetch(point_ids))[1]

        def slow(query: str, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[float]:
            takes(2)
            return scores(query, texts, tokens)

        bench.reranker.scores = slow
        assert bench.search().stage_ms == {
            Stage.EMBED: 250,
            Stage.SEARCH: 1500,
            Stage.FUSE: 0,
            Stage.RERANK: 2000,
            Stage.TOTAL: 3750,
        }


class TestRefused:
    """A query that cannot be answered costs no call."""

    @pytest.mark.parametrize("query", ["", "  \n", "\udcff"])
    def test_no_text(self, query: str) -> None:
        """Empty, blank, or bytes that are not UTF-8."""
        bench = Bench()
        with pytest.raises(UsageError):
            bench.search(query)
        assert bench.embedder.embedded == []

    @pytest.mark.parametrize("top_k", [0, -1, 6])
    def test_top_k_out_of_range(self, top_k: int) -> None:
        """At least one, at most what is retrieved; the message says both."""
        with pytest.raises(UsageError, match=r"between 1 and candidates_retrieved \(5\)"):
            Bench().search(top_k=top_k)
