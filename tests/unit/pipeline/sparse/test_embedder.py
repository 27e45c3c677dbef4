"""Learned weights over a server that mixes rows up as the real one does: right, or an error."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clock import FakeClock
from infra.errors import CheckFailedError, ServiceUnavailableError, SettingsError
from infra.pipeline.embed import EmbedClient
from infra.pipeline.retry import RetryPolicy
from infra.pipeline.sparse.embedder import SparseEmbedder
from infra.pipeline.sparse.guard import Pooling
from infra.pipeline.sparse.head import SparseHead
from infra.pipeline.sparse.records import SparseVector
from infra.pipeline.sparse.rows import TokenRows
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import Reply
from infra.settings import EmbedSettings
from tests.unit.pipeline.fakes import json_reply
from tests.unit.pipeline.sparse import tiny_model
from tests.unit.pipeline.sparse.mixing_tei import MixingTei
from tests.unit.pipeline.sparse.tiny_model import BIAS, DIMENSIONS, WEIGHT

TEXTS = ["one", "the quick brown fox jumps", "сила тока и напряжение в цепи", "two words"]
HEAD = SparseHead(weight=WEIGHT, bias=BIAS)


def embedder(tei: MixingTei, clock: FakeClock | None = None) -> SparseEmbedder:
    clock = clock or FakeClock()
    calls = TeiCalls(tei, role="embed", policy=RetryPolicy(attempts=1, total_s=1), clock=clock)
    settings = EmbedSettings(dimensions=DIMENSIONS)
    rows = TokenRows(EmbedClient(calls, settings), calls, DIMENSIONS)
    return SparseEmbedder(rows, head=HEAD, clock=clock)


def reference(text: str) -> dict[int, float]:
    """The same rule on the same hidden states, number by number and without the code under test."""
    found: dict[int, float] = {}
    for token, row in zip(tiny_model.ids_of(text), tiny_model.rows_of(text), strict=True):
        weight = math.fsum(float(h) * float(w) for h, w in zip(row, WEIGHT, strict=True)) + BIAS
        if token not in {0, 1, 2, 3, 250_001} and weight > 0:
            found[token] = max(weight, found.get(token, 0.0))
    return found


def check(vector: SparseVector | None, text: str) -> None:
    assert vector is not None
    wanted = reference(text)
    assert list(vector.ids) == sorted(wanted)
    for token, weight in zip(vector.ids, vector.weights, strict=True):
        assert weight == pytest.approx(wanted[token], abs=1e-4)


WORDS = st.sampled_from(["red", "green", "blue", "тока", "сила", "<s>", "</s>", "<mask>", "<pad>"])


@pytest.mark.parametrize("pooling", ["cls", "mean"])
@given(st.lists(st.lists(WORDS, min_size=1, max_size=9).map(" ".join), min_size=1, max_size=7))
def test_weights_are_those_of_an_independent_computation(
    pooling: Pooling, texts: list[str]
) -> None:
    """Any texts, on both kinds of server: the same ids, and every weight within 1e-4."""
    found = embedder(MixingTei(pooling)).text_vectors(texts)
    for text, vectors in zip(texts, found, strict=True):
        check(vectors.sparse, text)
        assert vectors.dense == pytest.approx(tiny_model.embedded(text, "cls"), abs=1e-6)


def test_the_fake_server_mixes_rows_up() -> None:
    """What the tests below rely on: of a list of unequal texts only the first is right with CLS
    pooling, all are with mean pooling."""
    right = [tiny_model.rows_of(text).tolist() for text in TEXTS]
    mixed = [rows.tolist() for rows in tiny_model.embed_all(TEXTS, pooling="cls")]
    assert [len(rows) for rows in mixed] == [len(rows) for rows in right]
    assert [a == b for a, b in zip(mixed, right, strict=True)] == [True, False, False, False]
    clean = [rows.tolist() for rows in tiny_model.embed_all(TEXTS, pooling="mean")]
    assert clean == right


class TestOnCls:
    """A server with CLS pooling: one text in flight."""

    def test_rows_are_asked_for_one_text_at_a_time(self) -> None:
        """Vectors and tokens may go in lists, rows never do."""
        tei = MixingTei()
        embedder(tei).text_vectors(TEXTS)
        assert tei.lists("/embed_all") == [[text] for text in TEXTS]
        assert tei.lists("/embed") == tei.lists("/tokenize") == [TEXTS]

    @given(
        st.lists(
            st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), max_size=3),
            min_size=1,
            max_size=9,
        )
    )
    def test_strangers_in_the_batch_never_change_a_weight(self, strangers: list[list[str]]) -> None:
        """However others' texts stand in the queue: the right weights, or an error."""
        try:
            found = embedder(MixingTei(strangers=strangers)).text_vectors(TEXTS[1:3])
        except CheckFailedError:
            return
        for text, vectors in zip(TEXTS[1:3], found, strict=True):
            check(vectors.sparse, text)

    def test_a_mixed_up_text_is_asked_for_again(self) -> None:
        """One stranger spoils the first try; the second is right."""
        tei, clock = MixingTei(strangers=[["a"]]), FakeClock()
        check(embedder(tei, clock).text_vectors([TEXTS[1]])[0].sparse, TEXTS[1])
        assert tei.lists("/embed_all") == [[TEXTS[1]]] * 2
        assert clock.sleeps_s == [0.05]

    def test_rows_that_stay_wrong_are_an_error(self) -> None:
        """Three tries, then no vector at all, and what to do."""
        tei = MixingTei(strangers=[["a"]] * 9)
        with pytest.raises(CheckFailedError, match="rows of other texts") as caught:
            embedder(tei).text_vectors([TEXTS[1]])
        assert "--pooling mean" in caught.value.remedy
        assert len(tei.lists("/embed_all")) == 3

    def test_a_query_keeps_its_dense_vector(self) -> None:
        """Only the learned leg is lost, and the reason comes along."""
        vectors = embedder(MixingTei(strangers=[["a"]] * 9)).query_vectors(TEXTS[1])
        assert vectors.dense == pytest.approx(tiny_model.embedded(TEXTS[1]))
        assert vectors.sparse is None
        assert isinstance(vectors.problem, CheckFailedError)

    def test_a_query(self) -> None:
        """Both vectors of one text."""
        vectors = embedder(MixingTei()).query_vectors(TEXTS[2])
        check(vectors.sparse, TEXTS[2])
        assert vectors.problem is None

    def test_dense_vectors_alone_cost_no_rows(self) -> None:
        """They come from `/embed` as without learned weights."""
        tei = MixingTei()
        found = embedder(tei).embed(TEXTS)
        assert found[1] == pytest.approx(tiny_model.embedded(TEXTS[1]))
        assert tei.lists("/embed_all") == []


class TestOnMean:
    """A server with mean pooling: lists, and the dense vector is the first row."""

    def test_rows_are_asked_for_in_lists(self) -> None:
        """Lists within the server's limit."""
        tei = MixingTei("mean")
        embedder(tei).text_vectors([*TEXTS, *TEXTS])
        assert tei.lists("/embed_all") == [TEXTS, TEXTS]

    def test_the_dense_vector_is_the_models_own(self) -> None:
        """Not the mean that `/embed` gives there; also for dense vectors alone, and for a query."""
        own = pytest.approx(tiny_model.embedded(TEXTS[1], "cls"), abs=1e-6)
        assert embedder(MixingTei("mean")).embed(TEXTS)[1] == own
        vectors = embedder(MixingTei("mean")).query_vectors(TEXTS[1])
        assert vectors.dense == own
        check(vectors.sparse, TEXTS[1])

    def test_a_list_that_is_mixed_up_all_the_same(self) -> None:
        """A server that says mean and cuts as with CLS: wrong texts are asked for again alone."""
        tei = MixingTei("mean")

        def mix(texts: list[str]) -> Reply:
            rows = tiny_model.embed_all(texts, pooling="cls")
            return json_reply([each.tolist() for each in rows])

        tei._rows = mix
        found = embedder(tei).text_vectors(TEXTS)
        for text, vectors in zip(TEXTS, found, strict=True):
            check(vectors.sparse, text)
        assert tei.lists("/embed_all") == [TEXTS, *([text] for text in TEXTS[1:])]


class TestRefused:
    """A server that cannot give what is needed is named, and nothing is guessed."""

    def test_another_pooling(self) -> None:
        """The last token's row is not bge-m3's dense vector."""
        tei = MixingTei()
        tei.info["model_type"] = {"embedding": {"pooling": "last-token"}}
        with pytest.raises(SettingsError, match="pools by last-token"):
            embedder(tei).text_vectors(["a"])

    def test_another_vocabulary(self) -> None:
        """A tokenizer whose texts begin with another id has other special ids too."""
        tei = MixingTei()
        answer = tei.post

        def post(path: str, payload: object) -> Reply:
            if path == "/tokenize":
                return json_reply([[{"id": 101}, {"id": 7}, {"id": 102}]])
            return answer(path, payload)

        tei.post = post
        with pytest.raises(CheckFailedError, match="not those of bge-m3"):
            embedder(tei).text_vectors(["a"])

    @pytest.mark.parametrize(
        "body",
        [
            [],
            [[]],
            [[[1.0] * 3] * 3],
            [[[1.0] * DIMENSIONS, [1.0]]],
            {"error": "x"},
            [["x"]],
        ],
    )
    def test_rows_of_another_shape(self, body: object) -> None:
        """Too few texts, another length, unequal rows, no lists of numbers."""
        tei = MixingTei()
        tei._rows = lambda texts: json_reply(body)
        with pytest.raises(ServiceUnavailableError, match="not TEI's"):
            embedder(tei).text_vectors(["a"])

    @pytest.mark.parametrize("number", [None, 0.0])
    def test_rows_that_are_no_vectors(self, number: float | None) -> None:
        """Numbers that are missing or all zero are no text's rows."""
        tei = MixingTei()
        tei._rows = lambda texts: json_reply([[[number] * DIMENSIONS] * 3])
        with pytest.raises(CheckFailedError, match="rows of other texts"):
            embedder(tei).text_vectors(["a"])

    def test_another_number_of_rows_than_tokens(self) -> None:
        """A row too many belongs to another text, whatever the first one says."""
        tei = MixingTei()
        tei._rows = lambda texts: json_reply([tiny_model.rows_of("a b").tolist()])
        tei.post, plain = (
            lambda path, payload: (
                json_reply([tiny_model.embedded("a b")])
                if path == "/embed"
                else plain(path, payload)
            ),
            tei.post,
        )
        with pytest.raises(CheckFailedError, match="rows of other texts"):
            embedder(tei).text_vectors(["a"])


@pytest.mark.parametrize(("dtype", "is_refused"), [("float32", True), ("float16", False)])
def test_how_much_rounding_is_allowed(dtype: str, *, is_refused: bool) -> None:
    """A distance of 0.005 is too much in float32 and may be rounding in float16."""
    tei = MixingTei(dtype=dtype)
    rows = tiny_model.rows_of("a b")
    rows[0, 0] += 0.005 * float((rows[0] ** 2).sum()) ** 0.5
    tei._rows = lambda texts: json_reply([rows.tolist()])
    client = embedder(tei)
    if is_refused:
        with pytest.raises(CheckFailedError):
            client.text_vectors(["a b"])
    else:
        assert client.text_vectors(["a b"])[0].sparse


def test_no_texts() -> None:
    """Nothing is asked of the server but what it is."""
    tei = MixingTei()
    assert embedder(tei).text_vectors([]) == []
    assert tei.calls == []
