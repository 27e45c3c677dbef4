"""The alarms on the canary and the primary's health check: what the groups look at themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import ComponentResource, Output, Resource, ResourceOptions
from pulumi_aws import route53

from infra.components.aws.handles import NoticesHandles
from infra.components.aws.node_alarm import metric_alarm
from infra.plans.failover import CanaryPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryHandles:
    """Alarms on the canary by their role, and the ids of health checks by the node's role."""

    alarm_arns: Mapping[str, Output[str]]
    health_check_ids: Mapping[str, Output[str]]
    ready: Sequence[Resource]


class Canary(ComponentResource):
    """Walks a `CanaryPlan`. It comes before the groups, which name its alarms and health check."""

    handles: CanaryHandles

    def __init__(
        self,
        name: str,
        plan: CanaryPlan,
        *,
        notices: NoticesHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Canary", name, None, opts)
        alarms = {
            alarm.role: metric_alarm(
                f"{name}-{alarm.role}", alarm, actions=[notices.topic_arn], parent=self
            )
            for alarm in plan.alarms
        }
        checks = {
            check.role.value: route53.HealthCheck(
                f"{name}-{check.role.value}-health",
                type="CLOUDWATCH_METRIC",
                cloudwatch_alarm_name=alarms[check.alarm].name,
                cloudwatch_alarm_region=check.region,
                insufficient_data_health_status="Unhealthy",
                tags=check.tags,
                opts=ResourceOptions(parent=self),
            )
            for check in plan.health_checks
        }
        self.handles = CanaryHandles(
            alarm_arns={role: alarm.arn for role, alarm in alarms.items()},
            health_check_ids={role: check.id for role, check in checks.items()},
            ready=(*alarms.values(), *checks.values()),
        )
        self.register_outputs({"health_checks": self.handles.health_check_ids})
