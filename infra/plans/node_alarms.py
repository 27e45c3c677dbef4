"""The alarms on GPU nodes, one by one: what each looks at, when it fires, whom it tells.

Dimensions name stack and role, never an instance, so an alarm outlives every node. Which of them a
stack has, and what they move, is `failover.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from infra.plans import metrics
from infra.plans.gpu import group_name
from infra.plans.metrics import PERIOD_S, Metric, MetricSource, Statistic, metric_source
from infra.plans.naming import Component, Names, Role
from infra.plans.rollout import ROLLBACK_ALARM, launch_heartbeat_s
from infra.plans.standby import RETURN_ALARM, START_ALARM
from infra.settings import StackSettings

ROLLBACK_PERIODS = 3
"""Minutes of wrong answers that turn a rollout back: fewer than a new node serves beside the old
(`rollout.BAKE_S`)."""

LATENCY_PERIODS, QUEUE_PERIODS, SPACE_PERIODS, BALANCER_PERIODS = 5, 5, 5, 3
"""Minutes before somebody is called. Chosen: shorter than a reader's patience, longer than a
restart of a container."""

DISK_PERCENT = 80.0
"""Above it Docker may have no room to clean up in."""

MEMORY_PERCENT = 90.0
"""Of the node; the containers' own limits end them before. Assumed."""

QUEUE_SHARE = 0.5
"""Of the texts that a model server admits before it answers 429."""

GROUP_NAMESPACE, BALANCER_NAMESPACE = "AWS/AutoScaling", "AWS/NetworkELB"


class Missing(StrEnum):
    """What a period without a value counts as, in CloudWatch's words."""

    BAD = "breaching"
    GOOD = "notBreaching"


class Compare(StrEnum):
    """When a value is a breach, in CloudWatch's words."""

    BELOW = "LessThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    ABOVE = "GreaterThanThreshold"


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One metric of an expression, under a short name."""

    id: str
    source: MetricSource


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmPlan:
    """One alarm. `role` is its identity, `name` what it is called in the account.

    With `expression` the value is computed from `terms`, otherwise it is that of the only term.
    `pages` sends it to people. `armed_by_rollout` means that its actions start switched off.
    `of_balancer` means that its dimensions are those of the load balancer, known once it exists.
    """

    role: str
    name: str
    says: str
    terms: tuple[Term, ...]
    expression: str
    compare: Compare
    threshold: float
    periods: int
    missing: Missing
    pages: bool
    tags: dict[str, str]
    armed_by_rollout: bool = False
    of_balancer: bool = False

    @property
    def billed_metrics(self) -> int:
        """CloudWatch's price is for each metric that an alarm looks at."""
        return len(self.terms)


@dataclass(frozen=True, slots=True)
class AlarmMaker:
    """Makes each alarm of a stack from what is particular about it."""

    names: Names

    def canary_silent(self, role: Role, minutes: int) -> AlarmPlan:
        """No node of the role gave a good answer, or none is there to give one."""
        return self._alarm(
            f"{role.value}-silent",
            f"no {role.value} node has answered well for {minutes} minutes",
            (Term(id="canary", source=self._best_canary(role)),),
            compare=Compare.BELOW,
            threshold=1.0,
            periods=minutes,
            missing=Missing.BAD,
            armed_by_rollout=True,
        )

    def canary_wrong(self) -> AlarmPlan:
        """Some primary node answers wrongly; a rollout goes back on it."""
        return self._alarm(
            ROLLBACK_ALARM,
            "a primary node answers, but wrongly",
            (Term(id="canary", source=metric_source(metrics.CANARY, self.names, Role.PRIMARY)),),
            compare=Compare.BELOW,
            threshold=1.0,
            periods=ROLLBACK_PERIODS,
            missing=Missing.GOOD,
        )

    def standby_start(self, settings: StackSettings) -> AlarmPlan:
        """Fills the standby's group. FILL gives the step policy a value where none came."""
        minutes = settings.standby.unhealthy_minutes
        return self._alarm(
            START_ALARM,
            f"starts the standby: no primary node has answered well for {minutes} minutes",
            (Term(id="canary", source=self._best_canary(Role.PRIMARY)),),
            expression="FILL(canary, 0)",
            compare=Compare.BELOW,
            threshold=1.0,
            periods=minutes,
            missing=Missing.BAD,
            pages=False,
            armed_by_rollout=True,
        )

    def standby_return(self, settings: StackSettings) -> AlarmPlan:
        """Empties the standby's group; in alarm all the time while the primary is well."""
        minutes = settings.standby.return_minutes
        return self._alarm(
            RETURN_ALARM,
            f"ends the standby: the primary has answered well for {minutes} minutes",
            (Term(id="canary", source=self._best_canary(Role.PRIMARY)),),
            expression="FILL(canary, 0)",
            compare=Compare.AT_LEAST,
            threshold=1.0,
            periods=minutes,
            missing=Missing.GOOD,
            pages=False,
        )

    def without_capacity(self, role: Role, settings: StackSettings) -> AlarmPlan:
        """The group wants nodes that it does not get: no capacity, no quota, or failing boots."""
        minutes = -(-launch_heartbeat_s(settings) // PERIOD_S) + 5
        return self._alarm(
            f"{role.value}-capacity",
            f"the {role.value} group has had fewer nodes than it wants for {minutes} minutes: "
            "see its activity for capacity, quota or boots that fail",
            (
                Term(id="wanted", source=self._of_group(role, "GroupDesiredCapacity")),
                Term(id="serving", source=self._of_group(role, "GroupInServiceInstances")),
            ),
            expression="wanted - serving",
            compare=Compare.ABOVE,
            threshold=0.0,
            periods=minutes,
            missing=Missing.GOOD,
        )

    def balancer_unhealthy(self) -> AlarmPlan:
        """The load balancer leaves a node out."""
        source = MetricSource(
            namespace=BALANCER_NAMESPACE,
            name="UnHealthyHostCount",
            dimensions={},
            statistic=Statistic.MAXIMUM,
            period_s=PERIOD_S,
        )
        return self._alarm(
            "balancer-unhealthy",
            "the load balancer finds a node unhealthy and sends it nothing",
            (Term(id="unhealthy", source=source),),
            compare=Compare.ABOVE,
            threshold=0.0,
            periods=BALANCER_PERIODS,
            missing=Missing.GOOD,
            of_balancer=True,
        )

    def _above(  # noqa: PLR0913, PLR0917 (a row of the table of pages)
        self, role: Role, word: str, metric: Metric, threshold: float, periods: int, says: str
    ) -> AlarmPlan:
        """A page when a metric of a role stays above a value; a dead node is another alarm's."""
        return self._alarm(
            f"{role.value}-{word}",
            says,
            (Term(id="value", source=metric_source(metric, self.names, role)),),
            compare=Compare.ABOVE,
            threshold=threshold,
            periods=periods,
            missing=Missing.GOOD,
        )

    def pages(self, settings: StackSettings, role: Role) -> list[AlarmPlan]:
        """What calls people about a role that serves all the time."""
        bound = settings.design_point.p90_ms
        admitted = min(
            settings.embed.max_concurrent_requests, settings.rerank.max_concurrent_requests
        )
        return [
            self._above(
                role,
                "latency",
                metrics.REQUEST_LATENCY_P90,
                bound,
                LATENCY_PERIODS,
                f"searches take longer than the promised {bound:g} ms at the 90th percentile",
            ),
            self._above(
                role,
                "queue",
                metrics.QUEUE_DEPTH,
                QUEUE_SHARE * admitted,
                QUEUE_PERIODS,
                f"more than half of the {admitted} texts that a model server admits are waiting",
            ),
            self._above(
                role,
                "disk",
                metrics.DISK_USED,
                DISK_PERCENT,
                SPACE_PERIODS,
                "the root volume is nearly full",
            ),
            self._above(
                role,
                "memory",
                metrics.MEMORY_USED,
                MEMORY_PERCENT,
                SPACE_PERIODS,
                "the node's memory is nearly full",
            ),
            self._above(
                role,
                "xid",
                metrics.GPU_XID_ERRORS,
                0.0,
                1,
                "the GPU reported an error (Xid); see the kernel's log for its number",
            ),
        ]

    def _best_canary(self, role: Role) -> MetricSource:
        """The best of the nodes: a new one that still fails must not count for the old one."""
        source = metric_source(metrics.CANARY, self.names, role)
        return MetricSource(
            namespace=source.namespace,
            name=source.name,
            dimensions=source.dimensions,
            statistic=Statistic.MAXIMUM,
            period_s=source.period_s,
        )

    def _of_group(self, role: Role, metric: str) -> MetricSource:
        return MetricSource(
            namespace=GROUP_NAMESPACE,
            name=metric,
            dimensions={"AutoScalingGroupName": group_name(self.names, role)},
            statistic=Statistic.MAXIMUM,
            period_s=PERIOD_S,
        )

    def _alarm(  # noqa: PLR0913 (the fields of the record, with the defaults of this module)
        self,
        role: str,
        says: str,
        terms: tuple[Term, ...],
        *,
        compare: Compare,
        threshold: float,
        periods: int,
        missing: Missing,
        expression: str = "",
        pages: bool = True,
        armed_by_rollout: bool = False,
        of_balancer: bool = False,
    ) -> AlarmPlan:
        return AlarmPlan(
            role=role,
            name=self.names.label(role),
            says=says,
            terms=terms,
            expression=expression,
            compare=compare,
            threshold=threshold,
            periods=periods,
            missing=missing,
            pages=pages,
            tags=self.names.tags(Component.WATCH, role),
            armed_by_rollout=armed_by_rollout,
            of_balancer=of_balancer,
        )
