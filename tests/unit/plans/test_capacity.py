"""The capacity planner: the model's known values, the queue, and refusals that name a way out."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import PlanError
from infra.plans.capacity import (
    MAX_LOAD,
    Workload,
    capacity_of,
    plan_capacity,
    text_ms,
    wait_percentile,
)
from infra.plans.model_shapes import SHAPES
from tests.unit.plans.aws_stacks import aws_settings

SHAPE = SHAPES["BAAI/bge-reranker-v2-m3"]

WORKLOADS = st.builds(
    Workload,
    passage_tokens=st.integers(32, 1024),
    candidates_reranked=st.integers(0, 60),
    arrival_rate_per_s=st.floats(0.1, 20),
    bound_ms=st.just(300.0),
    nodes=st.integers(1, 7),
)


class TestServiceTime:
    """The model of a T4."""

    @pytest.mark.parametrize(
        ("tokens", "per_s"),
        [(32, 1040), (64, 505), (128, 237), (256, 106), (384, 63), (512, 45), (1024, 17)],
    )
    def test_it_gives_the_estimates_it_was_fitted_to(self, tokens: int, per_s: float) -> None:
        """Texts a second of a saturated T4, within five in a hundred."""
        assert 1000 / text_ms(SHAPE, tokens) == pytest.approx(per_s, rel=0.05)

    def test_the_known_single_queries(self) -> None:
        """10 candidates of 512 tokens and 20 of 256 keep to 300 ms alone, 50 never do."""
        for tokens, candidates, meets in ((512, 10, True), (256, 20, True), (256, 50, False)):
            plan = capacity_of(
                Workload(
                    passage_tokens=tokens,
                    candidates_reranked=candidates,
                    arrival_rate_per_s=0.001,
                    bound_ms=300,
                    nodes=1,
                ),
                SHAPE,
            )
            assert plan.meets_bound is meets


class TestQueue:
    """Waiting for the one GPU."""

    @pytest.mark.parametrize("load", [0.2, 0.5, 0.8, 0.9])
    def test_the_wait_is_that_of_a_simulated_queue(self, load: float) -> None:
        """Poisson arrivals at a server of fixed service time, seed 1."""
        source = random.Random(1)  # noqa: S311 (a simulation)
        wait, waits = 0.0, list[float]()
        for _ in range(300_000):
            waits.append(wait)
            wait = max(0.0, wait + 1 - source.expovariate(load))
        waits.sort()
        assert wait_percentile(load, 0.9) == pytest.approx(
            waits[int(0.9 * len(waits))], rel=0.05, abs=0.02
        )

    @given(low=st.floats(0, MAX_LOAD), high=st.floats(0, MAX_LOAD))
    def test_a_busier_gpu_makes_wait_longer(self, low: float, high: float) -> None:
        """The wait grows with the load."""
        low, high = sorted((low, high))
        assert wait_percentile(low, 0.9) <= wait_percentile(high, 0.9) + 1e-6


class TestPlan:
    """A stack's design point."""

    def test_the_default_point_is_met(self) -> None:
        """12 of 50 candidates, 256 tokens, one query a second, P90 under 300 ms."""
        plan = plan_capacity(aws_settings())
        assert plan.meets_bound
        assert "calculated, not measured" in plan.arithmetic

    @pytest.mark.parametrize(
        "raw",
        [
            {"search": {"candidates_reranked": 50}},
            {"passages": {"max_tokens": 512}},
            {"design_point": {"arrival_rate_per_s": 10.0}},
        ],
    )
    def test_each_way_out_of_a_refusal_works(self, raw: dict[str, Any]) -> None:
        """Whatever single change the message names, the planner then accepts."""
        with pytest.raises(PlanError) as caught:
            plan_capacity(aws_settings(**raw))
        assert "calculated, not measured" in caught.value.why
        ways = caught.value.remedy.removeprefix("set ").split(" or ")
        assert ways
        for way in ways:
            key, _, value = way.partition(" (")[0].partition(" to ")
            group, _, member = key.removeprefix("retrieval:").partition(".")
            changed = {**raw, group: {**raw.get(group, {}), member: int(value)}}
            assert plan_capacity(aws_settings(**changed)).meets_bound

    def test_an_impossible_bound_says_that_no_single_change_is_enough(self) -> None:
        """20 ms is less than the parts that no setting moves."""
        with pytest.raises(PlanError) as caught:
            plan_capacity(aws_settings(design_point={"p90_ms": 20}))
        assert "no single change" in caught.value.remedy

    @given(work=WORKLOADS)
    def test_less_work_is_never_slower(self, work: Workload) -> None:
        """Fewer candidates, shorter passages, fewer queries and more nodes never raise the P90."""
        here = capacity_of(work, SHAPE).p90_ms
        for less in (
            replace(work, candidates_reranked=max(0, work.candidates_reranked - 1)),
            replace(work, passage_tokens=work.passage_tokens - 16),
            replace(work, arrival_rate_per_s=work.arrival_rate_per_s * 0.9),
            replace(work, nodes=work.nodes + 1),
        ):
            assert capacity_of(less, SHAPE).p90_ms <= here + 1e-3
