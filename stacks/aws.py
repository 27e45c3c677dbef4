"""The AWS target: facts, plans, then one component for each part, in the order of handles.py."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi.runtime import is_dry_run
from pulumi_aws import Provider, ProviderDefaultTagsArgs

from infra.components.aws.account import Account
from infra.components.aws.network import Network
from infra.components.aws.secrets import Secrets
from infra.plans.naming import Component, Names, names_of
from infra.plans.stack import plan_stack
from infra.plans.unresolved import require_resolved
from infra.settings import StackSettings
from stacks.facts import gather_facts


def build_aws(settings: StackSettings, stack: str) -> dict[str, Any]:
    """Create the stack and return the outputs that only this target knows.

    Raises:
        OperatorError: the stack cannot be built, or something that `up` needs is unresolved.
    """
    provider = _provider(settings, names_of(settings.aws, stack=stack))
    facts = gather_facts(settings, provider)
    if not is_dry_run():
        require_resolved(settings, facts)
    plan = plan_stack(settings, facts, stack=stack)
    for item in plan.missing:
        pulumi.warn(f"{item.setting}: {item.what}; {item.remedy}")
    opts = ResourceOptions(providers=[provider])

    account = Account(Component.ACCOUNT, plan.account, opts=opts).handles
    network = Network(Component.NETWORK, plan.network, account, opts=opts).handles
    secrets = Secrets(Component.SECRETS, plan.secrets, account=account, opts=opts).handles
    del network
    return {
        "endpoints": {"gateway": None, "qdrant": None, "embed": None, "rerank": None},
        "secret_names": {name: f"ssm:{path}" for name, path in secrets.parameter_names.items()},
        "cost_usd_month": float(plan.cost.usd_month),
    }


def _provider(settings: StackSettings, names: Names) -> Provider:
    """The one provider: one region, one account, tags on everything."""
    return Provider(
        "aws",
        region=settings.aws.region,
        allowed_account_ids=[settings.aws.account_id],
        default_tags=ProviderDefaultTagsArgs(tags=names.default_tags()),
    )
