"""AWS's own budget of a stack: warns by forecast at the plan's sum and at the ceiling.

It sees what carries the stack's tag, once the tag is active for cost allocation; that is done once
in the account that pays, by hand. AWS makes no forecast in the first weeks, so the ceiling is
watched by what was really spent as well. A budget that only warns costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from infra.plans.naming import Component, Names
from infra.settings import StackSettings

COST_TAG = "Stack"


class NoticeKind(StrEnum):
    """What is compared with an amount, in AWS's words."""

    FORECAST = "FORECASTED"
    ACTUAL = "ACTUAL"


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetNotice:
    """One warning, at an amount in USD a month."""

    kind: NoticeKind
    usd_month: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetPlan:
    """The budget; its limit is the ceiling. `cost_filter` is one value of `TagKeyValue`."""

    name: str
    limit_usd_month: Decimal
    cost_filter: str
    notices: tuple[BudgetNotice, ...]
    emails: tuple[str, ...]
    tags: Mapping[str, str]
    notes: tuple[str, ...]


def plan_budget(settings: StackSettings, names: Names, usd_month: Decimal) -> BudgetPlan:
    """The budget of a stack.

    Args:
        settings: of the stack.
        names: of the stack.
        usd_month: the plan's own sum; 0 where no price is known.
    """
    ceiling = Decimal(str(settings.watch.ceiling_usd_month))
    return BudgetPlan(
        name=names.budget("month"),
        limit_usd_month=ceiling,
        cost_filter=f"user:{COST_TAG}${names.stem}",
        notices=tuple(_notices(usd_month, ceiling)),
        emails=settings.watch.emails,
        tags=names.tags(Component.WATCH, "budget"),
        notes=(
            f"the budget counts from when the tag {COST_TAG} is active for cost allocation, which "
            "is done once by hand in the billing console of the account that pays",
        ),
    )


def _notices(usd_month: Decimal, ceiling: Decimal) -> Iterator[BudgetNotice]:
    # A whole dollar: a cent more or less in a price must not change the budget.
    planned = Decimal(math.ceil(usd_month))
    if 0 < planned < ceiling:
        yield BudgetNotice(kind=NoticeKind.FORECAST, usd_month=planned)
    yield BudgetNotice(kind=NoticeKind.FORECAST, usd_month=ceiling)
    yield BudgetNotice(kind=NoticeKind.ACTUAL, usd_month=ceiling)
