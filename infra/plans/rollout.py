"""How a group replaces its nodes by a new revision: a launch first where that is possible.

A refresh that launches first leaves the old node serving until the new one has answered, and gives
up without a gap when it does not. It costs one more node for minutes, needs quota for it, and
cannot be had where the data volume is with the node (a volume is attached to one machine only).
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.errors import PlanError
from infra.plans.facts import AccountFacts
from infra.settings import StackSettings
from infra.settings.aws.instances import GPU_SILICON
from infra.settings.aws.vector_store import Placement

BAKE_S = 240
"""How long a new node serves beside the old before the old goes: four values of the canary, one
more than the rollback alarm needs."""

LAUNCH_MARGIN_S = 120
"""Between the boot deadline, at which a node gives itself up, and the group giving it up."""

ROLLBACK_ALARM = "primary-wrong"
"""Role of the alarm on which a refresh of the primary goes back; `failover.py` plans it."""

ON_DEMAND_QUOTA = "L-DB2E81BA"
SPOT_QUOTA = "L-3819A6DF"


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutPlan:
    """Percentages of the group's size between which a replacement keeps it.

    `bake_s` is the time from a node's first good answer to the next step; `extra_nodes` how many
    run beside the usual ones meanwhile; `because` the reason, for people.
    """

    min_healthy_percent: int
    max_healthy_percent: int
    bake_s: int
    extra_nodes: int
    because: str

    @property
    def has_gap(self) -> bool:
        """Whether fewer nodes than usual serve while one is replaced."""
        return self.extra_nodes == 0


def plan_rollout(settings: StackSettings, facts: AccountFacts) -> RolloutPlan:
    """How the on-demand group replaces its nodes, one at a time.

    Raises:
        PlanError: the account's quota does not even hold the nodes themselves.
    """
    nodes = settings.gpu.nodes
    each = GPU_SILICON[settings.gpu.instance_type].vcpus
    quota = facts.quotas.on_demand_gpu_vcpus
    if quota is not None and quota < nodes * each:
        raise PlanError(
            f"{nodes} x {settings.gpu.instance_type.value} need {nodes * each} vCPUs",
            why=f"the account may run {quota} of on-demand G and VT instances (quota "
            f"{ON_DEMAND_QUOTA}); the group would be made and stay empty",
            remedy=f"ask for {(nodes + 1) * each}, which leaves room to replace a node while it "
            "serves: AWS console, Service Quotas, Amazon EC2",
        )
    if settings.vector_store.placement is Placement.SHARED:
        return _stop_first(nodes, "the data volume is with the node and must be let go first")
    if quota is not None and quota < (nodes + 1) * each:
        return _stop_first(
            nodes,
            f"the quota {ON_DEMAND_QUOTA} of {quota} vCPUs has no room for one more node; "
            f"{(nodes + 1) * each} would close the gap",
        )
    return launch_first(nodes, "the old node serves until the new one has answered")


def launch_first(nodes: int, because: str) -> RolloutPlan:
    """One more node than usual while one is replaced."""
    return RolloutPlan(
        min_healthy_percent=100,
        max_healthy_percent=100 + _one_of(nodes),
        bake_s=BAKE_S,
        extra_nodes=1,
        because=because,
    )


def _stop_first(nodes: int, because: str) -> RolloutPlan:
    return RolloutPlan(
        min_healthy_percent=100 - _one_of(nodes),
        max_healthy_percent=100,
        bake_s=BAKE_S,
        extra_nodes=0,
        because=because,
    )


def _one_of(nodes: int) -> int:
    """The share of one node in per cent, rounded up so that it is a whole node."""
    return -(-100 // nodes)


def launch_heartbeat_s(settings: StackSettings) -> int:
    """How long the group waits for a node to say that it serves."""
    return settings.gpu.boot_deadline_s + LAUNCH_MARGIN_S


def replacement_limit_s(settings: StackSettings) -> int:
    """The longest that replacing all nodes takes, with one way back: then something is stuck."""
    each = launch_heartbeat_s(settings) + BAKE_S
    return 2 * settings.gpu.nodes * each + 600
