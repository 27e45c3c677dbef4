"""Searching when something fails or takes too long: what is left answers, and says what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from infra.clock import FakeClock
from infra.errors import (
    CheckFailedError,
    OperatorError,
    ServiceRefusedError,
    ServiceUnavailableError,
)
from infra.pipeline.answers import Degraded, SearchResult
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.legs import Leg
from infra.pipeline.retry import TryAgainError
from infra.pipeline.search import Searcher
from infra.pipeline.sparse.records import QueryVectors, SparseVector
from infra.settings import SearchSettings
from tests.unit.pipeline.fakes import FakeEmbedder, FakeLegs, FakeReranker, passage, vector_of

PASSAGES = [passage(text, position=at) for at, text in enumerate(("red", "green", "blue"))]
FOUND = {Leg.DENSE: [0, 1, 2], Leg.BM25_RU: [1], Leg.BM25_EN: [2, 1], Leg.M3: [2]}
SPARSE = SparseVector(ids=(7,), weights=(0.5,))


def unavailable(what: str = "gone") -> ServiceUnavailableError:
    return ServiceUnavailableError(what, why="test", remedy="none")


def refused() -> ServiceRefusedError:
    return ServiceRefusedError("refused", why="test", remedy="none")


class FakeSparse:
    """Both vectors of a query, or what the test says."""

    def __init__(self, sparse: SparseVector | None = SPARSE, error: Exception | None = None):
        self.sparse, self.error = sparse, error
        self.problem = None if sparse is not None else unavailable("no rows")

    def query_vectors(self, text: str) -> QueryVectors:
        if self.error is not None:
            raise self.error
        return QueryVectors(dense=vector_of(text), sparse=self.sparse, problem=self.problem)


class Bench:
    """A searcher over three passages; each part can be made slow or broken."""

    def __init__(self, maker: FakeSparse | None = None, **settings: object) -> None:
        self.clock = FakeClock()
        self.limit = TimeLimit(self.clock)
        self.embedder = FakeEmbedder()
        self.legs = FakeLegs(PASSAGES, FOUND)
        self.reranker = FakeReranker()
        values = {"candidates_retrieved": 3, "candidates_reranked": 2, "top_k": 3, **settings}
        self.searcher = Searcher(
            embedder=self.embedder,
            reranker=self.reranker,
            store=self.legs,
            settings=SearchSettings.model_validate(values),
            clock=self.clock,
            sparse=maker,
            limit=self.limit,
        )

    def search(self, deadline_ms: float | None = None) -> SearchResult:
        return self.searcher.search("red", deadline_ms=deadline_ms)

    def takes(self, seconds: float) -> Callable[[], None]:
        """A call that takes so long, but gives up at the limit as the transports do."""

        def wait() -> None:
            left_s = self.limit.call_s(seconds)
            self.clock.now_s += left_s
            if left_s < seconds:
                raise unavailable("timed out")

        return wait

    def slow_rerank(self, seconds: float) -> None:
        self.reranker.before_call = self.takes(seconds)

    def slow_search(self, seconds: float) -> None:
        self.legs.before_call = self.takes(seconds)


def order(result: SearchResult) -> list[str]:
    return [answer.passage.text for answer in result.answers]


class TestDense:
    """Embedding fails or is slow: the lexical legs answer alone."""

    @pytest.mark.parametrize(
        "error", [unavailable(), CheckFailedError("NaN", why="test", remedy="none")]
    )
    def test_an_embed_server_that_fails(self, error: OperatorError) -> None:
        """Away, or with vectors that cannot be used."""
        bench = Bench()
        bench.embedder.error = error
        result = bench.search()
        assert result.degraded == (Degraded.DENSE_UNAVAILABLE,)
        assert result.problems == {Degraded.DENSE_UNAVAILABLE: f"{error.what}: test"}
        assert set(result.found) == {Leg.BM25_RU, Leg.BM25_EN}
        assert set(order(result)) == {"green", "blue"}

    def test_an_embed_server_that_is_slow(self) -> None:
        """It gets half of the time; the answer comes within the deadline."""
        bench = Bench()
        bench.embedder.before_call = bench.takes(60)
        result = bench.search(deadline_ms=400)
        assert result.degraded == (Degraded.DENSE_UNAVAILABLE,)
        assert bench.clock.now_s == pytest.approx(0.2)

    def test_without_lexical_legs_it_is_an_error(self) -> None:
        """Nothing is left that could answer."""
        bench = Bench(weight_bm25_ru=0, weight_bm25_en=0)
        bench.embedder.error = unavailable()
        with pytest.raises(ServiceUnavailableError, match="gone"):
            bench.search()

    def test_a_refusal_is_an_error(self) -> None:
        """A wrong key or a query that is too long has to be mended."""
        bench = Bench()
        bench.embedder.error = refused()
        with pytest.raises(ServiceRefusedError):
            bench.search()

    def test_no_vector_is_made_for_lexical_legs_alone(self) -> None:
        """A weight of 0 saves the call."""
        bench = Bench(weight_dense=0)
        assert bench.search().degraded == ()
        assert bench.embedder.embedded == []


class TestLegs:
    """A leg fails: the others answer."""

    @pytest.mark.parametrize("error", [unavailable(), refused()])
    @pytest.mark.parametrize(
        ("leg", "flag"),
        [
            (Leg.DENSE, Degraded.DENSE_UNAVAILABLE),
            (Leg.BM25_RU, Degraded.BM25_RU_UNAVAILABLE),
            (Leg.BM25_EN, Degraded.BM25_EN_UNAVAILABLE),
        ],
    )
    def test_one_bad_leg(self, leg: Leg, flag: Degraded, error: OperatorError) -> None:
        """Asked together it spoils the call, so each is asked alone."""
        bench = Bench()
        bench.legs.errors = {leg: error}
        result = bench.search()
        assert result.degraded == (flag,)
        assert result.problems == {flag: f"{error.what}: test"}
        assert set(result.found) == {Leg.DENSE, Leg.BM25_RU, Leg.BM25_EN} - {leg}
        assert [len(legs) for _, legs, _ in bench.legs.asked] == [3, 1, 1, 1]

    def test_every_leg_bad(self) -> None:
        """The first leg's reason is the error."""
        bench = Bench()
        bench.legs.errors = {leg: unavailable(leg) for leg in Leg}
        with pytest.raises(ServiceUnavailableError, match="dense"):
            bench.search()

    def test_a_store_that_is_down(self) -> None:
        """One try of all legs together is enough to know."""
        bench = Bench()
        away = unavailable("the vector store did not answer")
        away.__cause__ = TryAgainError("Connection refused")
        bench.legs.errors = dict.fromkeys(Leg, away)
        with pytest.raises(ServiceUnavailableError, match="vector store did not answer"):
            bench.search()
        assert len(bench.legs.asked) == 1

    def test_dense_and_a_leg_at_once(self) -> None:
        """Both are flagged; what is left answers."""
        bench = Bench()
        bench.embedder.error = unavailable("no vectors")
        bench.legs.errors = {Leg.BM25_EN: refused()}
        result = bench.search()
        assert set(result.degraded) == {
            Degraded.DENSE_UNAVAILABLE,
            Degraded.BM25_EN_UNAVAILABLE,
        }
        assert order(result) == ["green"]


class TestSparse:
    """The learned leg, where it is switched on."""

    def test_it_is_one_of_the_legs(self) -> None:
        """With both vectors at hand every leg runs in one call."""
        bench = Bench(FakeSparse(), sparse="m3")
        result = bench.search()
        assert result.degraded == ()
        assert result.found[Leg.M3] == 1
        assert bench.legs.sparse == SPARSE
        assert bench.embedder.embedded == []

    @pytest.mark.parametrize(
        ("maker", "problem"),
        [
            (FakeSparse(sparse=None), "no rows: test"),
            (None, "put together without a sparse embedder"),
        ],
    )
    def test_no_weights(self, maker: FakeSparse | None, problem: str) -> None:
        """The others answer, also in a program that makes no such vectors."""
        bench = Bench(maker, sparse="m3")
        result = bench.search()
        assert result.degraded == (Degraded.M3_UNAVAILABLE,)
        assert problem in result.problems[Degraded.M3_UNAVAILABLE]
        assert set(result.found) == {Leg.DENSE, Leg.BM25_RU, Leg.BM25_EN}

    def test_no_vectors_at_all(self) -> None:
        """One failure, two legs lost."""
        result = Bench(FakeSparse(error=unavailable()), sparse="m3").search()
        assert result.degraded == (Degraded.DENSE_UNAVAILABLE, Degraded.M3_UNAVAILABLE)


class TestRerank:
    """A reranker that cannot finish leaves the fused order."""

    def test_too_slow(self) -> None:
        """It gets what is left, and the answer still goes out in time."""
        bench = Bench()
        bench.embedder.before_call = bench.takes(0.1)
        bench.slow_rerank(60)
        result = bench.search(deadline_ms=500)
        assert result.degraded == (Degraded.RERANK_UNAVAILABLE,)
        assert [answer.score for answer in result.answers] == [None] * 3
        assert 0.4 < bench.clock.now_s <= 0.5

    def test_no_time_left(self) -> None:
        """It is not even asked."""
        bench = Bench()
        bench.slow_search(0.5)
        result = bench.search(deadline_ms=500)
        assert result.degraded == (Degraded.RERANK_UNAVAILABLE,)
        assert "time of the query" in result.problems[Degraded.RERANK_UNAVAILABLE]
        assert bench.reranker.seen == []

    def test_passages_bring_their_lengths(self) -> None:
        """So that texts of like length share a call."""
        bench = Bench()
        bench.search()
        assert bench.reranker.tokens == [[3, 3]]


class TestDeadline:
    """Time for the whole query."""

    def test_the_settings_give_the_time(self) -> None:
        """Unless the caller asks for another."""
        bench = Bench(deadline_ms=1000)
        bench.embedder.before_call = bench.takes(60)
        bench.search()
        assert bench.clock.now_s == pytest.approx(0.5)

    def test_a_store_that_takes_all_of_it(self) -> None:
        """Without candidates there is no answer."""
        bench = Bench()
        bench.slow_search(60)
        with pytest.raises(ServiceUnavailableError):
            bench.search(deadline_ms=500)
        assert bench.clock.now_s == pytest.approx(0.5)
        assert len(bench.legs.asked) == 1

    def test_the_next_query_has_its_own_time(self) -> None:
        """The end of one query is not that of another."""
        bench = Bench()
        bench.embedder.before_call = bench.takes(0.2)
        for _ in range(5):
            assert bench.search(deadline_ms=500).degraded == ()
        assert bench.limit.left_s() == float("inf")


@pytest.mark.parametrize("flag", list(Degraded))
def test_what_counts_as_a_failure(flag: Degraded) -> None:
    """Empty legs and a reranker that was switched off are none."""
    harmless: Sequence[str] = ("dense_empty", "bm25_ru_empty", "bm25_en_empty", "m3_empty")
    assert flag.is_failure == (flag not in (*harmless, "rerank_off"))


def test_scores_and_parts_are_told() -> None:
    """Each answer has what its rank in each leg added, and the parts sum up to the fused score."""
    answer = Bench(rrf_k=60).search().answers[0]
    assert set(answer.leg_ranks) == set(answer.leg_scores) == set(answer.leg_parts)
    assert sum(answer.leg_parts.values()) == pytest.approx(answer.fused_score)
    weights = {Leg.DENSE: 1.0, Leg.BM25_RU: 0.6, Leg.BM25_EN: 0.6}
    for leg, rank in answer.leg_ranks.items():
        assert answer.leg_parts[leg] == pytest.approx(weights[leg] / (60 + rank))
