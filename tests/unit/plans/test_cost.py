"""Cost lines: sums, grouping, the verdict about target and ceiling, and what is unpriced."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import BudgetError
from infra.plans.cost import (
    CostKind,
    CostLine,
    Item,
    cost_plan,
    free_line,
    judge,
    priced_line,
    require_within_ceiling,
    set_line,
    total,
    unpriced_line,
    usd,
)
from infra.plans.cost_lines import Counts, gpu_lines, stack_cost, watch_lines
from infra.plans.prices import Per, price_list
from tests.unit.plans.aws_stacks import aws_settings, valid_settings

PRICES = price_list("us-east-1")
COUNTS = Counts(alarms=9, interface_endpoints=5, endpoint_zones=2)


def line(cents: int, component: str = "gpu") -> CostLine:
    """A line of a known amount."""
    return set_line(
        Item(component=component, name="x"), Decimal(cents) / 100, Per.MONTH, source="a test"
    )


LINES = st.lists(
    st.builds(line, st.integers(0, 10**6), st.sampled_from(["gpu", "network", "watch"])),
    max_size=20,
)


class TestSums:
    """Adding lines."""

    @given(lines=LINES, data=st.data())
    def test_a_sum_does_not_depend_on_the_order(
        self, lines: list[CostLine], data: st.DataObject
    ) -> None:
        """Amounts are decimal, so the same lines always make the same sum."""
        shuffled = data.draw(st.permutations(lines))
        assert total(shuffled) == total(lines)

    @given(lines=LINES)
    def test_components_add_up_to_the_whole(self, lines: list[CostLine]) -> None:
        """Nothing is lost or counted twice by grouping."""
        plan = cost_plan("us-east-1", lines)
        assert sum(plan.by_component.values()) == plan.usd_month

    @given(lines=LINES)
    def test_a_free_line_changes_nothing(self, lines: list[CostLine]) -> None:
        """A thing without price adds nothing and is still listed."""
        free = free_line(Item(component="gpu", name="x"), why="it is free")
        plan = cost_plan("us-east-1", lines, [free])
        assert plan.usd_month == total(lines)
        assert plan.lines[-1] is free
        assert plan.unpriced == ()

    @given(lines=LINES)
    def test_an_unpriced_line_is_never_zero(self, lines: list[CostLine]) -> None:
        """A price that nobody has read has no amount, and is counted as missing."""
        missing = unpriced_line(Item(component="gpu", name="x"), why="nobody asked")
        plan = cost_plan("us-east-1", lines, [missing])
        assert missing.usd_month is None
        assert missing.unit_price_usd is None
        assert plan.unpriced == (missing,)
        assert not judge(plan, target_usd_month=1, ceiling_usd_month=1).is_whole
        assert usd(missing.usd_month) == "unpriced"


class TestOneLine:
    """A line from a price."""

    def test_an_hourly_price_counts_730_hours(self) -> None:
        """A machine all month is 730 hours of its price."""
        found = priced_line(
            PRICES, "ec2.g4dn.xlarge.on_demand", Item(component="gpu", name="node", quantity=2)
        )
        assert found.usd_month == Decimal("767.960")
        assert found.quantity == 1460
        assert found.formula == "2 x 730 h x $0.526"
        assert found.kind is CostKind.FIXED

    def test_an_unknown_price_says_why(self) -> None:
        """S3 has no price in the file, and the line tells."""
        found = priced_line(PRICES, "s3.storage", Item(component="backup", name="bucket"))
        assert found.kind is CostKind.UNPRICED
        assert "no price was read" in found.source

    def test_an_estimate_is_marked(self) -> None:
        """The Compute Savings Plan's rate was inferred, not read."""
        item = Item(component="gpu", name="node")
        assert priced_line(PRICES, "ec2.g4dn.xlarge.compute_sp_1y", item).estimated
        assert not priced_line(PRICES, "ec2.g4dn.xlarge.on_demand", item).estimated


class TestStack:
    """The lines of a whole stack."""

    @given(settings=valid_settings)
    def test_every_line_has_an_amount_or_is_unpriced(self, settings: Any) -> None:
        """Amount and unit price are missing together, exactly on unpriced lines."""
        plan = stack_cost(settings, price_list(settings.aws.region), COUNTS)
        for found in plan.lines:
            unknown = found.kind is CostKind.UNPRICED
            assert (found.usd_month is None) is unknown
            assert (found.unit_price_usd is None) is unknown
            assert found.source
            if found.usd_month is not None and found.unit_price_usd is not None:
                assert found.usd_month == found.quantity * found.unit_price_usd

    @given(settings=valid_settings)
    def test_a_node_more_costs_more(self, settings: Any) -> None:
        """Cost grows with the nodes, wherever there are prices."""
        gpu = settings.gpu
        more = settings.model_copy(update={"gpu": gpu.model_copy(update={"nodes": gpu.nodes + 1})})
        prices = price_list("us-east-1")
        assert total(gpu_lines(more, prices)) > total(gpu_lines(settings, prices))

    @given(
        settings=valid_settings,
        setting=st.sampled_from(["root_volume_gib", "root_volume_iops", "root_volume_mib_s"]),
    )
    def test_a_larger_volume_never_costs_less(self, settings: Any, setting: str) -> None:
        """Cost never falls with size, operations or throughput."""
        grown = settings.gpu.model_copy(update={setting: getattr(settings.gpu, setting) + 10})
        more = settings.model_copy(update={"gpu": grown})
        prices = price_list("us-east-1")
        assert total(gpu_lines(more, prices)) >= total(gpu_lines(settings, prices))

    @given(settings=valid_settings)
    def test_a_region_without_prices_prices_nothing_of_aws(self, settings: Any) -> None:
        """Elsewhere only what the operator set himself has an amount."""
        plan = stack_cost(settings, price_list("eu-north-1"), COUNTS)
        priced = [found for found in plan.lines if found.usd_month]
        assert all(found.kind is not CostKind.FREE for found in priced)
        assert all("retrieval:usage." in found.source for found in priced)
        assert any("no prices of region eu-north-1" in found.source for found in plan.unpriced)

    def test_a_commitment_never_reaches_spot(self) -> None:
        """A Savings Plan lowers on-demand machines only."""
        committed = {"gpu": "ec2_sp_1y", "vector_store": "ec2_sp_1y"}
        standby = {"mode": "hot"}
        plain = stack_cost(aws_settings(standby=standby), PRICES, COUNTS).by_component
        plan = stack_cost(aws_settings(standby=standby, commitment=committed), PRICES, COUNTS)
        assert plan.by_component["standby"] == plain["standby"]
        assert plan.by_component["gpu"] < plain["gpu"]
        assert plan.by_component["vector-store"] < plain["vector-store"]

    @pytest.mark.parametrize(
        ("alarms", "metrics", "expected"),
        [(0, 0, "0"), (10, 10, "0"), (12, 10, "0.20"), (10, 11, "0.30")],
    )
    def test_only_what_is_beyond_the_free_tier_costs(
        self, alarms: int, metrics: int, expected: str
    ) -> None:
        """Ten alarms and ten metrics are free in an account."""
        lines = watch_lines(
            aws_settings(usage={"log_gb_month": 0}),
            PRICES,
            Counts(alarms=alarms, custom_metrics=metrics),
        )
        assert total(lines) == Decimal(expected)


class TestVerdict:
    """A plan against target and ceiling."""

    def test_above_the_ceiling_is_refused_with_ways_out(self) -> None:
        """A hot standby on demand does not fit $500, and the message says what would."""
        plan = stack_cost(aws_settings(standby={"mode": "hot"}), PRICES, COUNTS)
        verdict = judge(plan, target_usd_month=400, ceiling_usd_month=500)
        assert not verdict.within_ceiling
        with pytest.raises(BudgetError) as caught:
            require_within_ceiling(plan, verdict)
        assert "above the ceiling of $500.00" in caught.value.what
        assert "g4dn.xlarge, on demand $383.98" in caught.value.why
        assert "retrieval:commitment.gpu" in caught.value.remedy

    @given(cents=st.integers(0, 10**6), ceiling=st.integers(1, 10**4))
    def test_the_ceiling_itself_is_allowed(self, cents: int, ceiling: int) -> None:
        """Exactly at the ceiling passes, a cent more does not."""
        plan = cost_plan("us-east-1", [line(cents)])
        verdict = judge(plan, target_usd_month=1, ceiling_usd_month=ceiling)
        assert verdict.within_ceiling is (cents <= ceiling * 100)
        assert verdict.room_usd_month == ceiling - Decimal(cents) / 100
