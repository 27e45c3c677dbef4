"""What comes after the groups: pages, and the alarms and policies that move the standby."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_aws import autoscaling

from infra.components.aws.handles import EndpointHandles, GpuHandles, NoticesHandles
from infra.components.aws.node_alarm import metric_alarm
from infra.plans.failover import FailoverPlan
from infra.plans.standby import ScalingPlan


class Failover(ComponentResource):
    """Walks a `FailoverPlan`, after the groups."""

    handles: GpuHandles

    def __init__(  # noqa: PLR0913 (three earlier components)
        self,
        name: str,
        plan: FailoverPlan,
        *,
        gpu: GpuHandles,
        notices: NoticesHandles,
        endpoint: EndpointHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Failover", name, None, opts)
        standby = gpu.standby_group_name
        moves = {
            each.alarm: self._policy(f"{name}-{each.role}-policy", each, standby)
            for each in plan.scaling
            if standby is not None
        }
        alarms = {
            alarm.role: metric_alarm(
                f"{name}-{alarm.role}",
                alarm,
                actions=[
                    *([notices.topic_arn] if alarm.pages else []),
                    *([moves[alarm.role].arn] if alarm.role in moves else []),
                ],
                balancer=endpoint if alarm.of_balancer else None,
                # Made once the groups are, which means that the primary's nodes have served.
                after=gpu.groups,
                parent=self,
            )
            for alarm in plan.alarms
        }
        self.handles = GpuHandles(
            primary_group_name=gpu.primary_group_name,
            standby_group_name=standby,
            groups=gpu.groups,
            alarm_arns={**gpu.alarm_arns, **{role: a.arn for role, a in alarms.items()}},
        )
        self.register_outputs({"alarms": sorted(self.handles.alarm_arns)})

    def _policy(self, name: str, plan: ScalingPlan, group: Output[str]) -> autoscaling.Policy:
        return autoscaling.Policy(
            name,
            autoscaling_group_name=group,
            policy_type="StepScaling",
            adjustment_type="ExactCapacity",
            step_adjustments=[
                autoscaling.PolicyStepAdjustmentArgs(
                    scaling_adjustment=plan.size,
                    metric_interval_lower_bound=_bound(plan.lower_bound),
                    metric_interval_upper_bound=_bound(plan.upper_bound),
                )
            ],
            opts=ResourceOptions(parent=self),
        )


def _bound(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
