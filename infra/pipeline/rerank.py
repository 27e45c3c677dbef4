"""The rerank server as the pipeline uses it: a query and passages to scores."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from pydantic import BaseModel, TypeAdapter

from infra.errors import ServiceUnavailableError
from infra.pipeline.batches import longest_first
from infra.pipeline.served import ServedModel
from infra.pipeline.tei import TeiCalls
from infra.settings import RerankSettings


class _Rank(BaseModel):
    index: int
    score: float


_RANKS = TypeAdapter(list[_Rank])

_PAIR_FRAME = 2


class RerankClient:
    """Scores pairs in calls that the server accepts."""

    def __init__(self, calls: TeiCalls, settings: RerankSettings) -> None:
        self._calls = calls
        self._settings = settings

    @cached_property
    def served(self) -> ServedModel:
        """What the server runs, asked once."""
        return self._calls.info()

    def scores(self, query: str, texts: Sequence[str], tokens: Sequence[int] = ()) -> list[float]:
        """A score between 0 and 1 for each text, in the order of the texts.

        What is more than a call may carry goes in several, longest texts first, so that texts of
        like length share one; scores of one model compare across calls. `tokens` are the lengths
        of the texts; without them the order of the texts decides.

        Raises:
            ServiceUnavailableError: no answer, or scores missing from it.
        """
        scores = [0.0] * len(texts)
        for part in self._calls_for(query, texts, tokens):
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
            for place, index in enumerate(part):
                scores[index] = by_index[place]
        return scores

    def rerank_status(self, query: str, texts: Sequence[str]) -> int:
        """The status of one call, also of a refusal: for checks that expect one."""
        return self._calls.post_once("/rerank", {"query": query, "texts": list(texts)}).status

    def _calls_for(
        self, query: str, texts: Sequence[str], tokens: Sequence[int]
    ) -> list[tuple[int, ...]]:
        served, settings = self.served, self._settings
        # The model sees both texts of a pair, and two more special tokens. A token of the query is
        # hardly ever shorter than a character, so this is the safe side: smaller calls.
        pairs = [len(query) + _PAIR_FRAME + count for count in tokens]
        return longest_first(
            texts,
            pairs,
            max_texts=min(served.list_limit, settings.max_client_batch_size),
            max_tokens=min(served.max_batch_tokens, settings.max_batch_tokens),
        )


def ranked(scores: Sequence[float]) -> list[int]:
    """Positions by descending score; equal scores keep their order."""
    return sorted(range(len(scores)), key=lambda index: (-scores[index], index))
