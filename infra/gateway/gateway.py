"""The parts of one running gateway, made from its configuration. Nothing is asked of a service
before a request needs it, so the gateway starts whether or not they are up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx

from infra.clock import Clock
from infra.gateway.admission import Admission
from infra.gateway.config import GatewayConfig, UpstreamKeys
from infra.gateway.embedding import Embedding
from infra.gateway.keys import KeyRing
from infra.gateway.lanes import Lane
from infra.gateway.lifetime import Call
from infra.gateway.metrics import Metrics
from infra.gateway.model_server import ModelServer, model_client
from infra.gateway.reranking import Reranking
from infra.gateway.searching import Searching
from infra.gateway.sparse_embedding import SparseEmbedding
from infra.gateway.store_http import StoreTransport, store_client, store_session
from infra.pipeline.sparse.head import load_head


@dataclass(kw_only=True)
class Gateway:
    """Everything that a request may touch. `sparse_embedding` is None without learned weights;
    `is_draining` is set once, by SIGTERM."""

    config: GatewayConfig
    clock: Clock
    keys: KeyRing
    metrics: Metrics
    embedding: Embedding
    reranking: Reranking
    searching: Searching
    sparse_embedding: SparseEmbedding | None
    admissions: dict[Lane, Admission]
    clients: list[httpx.AsyncClient] = field(repr=False)
    is_draining: bool = False
    open_requests: int = 0

    @property
    def servers(self) -> tuple[ModelServer, ...]:
        """Both model servers."""
        return (self.embedding.server, self.reranking.server)

    def new_call(self, request_id: str) -> Call:
        """A request that begins now."""
        return Call(request_id=request_id, clock=self.clock, started_s=self.clock.monotonic_s())

    async def close(self) -> None:
        """Close every connection; called when no request is under way."""
        self.searching.close()
        if self.sparse_embedding is not None:
            self.sparse_embedding.close()
        await asyncio.gather(*(client.aclose() for client in self.clients))


def build_gateway(
    config: GatewayConfig,
    *,
    keys: KeyRing,
    upstream_keys: UpstreamKeys,
    metrics: Metrics,
    clock: Clock,
) -> Gateway:
    """The parts, connected.

    Raises:
        InputFileError: the learned sparse weights are wanted and their head cannot be read.
    """
    settings = config.gateway
    embed_client = model_client(config.addresses.embed, upstream_keys.tei)
    rerank_client = model_client(config.addresses.rerank, upstream_keys.tei)
    embed_server = ModelServer(
        role="embed",
        client=embed_client,
        settings=config.embed,
        gateway=settings,
        metrics=metrics,
        clock=clock,
    )
    rerank_server = ModelServer(
        role="rerank",
        client=rerank_client,
        settings=config.rerank,
        gateway=settings,
        metrics=metrics,
        clock=clock,
    )
    embedding = Embedding(embed_server, dimensions=config.embed.dimensions)
    reranking = Reranking(rerank_server)
    head = (
        None
        if config.store.sparse == "off"
        else load_head(config.embed.sparse_head, config.embed.dimensions)
    )
    transport = StoreTransport(httpx.HTTPTransport(trust_env=False), metrics)
    gateway = Gateway(
        config=config,
        clock=clock,
        keys=keys,
        metrics=metrics,
        embedding=embedding,
        reranking=reranking,
        searching=Searching(
            embedding=embedding,
            reranking=reranking,
            client=store_client(config.addresses.qdrant, upstream_keys.qdrant, transport),
            session=store_session(config.addresses.qdrant, upstream_keys.qdrant, transport),
            transport=transport,
            settings=config.stack,
            clock=clock,
            # Twice what runs: a thread whose request was given up may still end its store call.
            threads=2 * settings.query_in_flight,
            sparse_head=head,
        ),
        sparse_embedding=None
        if head is None
        else SparseEmbedding(embedding, head=head, settings=config.embed, clock=clock),
        admissions={
            Lane.QUERIES: Admission(
                Lane.QUERIES,
                in_flight=settings.query_in_flight,
                queue=settings.query_queue,
                clock=clock,
            ),
            Lane.PASSAGES: Admission(
                Lane.PASSAGES,
                in_flight=settings.passage_in_flight,
                queue=settings.passage_queue,
                clock=clock,
            ),
        },
        clients=[embed_client, rerank_client],
    )
    _watch(gateway)
    return gateway


def _watch(gateway: Gateway) -> None:
    """Gauges that are read when they are scraped."""
    watch = gateway.metrics.watch
    for lane, admission in gateway.admissions.items():
        watch("in_flight", "Requests that run.", lambda a=admission: a.running, lane=lane.value)
        watch("queued", "Requests that wait.", lambda a=admission: a.waiting, lane=lane.value)
        for server in gateway.servers:
            watch(
                "upstream_calls",
                "Calls that a model server works on.",
                lambda s=server, n=lane: s.lanes.calls(n),
                upstream=server.role,
                lane=lane.value,
            )
            watch(
                "upstream_waiting",
                "Calls that wait for a turn at a model server.",
                lambda s=server, n=lane: s.lanes.waiting(n),
                upstream=server.role,
                lane=lane.value,
            )
    watch("open_requests", "Requests under way in any state.", lambda: gateway.open_requests)
    watch("draining", "1 after SIGTERM.", lambda: float(gateway.is_draining))
    watch("keys", "API keys in force.", lambda: len(gateway.keys.names))
    watch(
        "keys_current",
        "0 while the keys file on disk cannot be used and older keys are in force.",
        lambda: float(gateway.keys.is_current),
    )
