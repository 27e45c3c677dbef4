"""One alarm on the metrics of nodes, of a group or of the load balancer, from its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi import Input, Output, Resource, ResourceOptions
from pulumi_aws import cloudwatch

from infra.components.aws.handles import EndpointHandles
from infra.plans.node_alarms import AlarmPlan, Term


def metric_alarm(  # noqa: PLR0913 (what an alarm is made from; each from another component)
    name: str,
    plan: AlarmPlan,
    *,
    actions: Sequence[Output[str]],
    parent: Resource,
    balancer: EndpointHandles | None = None,
    after: Sequence[Resource] = (),
) -> cloudwatch.MetricAlarm:
    """The alarm. One that a rollout arms starts with its actions off, and is then left alone.

    Args:
        name: Pulumi's.
        plan: what it looks at.
        actions: ARNs of topics and policies.
        parent: the component.
        balancer: whose dimensions it has, if it looks at the load balancer.
        after: what must exist before it may say anything.
    """
    first = plan.terms[0]
    dimensions = _of_balancer(balancer) if balancer else first.source.dimensions
    single = not plan.expression
    return cloudwatch.MetricAlarm(
        name,
        name=plan.name,
        alarm_description=plan.says,
        namespace=first.source.namespace if single else None,
        metric_name=first.source.name if single else None,
        dimensions=dimensions if single else None,
        statistic=first.source.statistic.value if single else None,
        period=first.source.period_s if single else None,
        metric_queries=None if single else [*map(_query, plan.terms), _result(plan)],
        comparison_operator=plan.compare.value,
        threshold=plan.threshold,
        evaluation_periods=plan.periods,
        treat_missing_data=plan.missing.value,
        actions_enabled=not plan.armed_by_rollout,
        alarm_actions=list(actions),
        tags=plan.tags,
        opts=ResourceOptions(
            parent=parent,
            depends_on=list(after),
            ignore_changes=["actionsEnabled"] if plan.armed_by_rollout else [],
        ),
    )


def _query(term: Term) -> cloudwatch.MetricAlarmMetricQueryArgs:
    source = term.source
    return cloudwatch.MetricAlarmMetricQueryArgs(
        id=term.id,
        return_data=False,
        metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=source.namespace,
            metric_name=source.name,
            dimensions=source.dimensions,
            stat=source.statistic.value,
            period=source.period_s,
        ),
    )


def _result(plan: AlarmPlan) -> cloudwatch.MetricAlarmMetricQueryArgs:
    return cloudwatch.MetricAlarmMetricQueryArgs(
        id="result", expression=plan.expression, label=plan.role, return_data=True
    )


def _of_balancer(endpoint: EndpointHandles) -> Mapping[str, Input[str]]:
    """The target group's and load balancer's own short names; without one there is no value."""
    suffixes = {
        "TargetGroup": endpoint.target_group_suffix,
        "LoadBalancer": endpoint.load_balancer_suffix,
    }
    return {name: suffix for name, suffix in suffixes.items() if suffix is not None}
