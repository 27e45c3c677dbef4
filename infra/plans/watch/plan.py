"""What is made last, once the sum of all costs and all alarms are known: dashboard and budget.

The alarms themselves belong to the parts that they watch, which take the topic's ARN.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from infra.plans.naming import Names
from infra.plans.watch.budget import BudgetPlan, plan_budget
from infra.plans.watch.dashboard import Dashboard, plan_dashboard
from infra.settings import StackSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchPlan:
    """The dashboard and the budget of a stack."""

    dashboard: Dashboard
    budget: BudgetPlan

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know and that stops nothing."""
        return self.budget.notes


def plan_watch(settings: StackSettings, names: Names, *, usd_month: Decimal) -> WatchPlan:
    """The part of watching that follows from all other plans.

    Args:
        settings: of the stack.
        names: of the stack.
        usd_month: the monthly cost of the whole plan.
    """
    return WatchPlan(
        dashboard=plan_dashboard(settings, names),
        budget=plan_budget(settings, names, usd_month),
    )
