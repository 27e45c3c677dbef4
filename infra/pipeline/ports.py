"""What indexing and searching need from the outside, as protocols: tests pass small fakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from infra.pipeline.embed import TextVectors, Vector
from infra.pipeline.fuse import Found
from infra.pipeline.legs import Leg
from infra.pipeline.points import StoredPoint
from infra.pipeline.records import Passage
from infra.pipeline.sparse.records import QueryVectors, SparseVector


class Embedder(Protocol):
    """Text to vectors; see `EmbedClient`."""

    def embed(self, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[Vector]: ...

    def batches(self, texts: Sequence[str], tokens: Sequence[int]) -> list[range]: ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


class IndexEmbedder(Embedder, Protocol):
    """Text to everything that is stored beside it; see `EmbedClient` and `SparseEmbedder`."""

    def text_vectors(
        self, texts: Sequence[str], tokens: Sequence[int] = ()
    ) -> list[TextVectors]: ...


class QueryEmbedder(Protocol):
    """A query to both its vectors; see `SparseEmbedder`."""

    def query_vectors(self, text: str) -> QueryVectors: ...


class Reranker(Protocol):
    """Query and passages to scores; see `RerankClient`. `tokens` are the passages' lengths."""

    def scores(
        self, query: str, texts: Sequence[str], tokens: Sequence[int] = ()
    ) -> list[float]: ...


class IndexStore(Protocol):
    """What indexing writes to; see `PassageStore`."""

    def ensure(self) -> None: ...

    def check(self) -> bool: ...

    def stored(self, doc_ids: Sequence[str]) -> list[StoredPoint]: ...

    def upsert(self, passages: Sequence[Passage], vectors: Sequence[TextVectors]) -> None: ...

    def refresh(self, passages: Sequence[Passage]) -> None: ...

    def delete(self, point_ids: Sequence[str]) -> None: ...


class SearchStore(Protocol):
    """What searching reads from; see `PassageStore`. `vector` is empty where no dense leg runs."""

    def search(
        self,
        *,
        vector: Vector,
        text: str,
        legs: Sequence[Leg],
        limit: int,
        sparse: SparseVector | None = None,
    ) -> dict[Leg, list[Found]]: ...

    def passages(self, point_ids: Sequence[str]) -> dict[str, Passage]: ...


class SectionStore(Protocol):
    """Where the text around a passage is read; see `PassageStore`.

    `section_text` gives, by `Passage.section_id`, the whole text of the section of each passage,
    in one call to the store for all of them. A section that is gone by now is left out.
    """

    def section_text(self, passages: Sequence[Passage]) -> dict[str, str]: ...
