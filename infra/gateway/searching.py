"""Queries to answers: the pipeline's own search, with calls that keep to deadline and lanes.

The only module of the gateway that knows how the pipeline searches.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
from qdrant_client import QdrantClient, models

from infra.clock import Clock
from infra.errors import ServiceRefusedError
from infra.gateway.bridge import Bridge, in_thread
from infra.gateway.embedding import Embedding
from infra.gateway.errors import nothing_indexed
from infra.gateway.lifetime import Call
from infra.gateway.pipeline_ports import (
    BridgedEmbedder,
    BridgedReranker,
    LaneTransport,
    Worker,
)
from infra.gateway.reranking import Reranking
from infra.gateway.sparse_embedding import sparse_embedder
from infra.gateway.store_http import StoreTransport
from infra.gateway.store_queries import LeanClient
from infra.pipeline.answers import SearchResult
from infra.pipeline.collection import CollectionSpec, readable_collection
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.points import DOC_ID_FIELD, LANG_FIELD
from infra.pipeline.ports import Embedder
from infra.pipeline.retry import RetryPolicy
from infra.pipeline.search import Searcher
from infra.pipeline.served import ServedModel
from infra.pipeline.sparse.embedder import SparseEmbedder
from infra.pipeline.sparse.head import SparseHead
from infra.pipeline.spec import collection_spec
from infra.pipeline.store import PassageStore
from infra.pipeline.store_calls import StoreCalls
from infra.settings import StackSettings

# The store's address stays out of messages, which callers see.
STORE_NAME = "the stack"
# Seconds for which a collection that was found usable is not looked at again.
_CHECKED_S = 10.0
_ATTEMPTS = 3
_STORE_RETRY_S = 1.0
# Seconds for the store to answer a readiness probe.
_PROBE_S = 2.0
# Of the time that is left, what the search may use: its answer is still to be written.
_USED_SHARE = 0.97


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One search as it was asked for. Empty `doc_ids` or `langs` filter nothing.

    `with_context` asks for the text of the section around each answer.
    """

    query: str
    top_k: int
    with_rerank: bool
    doc_ids: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    with_context: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Searched:
    """What came back. `sections` has the text of sections by `Passage.section_id`."""

    result: SearchResult
    sections: Mapping[str, str]


@dataclass(kw_only=True)
class Searching:
    """The search side of the gateway, on one collection; at most `threads` searches compute."""

    embedding: Embedding
    reranking: Reranking
    client: QdrantClient
    session: httpx.Client
    transport: StoreTransport
    settings: StackSettings
    clock: Clock
    threads: int
    sparse_head: SparseHead | None = None

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=self.threads, thread_name_prefix="search")
        self._checked: tuple[CollectionSpec, CollectionSpec, float] | None = None

    async def search(self, wanted: Wanted, call: Call) -> Searched:
        """The answers, or the pipeline's or the gateway's own error.

        Raises:
            OperatorError: of the pipeline; RequestError: of a model server.
        """
        served = await self.embedding.server.last_said(call)
        return await in_thread(
            self._pool, lambda bridge: self._search(wanted, served, call, bridge)
        )

    async def has_collection(self, call: Call) -> bool:
        """Whether the store answers and has something to search, for the readiness probe.

        Raises:
            OperatorError: the store does not answer, or refuses.
        """

        def look(bridge: Bridge) -> bool:
            limit = TimeLimit(self.clock)
            with self.transport.within(call, bridge, limit), limit.within(_PROBE_S):
                calls = self._store_calls(limit)
                aliases = calls.run(self.client.get_aliases).aliases
            alias = self.settings.store.collection
            return any(found.alias_name == alias for found in aliases)

        return await in_thread(self._pool, look)

    def close(self) -> None:
        """Let no new search begin; the threads end with what they do."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.client.close()
        self.session.close()

    def _search(self, wanted: Wanted, served: ServedModel, call: Call, bridge: Bridge) -> Searched:
        limit = TimeLimit(self.clock)
        worker = Worker(call=call, bridge=bridge, limit=limit)
        with self.transport.within(call, bridge, limit), limit.within(call.remaining_s):
            calls = self._store_calls(limit)
            store = PassageStore(
                LeanClient.around(self.client, self.session),
                calls,
                spec=self._checked_spec(served, calls),
                settings=self.settings.store,
                condition=_condition(wanted),
            )
            sparse = self._sparse_embedder(worker)
            embedder: Embedder = BridgedEmbedder(self.embedding, worker)
            if sparse is not None and served.pooling == "mean":
                # There the dense vector is to be had as the first of the token rows only.
                embedder = sparse
            searcher = Searcher(
                embedder=embedder,
                reranker=BridgedReranker(self.reranking, worker),
                store=store,
                settings=self.settings.search,
                clock=self.clock,
                sparse=sparse,
                limit=limit,
            )
            try:
                result = searcher.search(
                    wanted.query,
                    top_k=wanted.top_k,
                    with_rerank=wanted.with_rerank,
                    deadline_ms=_USED_SHARE * 1000 * call.remaining_s,
                )
            except ServiceRefusedError:
                self._checked = None  # the collection may be gone: the next search looks
                raise
            passages = [answer.passage for answer in result.answers]
            sections = store.section_text(passages) if wanted.with_context else {}
        return Searched(result=result, sections=sections)

    def _sparse_embedder(self, worker: Worker) -> SparseEmbedder | None:
        """What makes the learned sparse vector of a query, where the settings want one."""
        if self.sparse_head is None:
            return None
        return sparse_embedder(
            LaneTransport(self.embedding.server, worker),
            head=self.sparse_head,
            settings=self.settings.embed,
            clock=self.clock,
            limit=worker.limit,
        )

    def _checked_spec(self, served: ServedModel, calls: StoreCalls) -> CollectionSpec:
        """The collection to search with these settings and this model, once it was seen.

        Raises:
            RequestError: nothing is indexed yet.
            IncompatibleCollectionError: what is there was made by another model.
            SettingsError: the embed server runs another model than the settings name.
        """
        digest = "" if self.sparse_head is None else self.sparse_head.digest
        spec = collection_spec(self.settings, served, sparse_head=digest)
        known, now_s = self._checked, self.clock.monotonic_s()
        if known is None or known[0] != spec or now_s - known[2] >= _CHECKED_S:
            readable = readable_collection(self.client, calls, spec)
            if readable is None:
                raise nothing_indexed()
            known = self._checked = (spec, readable, now_s)
        return known[1]

    def _store_calls(self, limit: TimeLimit) -> StoreCalls:
        policy = RetryPolicy(attempts=_ATTEMPTS, total_s=_STORE_RETRY_S)
        return StoreCalls(address=STORE_NAME, policy=policy, clock=self.clock, limit=limit)


def _condition(wanted: Wanted) -> models.Filter | None:
    """What every leg may find."""
    conditions: list[models.Condition] = [
        models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
        for key, values in ((DOC_ID_FIELD, wanted.doc_ids), (LANG_FIELD, wanted.langs))
        if values
    ]
    return models.Filter(must=conditions) if conditions else None
