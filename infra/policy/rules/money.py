"""What the resources of a stack cost a month, against its ceiling.

This counts resources, not settings: a second opinion on the plan's own sum, below it by what is
paid by use (logs, snapshots, transfer).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from infra.policy.pricing import Amount, Terms, price_resources
from infra.policy.rule import StackRule
from infra.policy.view import Finding, Problem, Stack, Undecided

_LARGEST = 5
_CONFIG: Mapping[str, Mapping[str, Any]] = {
    "ceiling_usd_month": {"type": "number", "exclusiveMinimum": 0},
    "spot_usd_hour": {"type": "number", "exclusiveMinimum": 0},
    "commitments": {"type": "object", "additionalProperties": {"type": "string"}},
}


def _under_ceiling(stack: Stack) -> Iterator[Finding]:
    amounts = _amounts(stack)
    priced = [each for each in amounts if each.usd is not None]
    total = sum((each.usd for each in priced if each.usd is not None), Decimal(0))
    ceiling = Decimal(str(stack.config["ceiling_usd_month"]))
    if total <= ceiling:
        yield from _pending(amounts)
        return
    largest = sorted(priced, key=lambda each: (-(each.usd or 0), each.name))[:_LARGEST]
    named = ", ".join(f"{each.name} ${each.usd:.2f}" for each in largest)
    unpriced = len(amounts) - len(priced)
    more = f", and {unpriced} more have no price" if unpriced else ""
    yield Problem(
        f"the resources cost ${total:.2f} a month, ${total - ceiling:.2f} above the ceiling of "
        f"${ceiling:.2f}; most of it: {named}{more}"
    )


def _all_priced(stack: Stack) -> Iterator[Finding]:
    amounts = _amounts(stack)
    unpriced = [each for each in amounts if each.usd is None and not each.pending]
    yield from _pending(amounts)
    if not unpriced:
        return
    why = ", ".join(dict.fromkeys(f"{each.name}: {each.why}" for each in unpriced))
    yield Problem(f"{len(unpriced)} of {len(amounts)} that cost money have no price ({why})")


def _pending(amounts: list[Amount]) -> Iterator[Undecided]:
    for amount in amounts:
        if amount.pending:
            yield Undecided(amount.pending)


def _amounts(stack: Stack) -> list[Amount]:
    spot = stack.config.get("spot_usd_hour")
    terms = Terms(
        commitments=stack.config.get("commitments") or {},
        spot_usd_hour=None if spot is None else Decimal(str(spot)),
    )
    return price_resources(stack, terms)


PRICE_RULES = (
    StackRule(
        name="monthly-ceiling",
        description="The stack costs no more than its ceiling",
        remedy="make it smaller, or raise retrieval:watch.ceiling_usd_month on purpose",
        check=_under_ceiling,
        config=_CONFIG,
    ),
    StackRule(
        name="everything-priced",
        description="What has no price is counted, never taken for free",
        remedy="add the price to infra/plans/data/prices.json, or the type to "
        "infra/policy/pricing.py",
        check=_all_priced,
        config=_CONFIG,
        advisory=True,
    ),
)
