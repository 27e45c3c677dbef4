"""Whether a design point can be met, from a model of a T4's service time. Calculated, not measured.

One T4 does about 24 TFLOP/s on matrices (held down by its 70 W) and moves about 250 GB/s; the
constants below give what was estimated for TEI without flash attention (106 pairs a second at 256
tokens, 43 to 48 at 512), give or take a quarter. Queries queue for the one GPU of a node: arrivals
are Poisson, service times fixed (M/D/1). The first measurement on a T4 replaces all of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from infra.errors import PlanError
from infra.plans.model_shapes import ModelShape, model_shape
from infra.settings import StackSettings

MATRIX_FLOP_PER_S = 24e12
"""Sustained cuBLAS float16 on a T4, as an NVIDIA moderator gives it; its peak of 65 is brief."""

BYTES_PER_S = 250e9
"""Memory traffic of score tensors and copies, of 320 GB/s on paper. Assumed."""

SCORE_PASSES, STATE_PASSES = 8.5, 20
"""How often each layer moves its scores, and each token's state. Fitted to the estimates above."""

SMALL_BATCH_MS = 8.0
"""Least time of one forward pass: reading the weights and starting some 600 kernels."""

EMBED_CALL_MS, RERANK_CALL_MS, SEARCH_MS, GATEWAY_MS = 4.0, 4.0, 10.0, 5.0
"""Time outside the GPU: two HTTP calls, the hybrid search, the gateway. Assumed."""

QUERY_TOKENS = 24
"""A query with its separators. Assumed."""

MAX_LOAD = 0.9
"""A GPU is never planned fuller: the wait grows without bound beyond, and the model is rough."""

MAX_NODES = 8
_PERCENTILE = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """A design point as the planner sees it."""

    passage_tokens: int
    candidates_reranked: int
    arrival_rate_per_s: float
    bound_ms: float
    nodes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CapacityPlan:
    """What a node is calculated to do at a workload.

    `gpu_ms` is GPU time of one query; `service_ms` a query's time on an idle node; `p90_ms` with
    the queue; `load` the busy part of each GPU. `p90_ms` is infinite above `MAX_LOAD`.
    """

    workload: Workload
    embed_ms: float
    rerank_ms: float
    gpu_ms: float
    service_ms: float
    load: float
    p90_ms: float

    @property
    def meets_bound(self) -> bool:
        """Whether the P90 keeps to the bound."""
        return self.p90_ms <= self.workload.bound_ms

    @property
    def arithmetic(self) -> str:
        """The calculation as text."""
        work = self.workload
        queue = (
            f"P90 {self.p90_ms:.0f} ms"
            if math.isfinite(self.p90_ms)
            else "the queue grows too long"
        )
        return (
            f"calculated, not measured: embed {self.embed_ms:.0f} ms + search {SEARCH_MS:.0f} + "
            f"rerank {work.candidates_reranked} x {work.passage_tokens} tokens "
            f"{self.rerank_ms:.0f} + gateway {GATEWAY_MS:.0f} = {self.service_ms:.0f} ms on an "
            f"idle node; at {work.arrival_rate_per_s:g} a second on {work.nodes} node(s) each GPU "
            f"is busy {self.load:.0%} of the time: {queue}"
        )


def plan_capacity(settings: StackSettings) -> CapacityPlan:
    """The capacity plan of a stack.

    Raises:
        PlanError: the design point cannot be met; the message shows the arithmetic and what would
            meet it: fewer candidates, shorter passages, more nodes.
    """
    shape = model_shape(settings.rerank.model_id, setting="rerank.model_id")
    workload = Workload(
        passage_tokens=settings.passages.max_tokens,
        candidates_reranked=settings.search.candidates_reranked,
        arrival_rate_per_s=settings.design_point.arrival_rate_per_s,
        bound_ms=settings.design_point.p90_ms,
        nodes=settings.gpu.nodes,
    )
    plan = capacity_of(workload, shape)
    if plan.meets_bound:
        return plan
    ways = _ways_out(workload, shape)
    raise PlanError(
        f"design point of P90 {workload.bound_ms:g} ms at {workload.arrival_rate_per_s:g} a second",
        why=plan.arithmetic,
        remedy=f"set {' or '.join(ways)}"
        if ways
        else "lower retrieval:design_point.arrival_rate_per_s or raise "
        "retrieval:design_point.p90_ms: no single change of candidates, passages or nodes is "
        "enough",
    )


def capacity_of(workload: Workload, shape: ModelShape) -> CapacityPlan:
    """The same without judgement, for any workload."""
    embed_gpu = max(SMALL_BATCH_MS, text_ms(shape, QUERY_TOKENS))
    pairs = workload.candidates_reranked
    rerank_gpu = (
        max(SMALL_BATCH_MS, pairs * text_ms(shape, workload.passage_tokens + QUERY_TOKENS))
        if pairs
        else 0.0
    )
    gpu_ms = embed_gpu + rerank_gpu
    embed_ms = embed_gpu + EMBED_CALL_MS
    rerank_ms = rerank_gpu + RERANK_CALL_MS if pairs else 0.0
    service_ms = embed_ms + rerank_ms + SEARCH_MS + GATEWAY_MS
    rate_per_node = workload.arrival_rate_per_s / workload.nodes
    load = rate_per_node * gpu_ms / 1000
    wait_ms = gpu_ms * wait_percentile(load, _PERCENTILE) if load <= MAX_LOAD else math.inf
    return CapacityPlan(
        workload=workload,
        embed_ms=embed_ms,
        rerank_ms=rerank_ms,
        gpu_ms=gpu_ms,
        service_ms=service_ms,
        load=load,
        p90_ms=service_ms + wait_ms,
    )


def text_ms(shape: ModelShape, tokens: int) -> float:
    """GPU time of one text of this length in a full batch, in milliseconds."""
    flop = tokens * (2 * shape.layer_parameters + 4 * shape.layers * shape.width * tokens)
    scores = shape.heads * tokens * tokens * 2
    state = tokens * shape.width * 2
    moved = shape.layers * (SCORE_PASSES * scores + STATE_PASSES * state)
    return 1000 * (flop / MATRIX_FLOP_PER_S + moved / BYTES_PER_S)


def wait_percentile(load: float, share: float) -> float:
    """How long a query waits at most in `share` of the cases, in service times (M/D/1).

    Args:
        load: busy part of the server, 0 to `MAX_LOAD`.
        share: such as 0.9.
    """
    if _waits_at_most(load, 0.0) >= share:
        return 0.0
    low, high = 0.0, 1.0
    while _waits_at_most(load, high) < share:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        if _waits_at_most(load, middle) < share:
            low = middle
        else:
            high = middle
    return high


def _waits_at_most(load: float, services: float) -> float:
    """Erlang's distribution of the wait in M/D/1."""
    terms = (
        (load * (k - services)) ** k / math.factorial(k) * math.exp(-load * (k - services))
        for k in range(int(services) + 1)
    )
    return (1 - load) * math.fsum(terms)


def _ways_out(workload: Workload, shape: ModelShape) -> list[str]:
    """Single changes that meet the bound, mildest of each kind first."""
    ways: list[str] = []
    for candidates in range(workload.candidates_reranked - 1, 0, -1):
        if capacity_of(replace(workload, candidates_reranked=candidates), shape).meets_bound:
            ways.append(f"retrieval:search.candidates_reranked to {candidates}")
            break
    for tokens in range((workload.passage_tokens - 1) // 32 * 32, 63, -32):
        if capacity_of(replace(workload, passage_tokens=tokens), shape).meets_bound:
            ways.append(f"retrieval:passages.max_tokens to {tokens} (then index again)")
            break
    for nodes in range(workload.nodes + 1, MAX_NODES + 1):
        if capacity_of(replace(workload, nodes=nodes), shape).meets_bound:
            ways.append(f"retrieval:gpu.nodes to {nodes}")
            break
    return ways
