"""The monthly cost as lines: each plan yields its own, this module adds, groups and judges them.

Money is Decimal, so that a sum does not depend on the order of its parts. A line whose price
nobody has read is UNPRICED: it has no amount, is counted, and never passes for zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from infra.errors import BudgetError
from infra.plans.prices import HOURS_PER_MONTH, Confidence, Per, PriceList


class CostKind(StrEnum):
    """What an amount depends on."""

    FIXED = "fixed"
    """Owed as long as the resource exists."""
    USAGE = "usage"
    """By use; the quantity is an assumption of the settings."""
    FREE = "free"
    UNPRICED = "unpriced"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What is paid for, before its price is known.

    `quantity` is how many (instances, GiB, alarms); `hours` how long each runs in a month, which
    counts for hourly prices only. `kind` is FIXED or USAGE.
    """

    component: str
    name: str
    quantity: Decimal | float = 1
    kind: CostKind = CostKind.FIXED
    hours: Decimal | float = HOURS_PER_MONTH


@dataclass(frozen=True, kw_only=True, slots=True)
class CostLine:
    """One priced thing of the plan.

    `quantity` counts `unit`s a month (an instance running all month is 730 hours); `usd_month` and
    `unit_price_usd` are None exactly for UNPRICED lines. `estimated` marks a price that was
    inferred, not read. `formula` is the arithmetic as text, `source` where the price is from or why
    there is none.
    """

    component: str
    name: str
    quantity: Decimal
    unit: str
    unit_price_usd: Decimal | None
    usd_month: Decimal | None
    kind: CostKind
    estimated: bool
    source: str
    formula: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CostPlan:
    """All lines of a stack, in the order the plans gave them."""

    region: str
    lines: tuple[CostLine, ...]

    @property
    def usd_month(self) -> Decimal:
        """Sum of every line that has a price."""
        return total(self.lines)

    @property
    def unpriced(self) -> tuple[CostLine, ...]:
        """Lines that the sum leaves out, since nobody has read their price."""
        return tuple(line for line in self.lines if line.kind is CostKind.UNPRICED)

    @property
    def by_component(self) -> Mapping[str, Decimal]:
        """Sum per component, in order of first appearance."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.component] = sums.get(line.component, Decimal(0)) + (
                line.usd_month or Decimal(0)
            )
        return sums


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetVerdict:
    """A plan against its target and ceiling, all in USD a month.

    `is_whole` is false when lines are unpriced: the sum is then a lower bound.
    """

    usd_month: Decimal
    target_usd_month: Decimal
    ceiling_usd_month: Decimal
    is_whole: bool

    @property
    def within_target(self) -> bool:
        """Whether the sum keeps to the target."""
        return self.usd_month <= self.target_usd_month

    @property
    def within_ceiling(self) -> bool:
        """Whether the sum keeps to the ceiling."""
        return self.usd_month <= self.ceiling_usd_month

    @property
    def room_usd_month(self) -> Decimal:
        """What is left under the ceiling; negative above it."""
        return self.ceiling_usd_month - self.usd_month


def cost_plan(region: str, *parts: Iterable[CostLine]) -> CostPlan:
    """One plan from the lines of several."""
    return CostPlan(region=region, lines=tuple(line for part in parts for line in part))


def total(lines: Iterable[CostLine]) -> Decimal:
    """Sum of the priced lines, exact."""
    return sum((line.usd_month for line in lines if line.usd_month is not None), Decimal(0))


def judge(plan: CostPlan, *, target_usd_month: float, ceiling_usd_month: float) -> BudgetVerdict:
    """Compare a plan with what it should and what it may cost."""
    return BudgetVerdict(
        usd_month=plan.usd_month,
        target_usd_month=Decimal(str(target_usd_month)),
        ceiling_usd_month=Decimal(str(ceiling_usd_month)),
        is_whole=not plan.unpriced,
    )


def require_within_ceiling(plan: CostPlan, verdict: BudgetVerdict) -> None:
    """Refuse a plan above its ceiling.

    Raises:
        BudgetError: names the sum, the ceiling, the dearest lines and what would help.
    """
    if verdict.within_ceiling:
        return
    dearest = sorted(plan.lines, key=lambda line: line.usd_month or Decimal(0), reverse=True)[:3]
    named = ", ".join(f"{line.name} {usd(line.usd_month)}" for line in dearest)
    raise BudgetError(
        f"the plan costs {usd(verdict.usd_month)} a month, "
        f"{usd(-verdict.room_usd_month)} above the ceiling of {usd(verdict.ceiling_usd_month)}",
        why=f"retrieval:watch.ceiling_usd_month is a hard limit; the dearest lines are {named}",
        remedy="take a cold standby or none (retrieval:standby.mode), fewer nodes "
        "(retrieval:gpu.nodes), name a Savings Plan that you have bought "
        "(retrieval:commitment.gpu), or raise retrieval:watch.ceiling_usd_month on purpose",
    )


def priced_line(prices: PriceList, key: str, item: Item) -> CostLine:
    """A line from a list price; an hourly one is taken for the item's hours.

    Args:
        prices: of the stack's region.
        key: of the price, such as `ec2.g4dn.xlarge.on_demand`.
        item: what is paid for; without a price the line becomes UNPRICED by itself.
    """
    price = prices.get(key)
    if price is None:
        return unpriced_line(item, why=prices.why_unpriced(key))
    return _line(
        item,
        price.usd,
        price.per,
        estimated=price.confidence is Confidence.LOW,
        source=price.source,
    )


def set_line(item: Item, usd_price: Decimal | float, per: Per, *, source: str) -> CostLine:
    """A line whose price is a setting: a spot price an hour, or an allowance a month.

    Args:
        item: what is paid for.
        usd_price: price of one.
        per: HOUR (then the item's hours count) or MONTH.
        source: the setting that holds the price.
    """
    return _line(item, decimal(usd_price), per, estimated=False, source=source)


def free_line(item: Item, *, why: str) -> CostLine:
    """A line that costs nothing, with the reason."""
    return CostLine(
        component=item.component,
        name=item.name,
        quantity=decimal(item.quantity),
        unit="",
        unit_price_usd=Decimal(0),
        usd_month=Decimal(0),
        kind=CostKind.FREE,
        estimated=False,
        source=why,
        formula="free",
    )


def unpriced_line(item: Item, *, why: str) -> CostLine:
    """A line whose price nobody has read, or whose quantity nobody can know."""
    return CostLine(
        component=item.component,
        name=item.name,
        quantity=decimal(item.quantity),
        unit="",
        unit_price_usd=None,
        usd_month=None,
        kind=CostKind.UNPRICED,
        estimated=False,
        source=why,
        formula="unpriced",
    )


def usd(amount: Decimal | None) -> str:
    """An amount as people read it, rounded to cents; `unpriced` for None."""
    return "unpriced" if amount is None else f"${amount:,.2f}"


def decimal(number: Decimal | float) -> Decimal:
    """An exact decimal, as the number is written."""
    # Through text: Decimal(0.1) would carry the binary fraction into the sum.
    return number if isinstance(number, Decimal) else Decimal(str(number))


def _line(item: Item, price_usd: Decimal, per: Per, *, estimated: bool, source: str) -> CostLine:
    count, hours = decimal(item.quantity), decimal(item.hours)
    hourly = per is Per.HOUR
    amount = count * hours if hourly else count
    steps = [_plain(count), f"{_plain(hours)} h"] if hourly else [_plain(count)]
    return CostLine(
        component=item.component,
        name=item.name,
        quantity=amount,
        unit=per.value,
        unit_price_usd=price_usd,
        usd_month=amount * price_usd,
        kind=item.kind,
        estimated=estimated,
        source=source,
        formula=" x ".join([*steps, f"${_plain(price_usd)}"]),
    )


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
