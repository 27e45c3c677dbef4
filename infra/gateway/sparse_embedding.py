"""Texts to both vectors of bge-m3, by the pipeline's own code: rows of tokens, checked, weighted.

Token rows are some 11 kB for each token; they come from the embed server to this process and no
further. They are read in threads, so that the loop stays free.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from infra.clock import Clock
from infra.errors import CheckFailedError, OperatorError, SettingsError
from infra.gateway.bridge import Bridge, in_thread
from infra.gateway.embedding import Embedded, Embedding
from infra.gateway.errors import UpstreamError
from infra.gateway.lanes import Lane
from infra.gateway.lifetime import Call
from infra.gateway.model_server import ModelServer
from infra.gateway.split import plan_calls
from infra.gateway.upstream_errors import RETRY_AFTER_S, for_reply, not_tei
from infra.gateway.vectors import cut_matrix
from infra.pipeline.deadline import TimeLimit
from infra.pipeline.embed import EmbedClient, TextVectors
from infra.pipeline.retry import RetryPolicy
from infra.pipeline.sparse.embedder import SparseEmbedder
from infra.pipeline.sparse.head import SparseHead
from infra.pipeline.sparse.records import SparseVector
from infra.pipeline.sparse.rows import TokenRows
from infra.pipeline.tei import TeiCalls
from infra.pipeline.transport import Reply, Transport
from infra.settings import EmbedSettings

# Requests of one lane that read rows at once; more would wait for each other's turn at the server,
# or for the interpreter. A lane's own, so that a query does not stand behind passages here.
_THREADS = 2
# Seconds for which a thread goes on after the deadline, which ends its request before that.
_GRACE_S = 1.0


class SparseEmbedding:
    """Both vectors of texts. Rows are asked for as the server's pooling allows; searches of this
    process and its embeddings take turns for them."""

    def __init__(
        self, embedding: Embedding, *, head: SparseHead, settings: EmbedSettings, clock: Clock
    ) -> None:
        self.head = head
        self._embedding = embedding
        self._settings = settings
        self._clock = clock
        self._pools = {
            lane: ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix=f"rows-{lane}")
            for lane in Lane
        }

    async def is_dense_of_rows(self, lane: Lane, call: Call) -> bool:
        """Whether the model's dense vector is to be had from rows only: the server pools by mean.

        Raises:
            UpstreamError: the server does not say.
        """
        server = self._embedding.server
        await server.call_limits(lane, call)  # as patient as the lane
        return (await server.served(call)).pooling == "mean"

    async def embed(
        self, texts: Sequence[str], *, lane: Lane, call: Call, dimensions: int | None = None
    ) -> tuple[Embedded, list[SparseVector]]:
        """Both vectors of each text, in order; `dimensions` cuts the dense ones.

        Raises:
            RequestError: a text has more tokens than the model takes, or nothing is left of a
                vector after the cut.
            UpstreamError: the server gave no usable answer, or rows of other texts.
        """
        server, counts = self._embedding.server, self._embedding.tokens
        limits = await server.call_limits(lane, call)
        long = await counts.too_long(texts, call)
        if long:
            raise await counts.too_long_error(long, call, param="input")
        estimate = server.estimate
        parts = plan_calls(
            texts, [min(estimate.tokens(text), limits.tokens) for text in texts], limits
        )

        def work(bridge: Bridge) -> tuple[list[TextVectors], int]:
            return self._made(texts, parts, lane, call, bridge)

        try:
            vectors, tokens = await in_thread(self._pools[lane], work)
        except OperatorError as error:
            raise server.count(_as_upstream(error)) from error
        rows = np.array([both.dense for both in vectors], dtype=np.float32)
        rows = rows if dimensions is None else cut_matrix(rows, dimensions)
        sparse = [both.sparse for both in vectors if both.sparse is not None]
        return Embedded(rows=rows, tokens=tokens, truncated=()), sparse

    def close(self) -> None:
        """Let nothing new begin; the threads end with what they do."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _made(
        self,
        texts: Sequence[str],
        parts: Sequence[tuple[int, ...]],
        lane: Lane,
        call: Call,
        bridge: Bridge,
    ) -> tuple[list[TextVectors], int]:
        """In a thread: the vectors in the order of the texts, and the tokens that were counted."""
        limit = TimeLimit(self._clock)
        transport = _RowsTransport(self._embedding.server, lane=lane, call=call, bridge=bridge)
        embedder = sparse_embedder(
            transport, head=self.head, settings=self._settings, clock=self._clock, limit=limit
        )
        found: dict[int, TextVectors] = {}
        with limit.within(call.remaining_s + _GRACE_S):
            for part in parts:
                own = embedder.text_vectors([texts[index] for index in part])
                found.update(zip(part, own, strict=True))
        return [found[index] for index in range(len(texts))], transport.tokens


class _RowsTransport:
    """The embed server under the pipeline's own client: every call takes its turn in the lane, and
    a failure is that of the request."""

    def __init__(self, server: ModelServer, *, lane: Lane, call: Call, bridge: Bridge) -> None:
        self.tokens = 0
        self._server = server
        self._lane: Lane = lane
        self._call = call
        self._bridge = bridge

    @property
    def address(self) -> str:
        """A name in its place, the same for all: rows are asked for in turns by it."""
        return self._server.role

    def get(self, path: str) -> Reply:
        """What the server says about itself, the only thing that is got."""
        del path
        served = self._bridge.wait_for(self._server.served(self._call))
        return Reply(200, served.model_dump_json().encode())

    def post(self, path: str, payload: object) -> Reply:
        """One call of as many texts as its `inputs` has.

        Raises:
            RequestError: it was refused; UpstreamError: it failed.
        """
        inputs = payload.get("inputs") if isinstance(payload, dict) else None
        texts = len(inputs) if isinstance(inputs, list) else 1
        reply = self._bridge.wait_for(
            self._server.post_raw(path, payload, lane=self._lane, texts=texts, call=self._call)
        )
        if reply.status_code != 200:
            problem = for_reply(self._server.role, reply)
            raise self._server.count(problem) if isinstance(problem, UpstreamError) else problem
        if path == "/embed":  # asked once for each text, whatever else is
            try:
                self.tokens += int(reply.headers.get("x-compute-tokens", 0))
            except ValueError as error:
                raise self._server.count(not_tei(self._server.role)) from error
        return Reply(reply.status_code, reply.content)


def sparse_embedder(
    transport: Transport,
    *,
    head: SparseHead,
    settings: EmbedSettings,
    clock: Clock,
    limit: TimeLimit,
) -> SparseEmbedder:
    """The pipeline's maker of both vectors on a server of the gateway, which itself tries again."""
    once = RetryPolicy(attempts=1, total_s=0)
    calls = TeiCalls(transport, role="embed", policy=once, clock=clock, limit=limit)
    rows = TokenRows(EmbedClient(calls, settings), calls, settings.dimensions)
    return SparseEmbedder(rows, head=head, clock=clock, limit=limit)


def _as_upstream(error: OperatorError) -> UpstreamError:
    """What a caller is told of what the pipeline found wrong with the server."""
    if isinstance(error, CheckFailedError | SettingsError):
        return UpstreamError(
            502,
            "bad_rows",
            "the embed server gave nothing that sparse vectors can be made of",
            reason="bad_rows",
            why=f"{error.what}: {error.why}",
            remedy="The operator finds in docs/sparse.md who may ask that server for rows",
        )
    return UpstreamError(
        503,
        "embed_unavailable",
        "the embed server gives no token rows for now",
        reason="rows",
        why=f"{error.what}: {error.why}",
        remedy="Repeat the request in a moment",
        retry_after_s=RETRY_AFTER_S,
    )
