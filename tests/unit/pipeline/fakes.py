"""Small stand-ins for the services, for tests of what the pipeline does with their answers."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.pipeline.batches import batches
from infra.pipeline.embed import TextVectors, Vector
from infra.pipeline.fuse import Found
from infra.pipeline.legs import LEXICAL_LEGS, Leg
from infra.pipeline.normalise import normalise
from infra.pipeline.points import TEXT_FIELD, StoredPoint, payload_of, point_id
from infra.pipeline.records import Language, Passage
from infra.pipeline.retry import TryAgainError
from infra.pipeline.sparse.records import SparseVector
from infra.pipeline.transport import Reply

DIMENSIONS = 8

INFO: dict[str, Any] = {
    "model_id": "fake",
    "model_sha": None,
    "model_type": {"embedding": {"pooling": "cls"}},
    "version": "1.9.3",
    "max_client_batch_size": 4,
    "max_concurrent_requests": 16,
    "max_batch_tokens": 64,
}


def vector_of(text: str, dimensions: int = DIMENSIONS) -> Vector:
    """A unit vector that depends on the words only."""
    numbers = [0.0] * dimensions
    for word in text.casefold().split():
        numbers[hashlib.sha256(word.encode()).digest()[0] % dimensions] += 1.0
    norm = math.hypot(*numbers)
    return [number / norm for number in numbers] if norm else [1.0] + [0.0] * (dimensions - 1)


def overlap(query: str, text: str) -> float:
    """Share of the query's words that the text has."""
    words = set(query.casefold().split())
    return len(words & set(text.casefold().split())) / max(1, len(words))


def json_reply(body: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode())


class FakeTei:
    """A transport that answers like TEI with the limits of `INFO`.

    Each entry of `first` is returned, or raised, before the real answers begin.
    """

    address = "http://fake"

    def __init__(
        self, *first: Reply | TryAgainError, info: Mapping[str, Any] | None = None
    ) -> None:
        self.first = list(first)
        self.info: Mapping[str, Any] = INFO if info is None else info
        self.calls: list[tuple[str, object]] = []

    def get(self, path: str) -> Reply:
        return self._answer(path, None)

    def post(self, path: str, payload: object) -> Reply:
        return self._answer(path, payload)

    def payloads(self, path: str) -> list[dict[str, list[str]]]:
        return [payload for called, payload in self.calls if called == path]  # pyright: ignore[reportReturnType]

    def _answer(self, path: str, payload: object) -> Reply:
        self.calls.append((path, payload))
        if self.first:
            reply = self.first.pop(0)
            if isinstance(reply, TryAgainError):
                raise reply
            return reply
        if path == "/info":
            return json_reply(self.info)
        assert isinstance(payload, dict)
        texts: list[str] = payload.get("inputs") or payload["texts"]
        if len(texts) > (limit := self.info["max_client_batch_size"]):
            message = f"batch size {len(texts)} > maximum allowed batch size {limit}"
            return json_reply({"error": message, "error_type": "Validation"}, 422)
        if path == "/embed" and "" in texts:
            message = "Input validation error: `inputs` cannot be empty"
            return json_reply({"error": message, "error_type": "Empty"}, 400)
        return json_reply(_result(path, texts, payload))


def _result(path: str, texts: list[str], payload: dict[str, str]) -> object:
    if path == "/embed":
        return [vector_of(text) for text in texts]
    if path == "/tokenize":
        return [[{"id": 0}] * (2 + len(text.split())) for text in texts]
    assert path == "/rerank"
    ranks = [
        {"index": index, "score": overlap(payload["query"], text)}
        for index, text in enumerate(texts)
    ]
    return sorted(ranks, key=lambda rank: (-rank["score"], -rank["index"]))


class FakeEmbedder:
    """Vectors and token counts by words, or fails with `error`; counts what it embeds."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.embedded: list[str] = []
        self.before_call: Callable[[], None] = lambda: None

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]:
        self.before_call()
        if self.error is not None:
            raise self.error
        self.embedded.extend(texts)
        return [vector_of(text) for text in texts]

    def text_vectors(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[TextVectors]:
        return [TextVectors(dense=vector) for vector in self.embed(texts, tokens)]

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]:
        return batches(texts, max_texts=3, tokens=tokens, max_tokens=200)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [2 + len(text.split()) for text in texts]


class FakeReranker:
    """Scores by shared words, or fails with `error`."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.seen: list[list[str]] = []
        self.tokens: list[list[int]] = []
        self.before_call: Callable[[], None] = lambda: None

    def scores(self, query: str, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[float]:
        self.before_call()
        if self.error is not None:
            raise self.error
        self.seen.append(list(texts))
        self.tokens.append(list(tokens))
        return [overlap(query, text) for text in texts]


class FakeStore:
    """Points in a dictionary; `before_call` may raise to break a run off at any operation."""

    def __init__(self) -> None:
        self.lock = threading.Lock()  # indexing reads and writes from several threads
        self.points: dict[str, tuple[dict[str, object], Vector]] = {}
        self.made = False
        self.writes = 0
        self.before_call: Callable[[], None] = lambda: None

    def check(self) -> bool:
        self.before_call()
        return self.made

    def ensure(self) -> None:
        self.before_call()
        self.made = True

    def stored(self, doc_ids: Sequence[str]) -> list[StoredPoint]:
        self.before_call()
        with self.lock:
            return [
                StoredPoint(
                    point_id=key,
                    doc_id=str(payload["doc_id"]),
                    payload={name: value for name, value in payload.items() if name != TEXT_FIELD},
                )
                for key, (payload, _) in self.points.items()
                if payload["doc_id"] in doc_ids
            ]

    def upsert(self, passages: Sequence[Passage], vectors: Sequence[TextVectors]) -> None:
        self.before_call()
        with self.lock:
            self.writes += len(passages)
            for passage, vector in zip(passages, vectors, strict=True):
                self.points[point_id(passage)] = (dict(payload_of(passage)), vector.dense)

    def refresh(self, passages: Sequence[Passage]) -> None:
        self.before_call()
        with self.lock:
            self.writes += len(passages)
            for passage in passages:
                key = point_id(passage)
                self.points[key] = (dict(payload_of(passage)), self.points[key][1])

    def delete(self, point_ids: Sequence[str]) -> None:
        self.before_call()
        with self.lock:
            self.writes += len(point_ids)
            for key in point_ids:
                self.points.pop(key, None)


class FakeLegs:
    """A store whose legs find what the test says; `errors` are of single legs."""

    def __init__(self, passages: Sequence[Passage], found: dict[Leg, list[int]]) -> None:
        self.by_id = {point_id(passage): passage for passage in passages}
        self.ids = list(self.by_id)
        self.found = found
        self.asked: list[tuple[str, list[Leg], int]] = []
        self.fetched: list[list[str]] = []
        self.errors: dict[Leg, Exception] = {}
        self.sparse: SparseVector | None = None
        self.before_call: Callable[[], None] = lambda: None

    def search(
        self,
        *,
        vector: Vector,
        text: str,
        legs: Sequence[Leg],
        limit: int,
        sparse: SparseVector | None = None,
    ) -> dict[Leg, list[Found]]:
        self.asked.append((text, list(legs), limit))
        self.before_call()
        self.sparse = sparse
        for leg in legs:
            if leg in self.errors:
                raise self.errors[leg]
        return {
            leg: [
                Found(point_id=self.ids[index], score=1.0 / (rank + 1))
                for rank, index in enumerate(self.found[leg])
            ]
            for leg in legs
        }

    def passages(self, point_ids: Sequence[str]) -> dict[str, Passage]:
        self.fetched.append(list(point_ids))
        return {key: self.by_id[key] for key in point_ids if key in self.by_id}


def passage(text: str, *, doc_id: str = "d.md", position: int = 0, title: str = "T") -> Passage:
    return Passage(
        doc_id=doc_id,
        position=position,
        title=title,
        section=("S",),
        lang=Language.ENGLISH,
        text=text,
        tokens=2 + len(normalise(text).split()),
        first_line=1,
        last_line=1 + text.count("\n"),
    )


ALL_LEGS = (Leg.DENSE, *LEXICAL_LEGS)
