"""All plans of an AWS stack at once: what its program makes, and what a preview prices.

Every refusal comes from here, before anything is registered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from infra.node.cloud_init import render_vector_store
from infra.node.gpu_host import gpu_host
from infra.node.specs import HostSpec
from infra.node.stack import HostStack
from infra.node.vector_store_host import vector_store_host
from infra.plans.access import AccessPlan, plan_access
from infra.plans.account import AccountPlan, plan_account
from infra.plans.backup import BackupPlan, plan_backup
from infra.plans.cost import BudgetVerdict, CostPlan, judge, require_within_ceiling
from infra.plans.cost_lines import Counts, stack_cost
from infra.plans.endpoint_plan import EndpointPlan, plan_endpoint
from infra.plans.facts import AccountFacts
from infra.plans.failover import CanaryPlan, FailoverPlan, alarm_count, plan_canary, plan_failover
from infra.plans.gpu import GpuPlan, Site, plan_gpu
from infra.plans.metrics import custom_metric_count
from infra.plans.naming import Names, Role, names_of
from infra.plans.network import NetworkPlan, plan_network
from infra.plans.prices import price_list
from infra.plans.secrets import SecretsPlan, plan_secrets
from infra.plans.standby import StandbyPlan, plan_standby
from infra.plans.unresolved import Unresolved, unresolved
from infra.plans.vector_store import VectorStorePlan, plan_vector_store
from infra.plans.watch import LogsPlan, NoticesPlan, WatchPlan, plan_logs, plan_notices, plan_watch
from infra.settings import StackSettings
from infra.settings.aws.vector_store import Placement

_NOT_BUILT = (
    "`retrieval pin`, `mirror`, `rollout` and `tunnel` come with a later version: what needs them "
    "stays unresolved, and `up` on AWS refuses"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StackPlan:
    """Every part's plan, in the order of creation, with cost and what is still missing.

    `hosts` are what the GPU nodes become, by role; `facts_date` is when the account facts were
    gathered; `notes` are what an operator should know and that stops nothing.
    """

    names: Names
    account: AccountPlan
    network: NetworkPlan
    notices: NoticesPlan
    logs: LogsPlan
    secrets: SecretsPlan
    endpoint: EndpointPlan
    access: AccessPlan
    vector_store: VectorStorePlan
    canary: CanaryPlan
    gpu: GpuPlan
    standby: StandbyPlan | None
    hosts: dict[Role, HostSpec]
    failover: FailoverPlan
    backup: BackupPlan
    watch: WatchPlan
    cost: CostPlan
    verdict: BudgetVerdict
    missing: tuple[Unresolved, ...]
    facts_date: date
    notes: tuple[str, ...]


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
    secrets = plan_secrets(settings, names)
    host_stack = HostStack(
        settings=settings,
        names=names,
        secret_paths=secrets.names,
        artifact_bucket=facts.artifact_bucket or names.artifact_bucket,
    )
    dedicated = settings.vector_store.placement is Placement.DEDICATED
    vector_store = plan_vector_store(
        settings,
        facts,
        names,
        zone=network.vector_store_zone,
        user_data=render_vector_store(vector_store_host(host_stack)) if dedicated else "",
    )
    site = Site(zones=network.zones, data_zone=network.vector_store_zone)
    standby = plan_standby(settings, facts, names, site)
    canary, failover = plan_canary(settings, names), plan_failover(settings, names, standby)
    # One more alarm is the backup's.
    alarms = alarm_count(canary, failover) + len(vector_store.alarms) + 1
    cost, verdict = _cost(settings, network, alarms)
    watch = plan_watch(settings, names, usd_month=cost.usd_month)
    notices = plan_notices(settings, names)
    gpu = plan_gpu(settings, facts, names, site)
    roles = (Role.PRIMARY, *((Role.STANDBY,) if standby else ()))
    return StackPlan(
        names=names,
        account=plan_account(settings, facts, names),
        network=network,
        notices=notices,
        logs=plan_logs(settings, names),
        secrets=secrets,
        endpoint=plan_endpoint(settings, facts, names),
        access=plan_access(settings, facts, names, secrets),
        vector_store=vector_store,
        canary=canary,
        gpu=gpu,
        standby=standby,
        hosts={role: gpu_host(host_stack, role) for role in roles},
        failover=failover,
        backup=plan_backup(settings, names),
        watch=watch,
        cost=cost,
        verdict=verdict,
        missing=unresolved(settings, facts),
        facts_date=facts.gathered_on,
        notes=(*_notes(network, vector_store, gpu, failover, notices, watch), _NOT_BUILT),
    )


def _cost(
    settings: StackSettings, network: NetworkPlan, alarms: int
) -> tuple[CostPlan, BudgetVerdict]:
    counts = Counts(
        alarms=alarms,
        custom_metrics=custom_metric_count(settings),
        interface_endpoints=network.interface_endpoints,
        endpoint_zones=network.endpoint_zones,
    )
    cost = stack_cost(settings, price_list(settings.aws.region), counts)
    verdict = judge(
        cost,
        target_usd_month=settings.watch.target_usd_month,
        ceiling_usd_month=settings.watch.ceiling_usd_month,
    )
    require_within_ceiling(cost, verdict)
    return cost, verdict


class _WithNotes(Protocol):
    @property
    def notes(self) -> tuple[str, ...]: ...


def _notes(*parts: _WithNotes) -> Iterator[str]:
    for part in parts:
        yield from part.notes
