"""The AWS target: facts, plans, then one component for each part, in the order of handles.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi.runtime import is_dry_run

from infra.components.aws.access import Access
from infra.components.aws.account import Account
from infra.components.aws.backup import Backup, BackupNeeds
from infra.components.aws.canary import Canary
from infra.components.aws.endpoint import Endpoint
from infra.components.aws.failover import Failover
from infra.components.aws.gpu import GpuService, GpuSurroundings
from infra.components.aws.logs import Logs
from infra.components.aws.network import Network
from infra.components.aws.notices import Notices
from infra.components.aws.secrets import Secrets
from infra.components.aws.vector_store import VectorStore, VectorStoreNeeds
from infra.components.aws.watch import Watch
from infra.plans.naming import Role, names_of
from infra.plans.stack import StackPlan, plan_stack
from infra.plans.unresolved import require_resolved
from infra.settings import StackSettings
from stacks.facts import explicit_provider, gather_facts


def build_aws(settings: StackSettings, stack: str) -> dict[str, Any]:
    """Create the stack and return the outputs that only this target knows.

    Raises:
        OperatorError: the stack cannot be built, or something that `up` needs is unresolved.
    """
    names = names_of(settings.aws, stack=stack)
    provider = explicit_provider(settings, names)
    facts = gather_facts(settings, names, provider)
    if not is_dry_run():
        require_resolved(settings, facts)
    plan = plan_stack(settings, facts, stack=stack)
    if plan.missing:
        lines = "".join(f"\n{it.setting}: {it.what}; {it.remedy}" for it in plan.missing)
        pulumi.warn(f"not resolved yet, needed before `up`:{lines}")
    return _build(plan, ResourceOptions(providers=[provider]))


def _build(plan: StackPlan, opts: ResourceOptions) -> dict[str, Any]:
    account = Account("account", plan.account, opts).handles
    network = Network("network", plan.network, account, opts).handles
    notices = Notices("notices", plan.notices, account, opts).handles
    logs = Logs("logs", plan.logs, account, opts).handles
    secrets = Secrets("secrets", plan.secrets, account=account, opts=opts).handles
    endpoint = Endpoint("endpoint", plan.endpoint, network, opts).handles
    roles = Access("access", plan.access, account=account, endpoint=endpoint, opts=opts).handles
    # A node may write to its log groups, not make them: they come before it as its policies do, and
    # so do the routes and rules that it boots through.
    access = replace(roles, ready=(*roles.ready, *logs.ready, *network.ready))
    store = VectorStore(
        "vector-store",
        plan.vector_store,
        VectorStoreNeeds(
            account=account,
            network=network,
            notices=notices,
            secrets=secrets,
            endpoint=endpoint,
            access=access,
        ),
        opts,
    ).handles
    canary = Canary("canary", plan.canary, notices=notices, opts=opts).handles
    around = GpuSurroundings(
        account=account,
        network=network,
        secrets=secrets,
        endpoint=endpoint,
        access=access,
        vector_store=store,
        canary=canary,
    )
    primary = (plan.gpu.group, plan.hosts[Role.PRIMARY])
    standby = plan.standby and (plan.standby.group, plan.hosts[Role.STANDBY])
    gpu = GpuService("gpu", primary, standby, around=around, opts=opts).handles
    moves = Failover(
        "failover", plan.failover, gpu=gpu, notices=notices, endpoint=endpoint, opts=opts
    ).handles
    needs = BackupNeeds(account=account, notices=notices, access=access)
    Backup("backup", plan.backup, needs, opts)
    Watch("watch", plan.watch, notices, moves.alarm_arns, opts)
    return {
        # The model servers are private to their host, behind the gateway.
        "endpoints": {"gateway": endpoint.url, "qdrant": store.url, "embed": None, "rerank": None},
        "secret_names": {name: f"ssm:{path}" for name, path in secrets.parameter_names.items()},
        "cost_usd_month": float(plan.cost.usd_month),
    }
