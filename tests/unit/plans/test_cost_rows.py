"""The cost lines against sums that were worked out by hand from the same list prices.

The hand-made sums take fixed parts for what a stack has beside its machines: transfer 10.00, zone
0.50, logs 1.50, key 1.00, one secret of Secrets Manager 0.40, snapshots 2.50. The product differs
on purpose in three of them: secrets are free SSM parameters (-0.40) and kept logs have a line of
their own (+0.09), which `OURS` holds, and no image snapshot is made for a cold standby (-4.00).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from infra.plans.cost import CostLine, Item, judge, priced_line, set_line, total
from infra.plans.cost_lines import (
    Counts,
    endpoint_lines,
    gpu_lines,
    stack_cost,
    standby_lines,
    vector_store_lines,
)
from infra.plans.prices import Per, price_list
from infra.settings import StackSettings
from infra.settings.load import load_from_file
from tests.unit.plans.aws_stacks import EXAMPLES, ROOT, aws_settings

PRICES = price_list("us-east-1")
COUNTS = Counts(alarms=9)
OURS = Decimal("-0.40") + Decimal("0.0888")
BOTH_1Y = {"gpu": "ec2_sp_1y", "vector_store": "ec2_sp_1y"}


def fixed(*keys: tuple[str, float]) -> list[CostLine]:
    """Parts by price and quantity."""
    item = Item(component="x", name="x")
    return [
        priced_line(PRICES, key, Item(component="x", name="x", quantity=quantity))
        for key, quantity in keys
    ] + [set_line(item, 10, Per.MONTH, source="transfer")]


SMALL = [
    ("route53.zone", 1),
    ("cloudwatch.logs.ingest", 3),
    ("kms.key", 1),
    ("secretsmanager.secret", 1),
    ("ebs.snapshot", 50),
]


def nodes(settings: StackSettings) -> Decimal:
    """Machines, volumes and addresses."""
    return total([*gpu_lines(settings, PRICES), *vector_store_lines(settings, PRICES)])


def full(*, spot: bool = False, **groups: Any) -> Decimal:
    """Row C of the hand-made sums and its variants: everything, with the fixed parts."""
    settings = aws_settings(**groups)
    lines = [*fixed(*SMALL)]
    if spot:
        lines += standby_lines(settings, PRICES)
    return nodes(settings) + total(lines)


class TestHandMadeRows:
    """Row by row, to the cent."""

    def test_gpu_node_with_disk_and_transfer(self) -> None:
        """One node, 100 GiB and 10.00 of transfer, without its address: 401.98."""
        settings = aws_settings(network={"egress": "interface_endpoints"})
        assert cents(total(gpu_lines(settings, PRICES)) + 10) == "401.98"

    def test_the_same_with_its_address(self) -> None:
        """One public IPv4 more: 405.63."""
        assert cents(total(gpu_lines(aws_settings(), PRICES)) + 10) == "405.63"

    def test_with_the_vector_store(self) -> None:
        """t3.medium, its volumes and both addresses: 445.25."""
        assert cents(nodes(aws_settings()) + 10) == "445.25"

    def test_with_the_small_things(self) -> None:
        """The whole stack on demand: 451.15."""
        assert cents(full()) == "451.15"

    @pytest.mark.parametrize(
        ("spot_usd_hour", "expected"),
        [(0.185, "597.85"), (0.21, "616.10"), (0.22, "623.40"), (0.30, "681.80")],
    )
    def test_with_a_hot_standby(self, spot_usd_hour: float, expected: str) -> None:
        """A spot node always on never fits 500 on demand."""
        usage = {"spot_usd_hour": spot_usd_hour}
        assert cents(full(spot=True, standby={"mode": "hot"}, usage=usage)) == expected

    def test_with_a_cold_standby(self) -> None:
        """Ten spot hours; the hand-made row has 4.00 more for an image snapshot: 457.41."""
        assert cents(full(spot=True) + Decimal(4)) == "457.41"

    def test_with_a_cold_standby_and_a_load_balancer(self) -> None:
        """The same behind an NLB, which is some 474."""
        nlb = total(endpoint_lines(aws_settings(endpoint={"mode": "nlb"}), PRICES))
        assert cents(full(spot=True) + Decimal(4) + nlb - Decimal("0.50")) == "473.83"

    def test_interface_endpoints_instead_of_addresses(self) -> None:
        """Three endpoints in one zone: 465.75."""
        settings = aws_settings(network={"egress": "interface_endpoints"})
        endpoints = priced_line(
            PRICES, "vpc.interface_endpoint", Item(component="x", name="x", quantity=3)
        )
        assert cents(nodes(settings) + total([*fixed(*SMALL), endpoints])) == "465.75"

    @pytest.mark.parametrize(
        ("commitment", "expected"),
        [
            ({"gpu": "ec2_sp_1y"}, "308.80"),
            (BOTH_1Y, "297.48"),
            ({"gpu": "ec2_sp_3y"}, "232.88"),
            ({"gpu": "compute_sp_1y", "vector_store": "compute_sp_1y"}, "339.02"),
        ],
    )
    def test_under_a_savings_plan(self, commitment: dict[str, str], expected: str) -> None:
        """One and three years; the Compute Savings Plan is an estimate, some 339."""
        assert cents(full(commitment=commitment)) == expected

    @pytest.mark.parametrize(
        ("spot_usd_hour", "expected"), [(0.21, "462.43"), (0.22, "469.73"), (0.30, "528.13")]
    )
    def test_hot_under_a_savings_plan(self, spot_usd_hour: float, expected: str) -> None:
        """The cheapest pair that is really hot."""
        found = full(
            spot=True,
            standby={"mode": "hot"},
            commitment=BOTH_1Y,
            usage={"spot_usd_hour": spot_usd_hour},
        )
        assert cents(found) == expected

    def test_two_nodes_on_demand(self) -> None:
        """A second GPU node: 846.78."""
        assert cents(full(gpu={"nodes": 2})) == "846.78"


class TestShippedStacks:
    """The sums of the stack files, as their comments state them."""

    @pytest.mark.parametrize(
        ("stack", "hand_made", "expected"),
        [
            # Row C, without the key (1.00) and with ten spot hours (2.26); see OURS.
            ("prod", Decimal("451.148") + Decimal("2.2596"), "453.10"),
            # Row C without the machine, its disk and address (35.62), and without the key.
            ("cheapest", Decimal("451.148") - Decimal("35.618") - 1, "414.22"),
            ("committed", Decimal("297.483") + Decimal("2.2596"), "299.43"),
            ("committed-hot", Decimal("462.433") + Decimal("16.425"), "478.55"),
            ("scaled", Decimal("846.778") + Decimal("16.425"), "862.89"),
            # As prod, without addresses of nodes: 7.30, and 0.05 of the standby's hours.
            ("adopted-vpc", Decimal("451.148") + Decimal("2.2596") - Decimal("7.35"), "445.75"),
        ],
    )
    def test_a_stack_costs_what_its_file_says(
        self, stack: str, hand_made: Decimal, expected: str
    ) -> None:
        """Ours is the hand-made sum and the three differences."""
        settings = load_from_file(ROOT, stack)
        plan = stack_cost(settings, PRICES, COUNTS)
        assert cents(plan.usd_month) == expected
        assert cents(hand_made + OURS) == expected
        assert judge(
            plan,
            target_usd_month=settings.watch.target_usd_month,
            ceiling_usd_month=settings.watch.ceiling_usd_month,
        ).within_ceiling

    def test_the_comment_of_each_file_names_its_sum(self) -> None:
        """The dollars in the head of a stack file are those of its plan."""
        for stack in EXAMPLES:
            plan = stack_cost(load_from_file(ROOT, stack), PRICES, COUNTS)
            text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
            if stack != "adopted-vpc":
                assert f"about ${plan.usd_month:.0f} a" in text.replace("\n# ", " ").lower()


def cents(amount: Decimal) -> str:
    """An amount to the cent."""
    return f"{amount:.2f}"
