"""The rerank server as the pipeline uses it: a query and passages to scores."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from pydantic import BaseModel, TypeAdapter

from infra.errors import ServiceUnavailableError
from infra.pipeline.batches import batches
from infra.pipeline.served import ServedModel
from infra.pipeline.tei import TeiCalls
from infra.settings import RerankSettings


class _Rank(BaseModel):
    index: int
    score: float


_RANKS = TypeAdapter(list[_Rank])


class RerankClient:
    """Scores pairs in calls that the server accepts."""

    def __init__(self, calls: TeiCalls, settings: RerankSettings) -> None:
        self._calls = calls
        self._settings = settings

    @cached_property
    def served(self) -> ServedModel:
        """What the server runs, asked once."""
        return self._calls.info()

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """A score between 0 and 1 for each text, in the order of the texts.

        A list longer than the limit goes in several calls; scores of one model compare across them.

        Raises:
            ServiceUnavailableError: no answer, or scores missing from it.
        """
        limit = min(self.served.list_limit, self._settings.max_client_batch_size)
        scores: list[float] = []
        for part in batches(texts, max_texts=limit):
            payload = {
                "query": query,
                "texts": [texts[index] for index in part],
                "truncate": False,
                "raw_scores": False,
                "return_text": False,
            }
            ranks = self._calls.post("/rerank", payload, _RANKS)
            by_index = {rank.index: rank.score for rank in ranks}
            if sorted(by_index) != list(range(len(part))) or len(ranks) != len(part):
                raise ServiceUnavailableError(
                    "the rerank server left out scores",
                    why=f"{len(part)} texts were sent, the answer names {sorted(by_index)}",
                    remedy="check that this address is a Text Embeddings Inference reranker",
                )
            scores.extend(by_index[index] for index in range(len(part)))
        return scores

    def rerank_status(self, query: str, texts: Sequence[str]) -> int:
        """The status of one call, also of a refusal: for checks that expect one."""
        return self._calls.post_once("/rerank", {"query": query, "texts": list(texts)}).status


def ranked(scores: Sequence[float]) -> list[int]:
    """Positions by descending score; equal scores keep their order."""
    return sorted(range(len(scores)), key=lambda index: (-scores[index], index))
