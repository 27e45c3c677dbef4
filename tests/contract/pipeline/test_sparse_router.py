"""Learned weights from a server that mixes up rows under load, over real HTTP.

The server is a stand-in with the batching that was recorded from TEI 1.9.3. It listens, and its
clients are threads, because only calls that really meet show what happens when they do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, Literal

import pytest
import requests

from infra.clock import SystemClock
from infra.errors import CheckFailedError
from infra.pipeline.embed import EmbedClient, TextVectors
from infra.pipeline.retry import RetryPolicy
from infra.pipeline.sparse.embedder import SparseEmbedder
from infra.pipeline.sparse.head import SparseHead
from infra.pipeline.sparse.rows import TokenRows
from infra.pipeline.sparse.weights import sparse_vector
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import HttpTransport
from infra.settings import EmbedSettings
from tests.contract.pipeline.mixing_router import MixingRouter
from tests.unit.pipeline.sparse import tiny_model
from tests.unit.pipeline.sparse.tiny_model import BIAS, DIMENSIONS, WEIGHT

pytestmark = [pytest.mark.contract, pytest.mark.real_time]

HEAD = SparseHead(weight=WEIGHT, bias=BIAS)
WORDS = [
    "сила",
    "тока",
    "в",
    "цепи",
    "равна",
    "отношению",
    "напряжения",
    "к",
    "её",
    "сопротивлению",
    "и",
    "так",
    "далее",
]


def text_of(number: int) -> str:
    """A text of 1 to 12 words, no two of them alike."""
    return " ".join([*WORDS[: number % 12], f"n{number}"])


@pytest.fixture(params=["cls"])
def router(request: pytest.FixtureRequest) -> Iterator[MixingRouter]:
    server = MixingRouter(request.param)
    yield server
    server.close()


@pytest.fixture
def client(router: MixingRouter) -> Iterator[SparseEmbedder]:
    with requests.Session() as session:
        transport = HttpTransport(router.address, api_key=None, session=session)
        clock = SystemClock()
        policy = RetryPolicy(attempts=3, total_s=5)
        calls = TeiCalls(transport, role="embed", policy=policy, clock=clock)
        embed = EmbedClient(calls, EmbedSettings(dimensions=DIMENSIONS))
        yield SparseEmbedder(TokenRows(embed, calls, DIMENSIONS), head=HEAD, clock=clock)


def raw_rows(router: MixingRouter, texts: list[str]) -> list[Any]:
    """What a client gets that checks nothing."""
    body = {"inputs": texts}
    answer = requests.post(f"{router.address}/embed_all", json=body, timeout=10)
    assert answer.status_code == 200
    return answer.json()


def is_right(rows: Any, text: str) -> bool:
    return rows == tiny_model.rows_of(text).tolist()


def check(vectors: TextVectors, text: str) -> None:
    right = sparse_vector(tiny_model.rows_of(text), tiny_model.ids_of(text), HEAD)
    assert vectors.sparse is not None
    assert vectors.sparse.ids == right.ids
    assert vectors.sparse.weights == pytest.approx(right.weights, abs=1e-4)
    assert vectors.dense == pytest.approx(tiny_model.embedded(text, "cls"), abs=1e-4)


class TestUnguarded:
    """The situations of the recording, as a client meets them that does not look."""

    def test_lists_of_unequal_texts(self, router: MixingRouter) -> None:
        """Status and number of rows are right, the rows are not (recorded: 19 of 20 calls)."""
        texts = [text_of(number) for number in (3, 9, 5, 1)]
        wrong = 0
        for _ in range(20):
            answer = raw_rows(router, texts)
            assert [len(rows) for rows in answer] == [len(tiny_model.ids_of(t)) for t in texts]
            wrong += not all(map(is_right, answer, texts))
        assert wrong >= 15

    def test_single_texts_at_once(self, router: MixingRouter) -> None:
        """24 clients with one text each (recorded: 87 of 144 answers)."""
        texts = [text_of(number) for number in range(144)]
        with ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(lambda text: raw_rows(router, [text])[0], texts))
        wrong = sum(not is_right(rows, text) for rows, text in zip(answers, texts, strict=True))
        assert wrong >= 36

    def test_lists_of_equal_length(self, router: MixingRouter) -> None:
        """Without padding there is nothing to cut wrongly (recorded: 0)."""
        texts = ["a b", "c d", "e f", "g h"]
        assert all(map(is_right, raw_rows(router, texts), texts))

    def test_one_text_in_flight_beside_embed(self, router: MixingRouter) -> None:
        """6 clients of `/embed` do not disturb a single client of rows (recorded: 0 of 24)."""
        with others(6, lambda number: embed(router, text_of(number))):
            for number in range(24):
                text = text_of(number)
                assert is_right(raw_rows(router, [text])[0], text)


class TestGuarded:
    """The pipeline's own client in the same situations."""

    @pytest.mark.parametrize("router", ["cls", "mean"], indirect=True)
    def test_many_threads_of_one_program(
        self, router: MixingRouter, client: SparseEmbedder
    ) -> None:
        """8 threads with lists of unequal texts: every weight is right; on a server with CLS
        pooling never more than one text is asked for rows."""
        parts = [[text_of(at + 12 * part) for at in range(4)] for part in range(16)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(client.text_vectors, parts))
        for texts, vectors in zip(parts, found, strict=True):
            for text, own in zip(texts, vectors, strict=True):
                check(own, text)
        assert (router.most_in_flight == 1) == (router.pooling == "cls")

    @pytest.mark.parametrize("strangers", [1, 4])
    def test_another_program_asks_for_rows(
        self, router: MixingRouter, client: SparseEmbedder, strangers: int
    ) -> None:
        """Whatever others do, a weight is right or there is an error; both kinds are seen."""
        seen = {"right": 0, "refused": 0}
        with others(strangers, lambda number: raw_rows(router, [text_of(number)])):
            for number in range(30):
                text = text_of(number + 6)
                try:
                    vectors = client.text_vectors([text])[0]
                except CheckFailedError:
                    seen["refused"] += 1
                    continue
                check(vectors, text)
                seen["right"] += 1
        assert seen["right"] > 0
        assert router.most_in_flight > 1
        assert strangers == 1 or seen["refused"] > 0


def embed(router: MixingRouter, text: str) -> None:
    body = {"inputs": [text]}
    assert requests.post(f"{router.address}/embed", json=body, timeout=10).status_code == 200


class others:  # noqa: N801 (reads as the word that it is)
    """So many other clients, each calling again and again, until the body ends."""

    def __init__(self, clients: int, call: Callable[[int], object]) -> None:
        self._call = call
        self._numbers = count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_error: object) -> Literal[False]:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=10)
        return False

    def _run(self) -> None:
        while not self._over.is_set():
            self._call(next(self._numbers))
