"""Builds the pipeline of one stack from its addresses, keys and settings.

The only place that makes real clients; nothing is asked of a server before it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import httpx
import requests
from qdrant_client import QdrantClient, models
from requests.adapters import HTTPAdapter

from infra.clock import Clock
from infra.errors import ServiceUnavailableError, SettingsError
from infra.pipeline.collection import CollectionSpec
from infra.pipeline.cutover import BuildStore, Cutover
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.embed import EmbedClient
from infra.pipeline.gateway_transport import PASSAGE, QUERY, GatewayTransport
from infra.pipeline.holdings import Holdings
from infra.pipeline.index import Indexer
from infra.pipeline.rerank import RerankClient
from infra.pipeline.retry import BRIEF, PATIENT, RetryPolicy
from infra.pipeline.search import Searcher
from infra.pipeline.sparse.embedder import SparseEmbedder
from infra.pipeline.sparse.head import SparseHead, load_head
from infra.pipeline.sparse.rows import TokenRows
from infra.pipeline.sparse.through_gateway import GatewaySparseEmbedder
from infra.pipeline.spec import collection_spec
from infra.pipeline.store import PassageStore
from infra.pipeline.store_calls import StoreCalls
from infra.pipeline.store_transport import LimitedTransport
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import HttpTransport, Transport
from infra.settings import StackSettings

# More than the threads of indexing together: 64 calls in flight at most, and the tokenizer's.
_CONNECTIONS = 80
# Seconds that one call to the store may take; an upsert waits until it is applied.
_STORE_TIMEOUT_S = 60


class Addresses(Protocol):
    """Base URLs of the services; None where a service cannot be reached from here.

    With a gateway, the model servers are reached through it: in production they are private to
    their host.
    """

    @property
    def gateway(self) -> str | None: ...

    @property
    def embed(self) -> str | None: ...

    @property
    def rerank(self) -> str | None: ...

    @property
    def qdrant(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The parts of one stack's pipeline, made when they are first used; a context that closes them.

    `secrets` may hold `gateway_operator_key`, `tei_api_key` and `qdrant_api_key`; a service without
    one is open. `lane` is the gateway's lane of all calls.
    """

    addresses: Addresses
    secrets: Mapping[str, str]
    settings: StackSettings
    clock: Clock
    policy: RetryPolicy
    lane: str = QUERY
    open_clients: ExitStack = field(default_factory=ExitStack, repr=False)

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, *_error: object) -> None:
        self.open_clients.close()

    @cached_property
    def limit(self) -> TimeLimit:
        """The end of the query under way, which the searcher sets and every client reads."""
        return TimeLimit(self.clock)

    @cached_property
    def embedder(self) -> EmbedClient:
        calls = self._models(self.addresses.embed, "embed", self.settings.embed.model_id)
        return EmbedClient(calls, self.settings.embed)

    @cached_property
    def sparse_head(self) -> SparseHead:
        """What makes learned sparse weights of token rows, where they are made here."""
        return load_head(self.settings.embed.sparse_head, self.settings.embed.dimensions)

    @cached_property
    def sparse_embedder(self) -> SparseEmbedder | GatewaySparseEmbedder | None:
        """Makes both vectors of a text; None where only the dense one is stored."""
        if self.settings.store.sparse == "off":
            return None
        settings = self.settings.embed
        calls = self._models(self.addresses.embed, "embed", settings.model_id)
        if self.through_gateway:
            return GatewaySparseEmbedder(
                self.embedder, calls, dimensions=settings.dimensions, limit=self.limit
            )
        rows = TokenRows(self.embedder, calls, settings.dimensions)
        return SparseEmbedder(rows, head=self.sparse_head, clock=self.clock, limit=self.limit)

    @cached_property
    def reranker(self) -> RerankClient:
        calls = self._models(self.addresses.rerank, "rerank", self.settings.rerank.model_id)
        return RerankClient(calls, self.settings.rerank)

    @cached_property
    def qdrant(self) -> QdrantClient:
        key = self.secrets.get("qdrant_api_key")
        client = QdrantClient(
            url=_known(self.addresses.qdrant, "vector store"),
            # As a header: given as `api_key` the client warns of every address without TLS, and
            # the store's address is a private one.
            headers=None if key is None else {"api-key": key},
            check_compatibility=False,
            # The server makes the lexical vectors. Without this the client looks in every call for
            # texts to embed by itself: twice the work, and two threads at once break it.
            cloud_inference=True,
            trust_env=False,
            transport=LimitedTransport(
                httpx.HTTPTransport(trust_env=False), limit=self.limit, most_s=_STORE_TIMEOUT_S
            ),
        )
        self.open_clients.callback(client.close)
        return client

    @cached_property
    def store_calls(self) -> StoreCalls:
        address = _known(self.addresses.qdrant, "vector store")
        return StoreCalls(address=address, policy=self.policy, clock=self.clock, limit=self.limit)

    @cached_property
    def store(self) -> PassageStore:
        return PassageStore(
            self.qdrant, self.store_calls, spec=self.spec, settings=self.settings.store
        )

    @cached_property
    def spec(self) -> CollectionSpec:
        """The collection that these settings and the served model belong to."""
        served = self.embedder.served
        return collection_spec(self.settings, served, sparse_head=self._head_digest())

    @cached_property
    def build_store(self) -> BuildStore:
        """The collection of these settings while another one is served."""
        return BuildStore(
            self.qdrant, self.store_calls, spec=self.spec, settings=self.settings.store
        )

    @cached_property
    def cutover(self) -> Cutover:
        return Cutover(self.qdrant, self.store_calls, spec=self.spec, clock=self.clock)

    @cached_property
    def holdings(self) -> Holdings:
        """What the collection of these settings holds."""
        return Holdings(self.qdrant, self.store_calls, self.spec.name)

    def indexer(self, store: PassageStore | None = None) -> Indexer:
        """Puts documents into `store`; without one, into the served collection."""
        return Indexer(
            embedder=self.sparse_embedder or self.embedder,
            store=store or self.store,
            settings=self.settings.passages,
            clock=self.clock,
            calls_in_flight=calls_in_flight(
                self.settings.index.embed_calls_in_flight,
                texts_a_call=self.embedder.list_limit,
                texts_admitted=self.embedder.served.max_concurrent_requests,
            ),
        )

    def searcher(self, condition: models.Filter | None = None) -> Searcher:
        """`condition` is what every point that is found must fulfil; see `filters.py`."""
        sparse = self.sparse_embedder
        return Searcher(
            # Also the dense vector alone may come from token rows.
            embedder=sparse or self.embedder,
            reranker=self.reranker,
            store=self.store if condition is None else self.store.within(condition),
            settings=self.settings.search,
            clock=self.clock,
            sparse=sparse,
            limit=self.limit,
        )

    def with_collection(self, alias: str) -> Pipeline:
        """The same services and settings on another collection; closed together with this one."""
        store = self.settings.store.model_copy(update={"collection": alias})
        return replace(self, settings=self.settings.model_copy(update={"store": store}))

    @property
    def through_gateway(self) -> bool:
        """Whether the model servers are reached through the gateway."""
        return self.addresses.gateway is not None

    def _head_digest(self) -> str:
        """Which head the weights are made with; empty where none are stored."""
        if self.settings.store.sparse == "off":
            return ""
        if not self.through_gateway:
            return self.sparse_head.digest
        digest = self.embedder.served.sparse_head
        if digest is None:
            raise SettingsError(
                "the gateway makes no learned sparse weights",
                why="`store.sparse` is m3 in these settings and off in those it was started with",
                remedy="run `pulumi up` so that the gateway follows the settings",
            )
        return digest

    def _models(self, address: str | None, role: str, model_id: str) -> TeiCalls:
        """Calls of a model server: through the gateway where there is one."""
        if self.addresses.gateway is None:
            return self._direct(address, role)
        gateway = self._http(self.addresses.gateway, "gateway_operator_key")
        return self._calls(
            GatewayTransport(gateway, role=role, model_id=model_id, lane=self.lane),
            role,
        )

    def _direct(self, address: str | None, role: str) -> TeiCalls:
        return self._calls(
            self._http(_known(address, f"{role} server"), "tei_api_key"),
            role,
        )

    def _http(self, address: str, key_name: str) -> HttpTransport:
        return HttpTransport(
            address,
            api_key=self.secrets.get(key_name),
            session=self.open_clients.enter_context(_session()),
            limit=self.limit,
        )

    def _calls(self, transport: Transport, role: str) -> TeiCalls:
        return TeiCalls(
            transport,
            role=role,
            policy=self.policy,
            clock=self.clock,
            limit=self.limit,
        )


def patient_pipeline(
    addresses: Addresses, secrets: Mapping[str, str], settings: StackSettings, clock: Clock
) -> Pipeline:
    """For indexing and checks: waits out a short absence of a service."""
    return Pipeline(
        addresses=addresses,
        secrets=secrets,
        settings=settings,
        clock=clock,
        policy=PATIENT,
        lane=PASSAGE,
    )


def brief_pipeline(
    addresses: Addresses, secrets: Mapping[str, str], settings: StackSettings, clock: Clock
) -> Pipeline:
    """For queries: somebody is waiting, so it gives up within about a second."""
    return Pipeline(
        addresses=addresses, secrets=secrets, settings=settings, clock=clock, policy=BRIEF
    )


def calls_in_flight(wanted: int, *, texts_a_call: int, texts_admitted: int) -> int:
    """As many calls of full lists as the server admits at once: more would only get 429."""
    return max(1, min(wanted, texts_admitted // texts_a_call))


def _session() -> requests.Session:
    """A session that keeps a connection for each of the threads that index."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
    return session


def _known(address: str | None, name: str) -> str:
    if address is None:
        raise ServiceUnavailableError(
            f"the {name} has no address",
            why="the stack's outputs name none: it is private, or not built yet",
            remedy="run `pulumi up`, or work from a machine inside the stack's network",
        )
    return address
