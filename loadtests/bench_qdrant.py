"""Times one hybrid query on the local Qdrant over HTTP against the same query on the raw engine.

Both hold the same points and the same index, and the queries alternate, so that the ratio says
what the HTTP service adds. `python -m loadtests.bench_qdrant` prints a table.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge
from rich.console import Console
from rich.table import Table

from infra.clock import SystemClock
from infra.errors import ServiceUnavailableError

DIMENSIONS = 1024
"""Of bge-m3, the embedding model of this project."""

WORDS_PER_PASSAGE = 60
WORDS_PER_QUERY = 5
VOCABULARY = 2000
PREFETCH = 50
OVERSAMPLING = 3.0
TOP = 10
BATCH = 100
START_DEADLINE_S = 30
GREEN_DEADLINE_S = 300

COLLECTION = "/collections/bench"
BM25 = {"model": "qdrant/bm25", "options": {"language": "russian", "tokenizer": "word"}}

Vectors = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Workload:
    """Random unit vectors with random texts, for points and for queries."""

    vectors: Vectors
    texts: list[str]
    query_vectors: Vectors
    query_texts: list[str]


def measure(points: int = 2000, queries: int = 200, seed: int = 7) -> dict[str, Any]:
    """Median times of a hybrid query in milliseconds, and their ratio (HTTP over raw).

    Raises:
        ServiceUnavailableError: the local Qdrant did not start or did not finish indexing.
    """
    work = make_workload(points, queries, seed)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "service") as connection:
        load_service(connection, work)
        shard = load_engine(Path(folder) / "engine", work)
        connection.close()  # idle too long to be relied on; the next request opens it again
        embedder = make_embedder()
        http_ms: list[float] = []
        raw_ms: list[float] = []
        for at in range(queries):
            body = json.dumps(http_query(work, at)).encode()
            started = time.perf_counter()
            answer = call(connection, "POST", f"{COLLECTION}/points/query", body)
            http_ms.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            found = shard.query(raw_query(work, at, embedder))
            raw_ms.append((time.perf_counter() - started) * 1000)
            if len(found) != len(answer["result"]["points"]):
                message = "the service and the raw engine found different numbers of points"
                raise RuntimeError(message)
        shard.close()
    http_median, raw_median = statistics.median(http_ms), statistics.median(raw_ms)
    return {
        "points": points,
        "queries": queries,
        "seed": seed,
        "http_median_ms": http_median,
        "raw_median_ms": raw_median,
        "ratio": http_median / raw_median,
    }


def make_workload(points: int, queries: int, seed: int) -> Workload:
    numbers = np.random.default_rng(seed)
    letters = np.array(list("абвгдежзиклмнопрстуфхцчшыэюя"))
    words = ["".join(numbers.choice(letters, size=7)) for _ in range(VOCABULARY)]

    def texts(count: int, length: int) -> list[str]:
        return [" ".join(numbers.choice(words, size=length)) for _ in range(count)]

    def units(count: int) -> Vectors:
        rows = numbers.standard_normal((count, DIMENSIONS)).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    return Workload(
        vectors=units(points),
        texts=texts(points, WORDS_PER_PASSAGE),
        query_vectors=units(queries),
        query_texts=texts(queries, WORDS_PER_QUERY),
    )


@contextmanager
def serving(storage: Path) -> Generator[http.client.HTTPConnection]:
    """A connection to a fresh local Qdrant, which is stopped afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "infra.local.qdrant", "--storage", str(storage)]
    process = subprocess.Popen([*command, "--port", str(port)], stdin=subprocess.DEVNULL)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        _wait(lambda: _answers(connection), START_DEADLINE_S, "start")
        yield connection
    finally:
        connection.close()
        process.terminate()
        process.wait(timeout=30)


def load_service(connection: http.client.HTTPConnection, work: Workload) -> None:
    binary = {"always_ram": True, "query_encoding": "scalar8bits"}
    dense = {
        "size": DIMENSIONS,
        "distance": "Cosine",
        "quantization_config": {"binary": binary},
    }
    config = {"vectors": {"dense": dense}, "sparse_vectors": {"bm25": {"modifier": "idf"}}}
    call(connection, "PUT", COLLECTION, json.dumps(config).encode())
    for start in range(0, len(work.texts), BATCH):
        points = [
            {
                "id": at,
                "vector": {
                    "dense": work.vectors[at].tolist(),
                    "bm25": {"text": work.texts[at], **BM25},
                },
            }
            for at in range(start, min(start + BATCH, len(work.texts)))
        ]
        body = json.dumps({"points": points}).encode()
        call(connection, "PUT", f"{COLLECTION}/points?wait=true", body)

    def green() -> bool:
        return call(connection, "GET", COLLECTION)["result"]["status"] == "green"

    _wait(green, GREEN_DEADLINE_S, "finish indexing")


def load_engine(folder: Path, work: Workload) -> edge.EdgeShard:
    query_encoding = edge.BinaryQuantizationQueryEncoding.Scalar8Bits
    quantization = edge.BinaryQuantizationConfig(always_ram=True, query_encoding=query_encoding)
    dense = edge.EdgeVectorParams(
        size=DIMENSIONS, distance=edge.Distance.Cosine, quantization_config=quantization
    )
    config = edge.EdgeConfig(
        vectors={"dense": dense},
        sparse_vectors={"bm25": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
    )
    shard = edge.EdgeShard.create(str(folder), config)
    embedder = make_embedder()
    for start in range(0, len(work.texts), BATCH):
        points = [
            edge.Point(
                at,
                {
                    "dense": work.vectors[at].tolist(),
                    "bm25": embedder.embed_document(work.texts[at]),
                },
            )
            for at in range(start, min(start + BATCH, len(work.texts)))
        ]
        shard.update(edge.UpdateOperation.upsert_points(points))
    shard.optimize()
    return shard


def make_embedder() -> edge.Bm25:
    return edge.Bm25(edge.Bm25Config(language="russian", tokenizer=edge.TokenizerType.Word))


def http_query(work: Workload, at: int) -> dict[str, Any]:
    quantization = {"rescore": True, "oversampling": OVERSAMPLING}
    legs: list[dict[str, Any]] = [
        {
            "query": work.query_vectors[at].tolist(),
            "using": "dense",
            "limit": PREFETCH,
            "params": {"quantization": quantization},
        },
        {"query": {"text": work.query_texts[at], **BM25}, "using": "bm25", "limit": PREFETCH},
    ]
    return {"prefetch": legs, "query": {"rrf": {"k": 60}}, "limit": TOP}


def raw_query(work: Workload, at: int, embedder: edge.Bm25) -> edge.QueryRequest:
    quantization = edge.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
    dense = edge.Query.Nearest(work.query_vectors[at].tolist(), "dense")
    sparse = edge.Query.Nearest(embedder.embed_query(work.query_texts[at]), "bm25")
    legs = [
        edge.Prefetch(PREFETCH, dense, params=edge.SearchParams(quantization=quantization)),
        edge.Prefetch(PREFETCH, sparse),
    ]
    fusion: Any = edge.Fusion.Rrf(60)  # the stub lists fusions as classes of their own
    return edge.QueryRequest(limit=TOP, query=fusion, prefetches=legs)


def call(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> dict[str, Any]:
    connection.request(method, path, body=body)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise ServiceUnavailableError(
            f"{method} {path} answered {response.status}",
            why=content.decode("utf-8", "replace"),
            remedy="run the benchmark again; if it stays, run `make test`",
        )
    return json.loads(content)


def _answers(connection: http.client.HTTPConnection) -> bool:
    try:
        call(connection, "GET", "/collections")
    except (OSError, http.client.HTTPException):
        connection.close()
        return False
    return True


def _wait(done: Callable[[], bool], deadline_s: float, what: str) -> None:
    clock = SystemClock()
    end_s = clock.monotonic_s() + deadline_s
    while not done():
        if clock.monotonic_s() > end_s:
            raise ServiceUnavailableError(
                f"the local Qdrant did not {what}",
                why=f"it had {deadline_s:g} s",
                remedy="look at its messages above; give it a quieter machine",
            )
        clock.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_qdrant", description=__doc__)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    result = measure(arguments.points, arguments.queries, arguments.seed)
    if arguments.json:
        sys.stdout.write(json.dumps({"schema_version": 1, **result}) + "\n")
        return
    table = Table(title=f"hybrid query, {result['points']} points, {result['queries']} queries")
    table.add_column("path")
    table.add_column("median, ms", justify="right")
    table.add_row("local Qdrant over HTTP", f"{result['http_median_ms']:.2f}")
    table.add_row("raw engine in process", f"{result['raw_median_ms']:.2f}")
    table.add_row("ratio", f"{result['ratio']:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
