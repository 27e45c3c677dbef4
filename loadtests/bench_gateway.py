"""What the gateway costs, and what its lanes save.

Behind it stand services paced by sleeping, at about the pace that a T4 is calculated to have and
with TEI's own batching rules, so that this machine's cores are hardly what is measured. Nothing
here says how fast a real T4 is.

    python -m loadtests.bench_gateway [--json] [--seconds 10]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from infra.clock import Clock, SystemClock
from infra.errors import ExitCode, OperatorError
from loadtests.paced.batching import Pace
from loadtests.paced.client import (
    Arrivals,
    Caller,
    Indexing,
    Sample,
    arriving,
    as_body,
    one_by_one,
    percentile,
)
from loadtests.paced.stack import Ground, PacedStack, paced_stack

T = TypeVar("T")

# About 24,000 padded tokens a second and 6 ms for a call, as calculated for a T4 in fp16.
T4_LIKE = Pace(base_ms=6, per_token_ms=0.042)
# The bound of the gateway's own time: 5 ms or a tenth of the services' time, the larger.
BOUND_MS = 5.0
BOUND_SHARE = 0.1
QUERY_RATE_PER_S = 8.0
SEED = 20260101
_PASSAGE = "a sentence of a lesson that is indexed here. " * 22  # about 250 tokens
_QUERY_TOKENS = 100  # a text with more is a passage
_LIST = 64
# Shorter than the default, so that the bench is; the queries here never pause that long.
_QUIET_MS = 2000
_WINDOWS = 5
_WARM_UP = 3
_SAMPLES = {"search": 20, "embeddings": 100, "rerank": 20}


@dataclass(frozen=True, kw_only=True, slots=True)
class Overhead:
    """One kind of request, one after the other, in ms, in the least disturbed of the windows."""

    kind: str
    latency_p90_ms: float
    services_p50_ms: float
    overhead_p50_ms: float
    overhead_p90_ms: float
    worst_window_p90_ms: float
    bound_ms: float

    @property
    def holds(self) -> bool:
        """Whether the gateway's own time is within its bound."""
        return self.overhead_p90_ms <= self.bound_ms


@dataclass(frozen=True, kw_only=True, slots=True)
class _Window:
    """What one window of one kind gave, in ms."""

    latency_p90_ms: float
    services_p50_ms: float
    own_p50_ms: float
    own_p90_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """Query latency in one situation, and passages indexed per second meanwhile."""

    situation: str
    queries: int
    failed: int
    query_p50_ms: float
    query_p90_ms: float
    query_max_ms: float
    passages_per_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayBench:
    """All results of one run. `floor_p90_ms` is the P90 of a request that does nothing."""

    schema_version: int
    seed: int
    floor_p90_ms: float
    overhead: list[Overhead]
    ceiling_passages_per_s: float
    beside: list[Beside]


def measure(env: Mapping[str, str], clock: Clock, *, seconds: float) -> GatewayBench:
    """Run everything; about six times `seconds` and a half minute.

    Raises:
        ServiceUnavailableError: the gateway under test did not start.
    """
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        ground = Ground(folder=Path(folder), env=env, clock=clock)
        with paced_stack(ground, pace=T4_LIKE, gateway={}) as stack:
            overhead, floor_ms = _overheads(stack)
        with paced_stack(ground, pace=T4_LIKE, gateway={"quiet_ms": _QUIET_MS}) as stack:
            ceiling = _ceiling(stack, clock, seconds)
            beside = _lanes(stack, clock, seconds)
    return GatewayBench(
        schema_version=1,
        seed=SEED,
        floor_p90_ms=floor_ms,
        overhead=overhead,
        ceiling_passages_per_s=ceiling,
        beside=beside,
    )


def _overheads(stack: PacedStack) -> tuple[list[Overhead], float]:
    caller = Caller(stack.host, stack.port, stack.key)
    bodies: dict[str, dict[str, Any]] = {
        "search": {"query": "why is the sky blue"},
        "embeddings": {"model": "bge-m3", "input": "why is the sky blue"},
        "rerank": {"query": "why is the sky blue", "documents": [_PASSAGE] * 12},
    }
    windows: dict[str, list[_Window]] = {kind: [] for kind in bodies}
    # In turns, so that a busy moment of this machine meets one window and not one kind.
    for number in range(_WINDOWS):
        for kind, body in bodies.items():
            send = _sender(caller, f"/v1/{kind}", body)
            samples = one_by_one(_WARM_UP + _SAMPLES[kind], f"{kind}-{number}", send)
            windows[kind].append(_window(stack, samples[_WARM_UP:]))
    found = [_overhead(kind, of_kind) for kind, of_kind in windows.items()]
    idle = one_by_one(100, "floor", lambda request_id: caller.get("/healthz", request_id))
    return found, percentile([sample.latency_ms for sample in idle], 0.9)


def _window(stack: PacedStack, samples: Sequence[Sample]) -> _Window:
    services = [stack.busy_ms(sample.request_id) for sample in samples]
    own = [sample.latency_ms - busy for sample, busy in zip(samples, services, strict=True)]
    return _Window(
        latency_p90_ms=percentile([sample.latency_ms for sample in samples], 0.9),
        services_p50_ms=percentile(services, 0.5),
        own_p50_ms=percentile(own, 0.5),
        own_p90_ms=percentile(own, 0.9),
    )


def _overhead(kind: str, windows: Sequence[_Window]) -> Overhead:
    """The window that this machine disturbed least: other programs only ever add time."""
    best = min(windows, key=lambda window: window.own_p90_ms)
    return Overhead(
        kind=kind,
        latency_p90_ms=best.latency_p90_ms,
        services_p50_ms=best.services_p50_ms,
        overhead_p50_ms=best.own_p50_ms,
        overhead_p90_ms=best.own_p90_ms,
        worst_window_p90_ms=max(window.own_p90_ms for window in windows),
        bound_ms=max(BOUND_MS, BOUND_SHARE * best.services_p50_ms),
    )


def _ceiling(stack: PacedStack, clock: Clock, seconds: float) -> float:
    """Passages per second of the embed server itself, by full lists without any gateway."""
    direct = Caller(stack.host, stack.embed_port)
    send = _sender(direct, "/embed", {"inputs": [_PASSAGE] * 32})
    with Indexing(send, threads=4):
        return _rate(stack, lambda: clock.sleep(seconds))[0]


def _lanes(stack: PacedStack, clock: Clock, seconds: float) -> list[Beside]:
    """Query latency alone, then beside indexing without lanes and with them."""
    caller = Caller(stack.host, stack.port, stack.key)
    query = _sender(caller, "/v1/embeddings", {"model": "bge-m3", "input": "why is the sky blue"})
    arrivals = Arrivals(rate_per_s=QUERY_RATE_PER_S, seconds=seconds, seed=SEED)
    passages: dict[str, Any] = {
        "model": "bge-m3",
        "input": [_PASSAGE] * _LIST,
        "encoding_format": "base64",
    }
    # Named as queries, the lists go where the queries go: that is one lane for all.
    straight = Caller(stack.host, stack.embed_port)
    query_straight = _sender(straight, "/embed", {"inputs": ["why is the sky blue"]})
    index_straight = _sender(straight, "/embed", {"inputs": [_PASSAGE] * 32})
    one_lane = _sender(caller, "/v1/embeddings", passages | {"input_type": "query"})
    own_lane = _sender(caller, "/v1/embeddings", passages)

    alone = arriving(arrivals, "alone", query, clock)
    found = [_beside("queries alone", alone, 0.0)]
    for situation, ask, send in (
        ("without gateway", query_straight, index_straight),
        ("one lane for all", query, one_lane),
        ("a lane for each", query, own_lane),
    ):
        with Indexing(send, threads=3):
            clock.sleep(1.0)
            name = situation.replace(" ", "-")
            rate, samples = _rate(
                stack, lambda ask=ask, name=name: arriving(arrivals, name, ask, clock)
            )
            found.append(_beside(situation, samples, rate))
    clock.sleep(_QUIET_MS / 1000 + 0.5)
    # After the time of quiet the passage lane has the server to itself.
    with Indexing(own_lane, threads=3):
        clock.sleep(1.0)
        rate, _ = _rate(stack, lambda: clock.sleep(seconds))
    return [*found, _beside("indexing alone", [], rate)]


def _rate(stack: PacedStack, body: Callable[[], T]) -> tuple[float, T]:
    """Passages that the embed server computes per second during `body`, and its result."""
    before, begun_s = len(stack.embed.queue.ran), perf_counter()
    result = body()
    spent_s = perf_counter() - begun_s
    ran = stack.embed.queue.ran[before:]
    return sum(batch.longer_than(_QUERY_TOKENS) for batch in ran) / spent_s, result


def _sender(caller: Caller, path: str, body: dict[str, Any]) -> Callable[[str], int]:
    raw = as_body(body)
    return lambda request_id: caller.post(path, raw, request_id)


def _beside(situation: str, samples: Sequence[Sample], passages_per_s: float) -> Beside:
    latencies = [sample.latency_ms for sample in samples] or [0.0]
    return Beside(
        situation=situation,
        queries=len(samples),
        failed=sum(sample.status != 200 for sample in samples),
        query_p50_ms=percentile(latencies, 0.5),
        query_p90_ms=percentile(latencies, 0.9),
        query_max_ms=max(latencies),
        passages_per_s=passages_per_s,
    )


def _text(found: GatewayBench) -> str:
    lines = [f"the gateway's own time (a request that does nothing: {found.floor_p90_ms:.1f} ms)"]
    lines += [
        f"  {each.kind:<11} services {each.services_p50_ms:6.1f} ms, "
        f"gateway P50 {each.overhead_p50_ms:4.1f} P90 {each.overhead_p90_ms:4.1f} ms "
        f"(worst window {each.worst_window_p90_ms:.1f}), "
        f"bound {each.bound_ms:4.1f}: {'holds' if each.holds else 'BROKEN'}"
        for each in found.overhead
    ]
    ceiling = found.ceiling_passages_per_s
    lines.append(
        f"query latency beside indexing, {QUERY_RATE_PER_S:.0f} arrivals/s, the embed server's "
        f"ceiling {ceiling:.0f} passages/s"
    )
    lines += [
        f"  {each.situation:<17} P50 {each.query_p50_ms:6.1f} P90 {each.query_p90_ms:7.1f} "
        f"max {each.query_max_ms:7.1f} ms ({each.queries} queries, {each.failed} failed), "
        f"{each.passages_per_s:5.1f} passages/s ({each.passages_per_s / ceiling:.2f} of it)"
        for each in found.beside
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Measure and write the result to stdout; 1 when the gateway's own time breaks its bound."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_gateway", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each situation")
    options = parser.parse_args(arguments)
    try:
        found = measure(env, SystemClock(), seconds=options.seconds)
    except OperatorError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(asdict(found)) + "\n" if options.json else _text(found))
    return ExitCode.OK if all(each.holds for each in found.overhead) else ExitCode.ANSWER_IS_NO


if __name__ == "__main__":
    # An entry point of its own hands on its environment, as scripts/main.py does.
    sys.exit(main(sys.argv[1:], dict(os.environ)))  # noqa: TID251
