"""All plans of an AWS stack at once: what its program makes, and what a preview prices.

Every refusal comes from here, before anything is registered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from infra.plans.account import AccountPlan, plan_account
from infra.plans.cost import BudgetVerdict, CostPlan, judge, require_within_ceiling
from infra.plans.cost_lines import Counts, stack_cost
from infra.plans.facts import AccountFacts
from infra.plans.naming import Names, names_of
from infra.plans.network import NetworkPlan, plan_network
from infra.plans.prices import price_list
from infra.plans.secrets import SecretsPlan, plan_secrets
from infra.plans.unresolved import Unresolved, unresolved
from infra.settings import StackSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class StackPlan:
    """Every part's plan, in the order of creation, with cost and what is still missing."""

    names: Names
    account: AccountPlan
    network: NetworkPlan
    secrets: SecretsPlan
    cost: CostPlan
    verdict: BudgetVerdict
    missing: tuple[Unresolved, ...]
    facts_date: date
    """When the account facts were gathered."""
    notes: tuple[str, ...]
    """What an operator should know and that stops nothing."""


def plan_stack(settings: StackSettings, facts: AccountFacts, *, stack: str) -> StackPlan:
    """The plans of a stack.

    Args:
        settings: of the stack, whose target is `aws`.
        facts: of its account, or samples.
        stack: Pulumi's stack name.

    Raises:
        PlanError: what is wanted cannot be built, in this account or anywhere.
        BudgetError: it would cost more than its ceiling.
    """
    names = names_of(settings.aws, stack=stack)
    network = plan_network(settings, facts, names)
    cost = stack_cost(
        settings,
        price_list(settings.aws.region),
        Counts(
            interface_endpoints=network.interface_endpoints,
            endpoint_zones=network.endpoint_zones,
        ),
    )
    verdict = judge(
        cost,
        target_usd_month=settings.watch.target_usd_month,
        ceiling_usd_month=settings.watch.ceiling_usd_month,
    )
    require_within_ceiling(cost, verdict)
    return StackPlan(
        names=names,
        account=plan_account(settings, facts, names),
        network=network,
        secrets=plan_secrets(settings, names),
        cost=cost,
        verdict=verdict,
        missing=unresolved(settings, facts),
        facts_date=facts.gathered_on,
        notes=network.notes,
    )
