"""What the learned sparse vectors cost: bytes and time for each passage and each query.

Measured on the local stand-ins with the sample lessons. Their model is none, and most numbers of
its rows are 0, so times and bytes of the servers say how the ways compare here, not what bge-m3
costs. What the client does with an answer is measured on rows of the real size, about 11 kB a
token. The head is made of random numbers: a real one gives other weights, and another number.

    python -m loadtests.bench_sparse [--json] [--rounds 2]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import orjson
import requests

from infra.clock import SystemClock
from infra.errors import ExitCode, OperatorError
from infra.pipeline.documents import read_documents
from infra.pipeline.embed import EmbedClient, TextVectors
from infra.pipeline.model_text import model_text
from infra.pipeline.retry import PATIENT
from infra.pipeline.sparse.embedder import SparseEmbedder
from infra.pipeline.sparse.guard import distance, tolerance
from infra.pipeline.sparse.head import SparseHead, load_head
from infra.pipeline.sparse.rows import TokenRows
from infra.pipeline.sparse.weights import sparse_vector
from infra.pipeline.split import split_document
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import HttpTransport, Reply
from infra.settings import EmbedSettings, PassageSettings
from loadtests.local_services import LESSONS, local_services, random_head

SEED = 20260103
ROUNDS = 2
PASSAGES = 64
"""Passages of each round: two lists of the server's limit."""
CLIENT_TOKENS = (20, 256)
"""Lengths at which the client's own work is timed: a query, a passage."""

# A token id and a float32 for each weight, as the store keeps them; its index comes on top.
_WEIGHT_BYTES = 8
_CLIENT_REPEATS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way to make vectors: bytes received and milliseconds, each for one text.

    `ratio` is the time over that of dense vectors alone.
    """

    name: str
    texts: int
    tokens_mean: float
    received_bytes: float
    ms: float
    ratio: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientWork:
    """What the client does with the rows of one text: parsing, the check, the weights."""

    tokens: int
    body_bytes: int
    ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SparseBench:
    """One run. Weights and their bytes are means over the passages."""

    schema_version: int
    seed: int
    rounds: int
    weights_mean: float
    stored_bytes_mean: float
    passages: Sequence[Way]
    queries: Sequence[Way]
    client: Sequence[ClientWork]


class CountingTransport(HttpTransport):
    """Counts the bytes of the answers' bodies."""

    received = 0

    def get(self, path: str) -> Reply:
        return self._counted(super().get(path))

    def post(self, path: str, payload: object) -> Reply:
        return self._counted(super().post(path, payload))

    def _counted(self, reply: Reply) -> Reply:
        self.received += len(reply.body)
        return reply


class Maker:
    """The pipeline's clients of one embed server."""

    def __init__(self, address: str, session: requests.Session, head: Path) -> None:
        self.transport = CountingTransport(address, api_key=None, session=session)
        settings, clock = EmbedSettings(), SystemClock()
        calls = TeiCalls(self.transport, role="embed", policy=PATIENT, clock=clock)
        self.dense = EmbedClient(calls, settings)
        rows = TokenRows(self.dense, calls, settings.dimensions)
        self.both = SparseEmbedder(
            rows, head=load_head(str(head), settings.dimensions), clock=clock
        )


def measure(
    *, rounds: int = ROUNDS, most_passages: int = PASSAGES, most_queries: int | None = None
) -> SparseBench:
    """Make the vectors of sample passages and queries, each way in turn.

    Raises:
        OperatorError: a service failed, or gave rows of other texts.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-head-") as folder,
        local_services() as services,
        requests.Session() as session,
    ):
        head = random_head(Path(folder), EmbedSettings().dimensions, seed=SEED)
        cls = Maker(services.embed, session, head)
        mean = Maker(services.embed_mean, session, head)
        texts, tokens = _passages(cls, most_passages)
        found = cls.both.text_vectors(texts, tokens)
        passages = _ways(
            {
                "dense": (cls, lambda: cls.dense.embed(texts, tokens)),
                "dense + m3, pooling cls": (cls, lambda: cls.both.text_vectors(texts, tokens)),
                "dense + m3, pooling mean": (mean, lambda: mean.both.text_vectors(texts, tokens)),
            },
            tokens,
            rounds,
        )
        queries = _queries()[:most_queries]
        query_tokens = cls.dense.count_tokens(queries)
        by_query = _ways(
            {
                "dense": (cls, lambda: [cls.dense.embed([query]) for query in queries]),
                "dense + m3, pooling cls": (
                    cls,
                    lambda: [cls.both.query_vectors(query) for query in queries],
                ),
                "dense + m3, pooling mean": (
                    mean,
                    lambda: [mean.both.query_vectors(query) for query in queries],
                ),
            },
            query_tokens,
            rounds,
        )
    weights = statistics.fmean(_weights(each) for each in found)
    return SparseBench(
        schema_version=1,
        seed=SEED,
        rounds=rounds,
        weights_mean=round(weights, 1),
        stored_bytes_mean=round(_WEIGHT_BYTES * weights),
        passages=passages,
        queries=by_query,
        client=[_client_work(tokens) for tokens in CLIENT_TOKENS],
    )


def main(arguments: Sequence[str]) -> int:
    """Measure and write the result to stdout; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_sparse", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="times each way is taken")
    options = parser.parse_args(arguments)
    try:
        found = measure(rounds=options.rounds)
    except OperatorError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(asdict(found)) + "\n" if options.json else _text(found))
    return int(ExitCode.OK)


def _ways(
    ways: dict[str, tuple[Maker, Callable[[], object]]], tokens: Sequence[int], rounds: int
) -> list[Way]:
    """Each way so often, in turn; the first round only warms up. Medians over the rounds."""
    clock = SystemClock()
    times: dict[str, list[float]] = {name: [] for name in ways}
    received: dict[str, int] = {}
    for turn in range(rounds + 1):
        for name, (maker, run) in ways.items():
            before = maker.transport.received
            started_s = clock.monotonic_s()
            run()
            spent_s = clock.monotonic_s() - started_s
            received[name] = maker.transport.received - before
            if turn:
                times[name].append(1000 * spent_s / len(tokens))
    base_ms = statistics.median(next(iter(times.values())))
    return [
        Way(
            name=name,
            texts=len(tokens),
            tokens_mean=round(statistics.fmean(tokens), 1),
            received_bytes=round(received[name] / len(tokens)),
            ms=round(statistics.median(spent), 2),
            ratio=round(statistics.median(spent) / base_ms, 2),
        )
        for name, spent in times.items()
    ]


class _Canned:
    """A transport with one answer of the real size."""

    address = "http://canned"

    def __init__(self, body: bytes) -> None:
        self._body = body

    def get(self, path: str) -> Reply:
        raise NotImplementedError(path)

    def post(self, path: str, payload: object) -> Reply:
        del path, payload
        return Reply(200, self._body)


def _client_work(tokens: int) -> ClientWork:
    dimensions = EmbedSettings().dimensions
    chance = np.random.default_rng(SEED)
    rows = chance.standard_normal((tokens, dimensions)).astype(np.float32)
    # Seven or eight digits a number, as the real server writes them.
    body = orjson.dumps(rows[np.newaxis], option=orjson.OPT_SERIALIZE_NUMPY)
    first = rows[0].astype(np.float64)
    embedded = (first / np.linalg.norm(first)).tolist()
    ids = [0, *chance.integers(10, 250_000, tokens - 2).tolist(), 2]
    head = SparseHead(weight=chance.standard_normal(dimensions).astype(np.float32), bias=0.0)
    clock = SystemClock()
    calls = TeiCalls(_Canned(body), role="embed", policy=PATIENT, clock=clock)
    source = TokenRows(EmbedClient(calls, EmbedSettings()), calls, dimensions)
    spent_ms: list[float] = []
    for _ in range(_CLIENT_REPEATS):
        started_s = clock.monotonic_s()
        got = source.rows(["text"])[0]
        if distance(got, embedded, "cls") > tolerance("float32"):
            raise AssertionError("the rows are not those that were sent")
        sparse_vector(got, ids, head)
        spent_ms.append(1000 * (clock.monotonic_s() - started_s))
    return ClientWork(tokens=tokens, body_bytes=len(body), ms=round(statistics.median(spent_ms), 2))


def _passages(maker: Maker, most: int) -> tuple[list[str], list[int]]:
    """Texts of sample passages as they would be embedded, spread over the corpus."""
    documents = read_documents([str(LESSONS / "ru"), str(LESSONS / "en")], root=LESSONS)
    passages = [
        passage
        for document in documents
        for passage in split_document(
            document, settings=PassageSettings(), count_tokens=maker.dense.count_tokens
        )
    ]
    step = max(1, len(passages) // most)
    chosen = passages[::step][:most]
    return [model_text(passage) for passage in chosen], [passage.tokens for passage in chosen]


def _queries() -> list[str]:
    lines = (LESSONS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["query"]) for line in lines]


def _weights(vectors: TextVectors) -> int:
    return 0 if vectors.sparse is None else len(vectors.sparse)


def _text(found: SparseBench) -> str:
    lines = ["local stand-ins, random head; for one text:"]
    for kind, ways in (("passage", found.passages), ("query", found.queries)):
        lines += [
            f"  {kind:<8} {way.tokens_mean:6.1f} tokens  {way.name:<26} "
            f"{way.received_bytes / 1000:9.1f} kB  {way.ms:8.2f} ms  x{way.ratio:.2f}"
            for way in ways
        ]
    lines += [
        f"  client   {work.tokens:6d} tokens  rows of the real size      "
        f"{work.body_bytes / 1000:9.1f} kB  {work.ms:8.2f} ms"
        for work in found.client
    ]
    lines.append(
        f"  stored    {found.weights_mean:.0f} weights of {_WEIGHT_BYTES} bytes = "
        f"{found.stored_bytes_mean / 1000:.2f} kB a passage, without the store's index"
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
