"""The dashboard as text, and the budget at the plan's own sum and at the ceiling."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.plans.naming import names_of
from infra.plans.watch import NoticeKind, WatchPlan, plan_watch
from infra.settings import StackSettings
from tests.unit.plans.aws_stacks import aws_settings, valid_settings

GOLDEN = Path(__file__).with_name("golden")


def planned(usd_month: str = "453.15", **groups: Any) -> WatchPlan:
    """What a stack called `prod` is watched by."""
    settings = aws_settings(**groups)
    return plan_watch(settings, names_of(settings.aws, stack="prod"), usd_month=Decimal(usd_month))


@pytest.mark.parametrize(
    ("golden", "groups"),
    [
        ("dashboard.json", {}),
        (
            "dashboard-shared.json",
            {"standby": {"mode": "off"}, "vector_store": {"placement": "shared"}},
        ),
    ],
)
def test_dashboard_is_the_reviewed_one(golden: str, groups: dict[str, Any]) -> None:
    """Pure text: what is planned is what CloudWatch gets."""
    expected = (GOLDEN / golden).read_text("utf-8").rstrip("\n")
    assert planned(**groups).dashboard.body() == expected


@settings(deadline=None)
@given(settings=valid_settings, alarms=st.lists(st.text("abc", min_size=1), max_size=5))
def test_any_dashboard_fits_the_grid_of_cloudwatch(
    settings: StackSettings, alarms: list[str]
) -> None:
    """24 wide, nothing overlaps, no graph without a metric."""
    plan = plan_watch(settings, names_of(settings.aws, stack="x"), usd_month=Decimal(1))
    widgets = json.loads(plan.dashboard.body(alarms))["widgets"]
    cells = [
        (x, y)
        for widget in widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert all(w["properties"]["metrics"] for w in widgets if w["type"] == "metric")
    assert [w["type"] for w in widgets].count("alarm") == bool(alarms)


def test_budget_warns_at_the_plans_sum_and_at_the_ceiling() -> None:
    """By forecast at both, and by what was spent at the ceiling."""
    notices = planned("453.15").budget.notices
    assert [(notice.kind, notice.usd_month) for notice in notices] == [
        (NoticeKind.FORECAST, 454),
        (NoticeKind.FORECAST, 500),
        (NoticeKind.ACTUAL, 500),
    ]


@pytest.mark.parametrize("usd_month", ["0", "500", "499.50"])
def test_a_sum_that_is_unknown_or_at_the_ceiling_has_no_warning_of_its_own(usd_month: str) -> None:
    """AWS refuses the same warning twice, and one at 0 would always be on."""
    kinds = [notice.kind for notice in planned(usd_month).budget.notices]
    assert kinds == [NoticeKind.FORECAST, NoticeKind.ACTUAL]


def test_budget_counts_this_stack_only() -> None:
    """By the tag that the provider puts on everything; making it count is told to the operator."""
    plan = planned()
    assert plan.budget.cost_filter == "user:Stack$retrieval-prod"
    assert "cost allocation" in plan.notes[0]


@settings(deadline=None)
@given(cents=st.integers(0, 10**7), ceiling=st.integers(400, 10**5))
def test_warnings_differ_and_none_is_above_the_ceiling(cents: int, ceiling: int) -> None:
    """For any sum; AWS takes at most five."""
    plan = planned(str(Decimal(cents) / 100), watch={"ceiling_usd_month": float(ceiling)})
    notices = plan.budget.notices
    assert len(set(notices)) == len(notices) <= 5
    assert all(0 < notice.usd_month <= ceiling for notice in notices)
