"""One alarm on the vector store as a resource; used by the vector store and by the backup."""

from __future__ import annotations

from pulumi import Output, Resource, ResourceOptions
from pulumi_aws import cloudwatch

from infra.components.aws.handles import NoticesHandles
from infra.plans.store_alarms import INSTANCE_DIMENSION, StoreAlarm


def make_alarm(
    parent: Resource,
    name: str,
    plan: StoreAlarm,
    notices: NoticesHandles,
    instance_id: Output[str] | None = None,
) -> cloudwatch.MetricAlarm:
    """The alarm under `parent`, which pages when it is bad, good again, or silent.

    Args:
        parent: the component.
        name: its Pulumi name.
        plan: the alarm.
        notices: the topic that pages.
        instance_id: of the machine, for an alarm that is about one.
    """
    bad = plan.condition
    instance = {INSTANCE_DIMENSION: instance_id} if plan.of_instance and instance_id else {}
    page = [notices.topic_arn]
    return cloudwatch.MetricAlarm(
        f"{name}-{plan.role}-alarm",
        name=plan.name,
        alarm_description=plan.says,
        namespace=bad.source.namespace,
        metric_name=bad.source.name,
        dimensions={**bad.source.dimensions, **instance},
        statistic=bad.source.statistic.value,
        period=bad.source.period_s,
        evaluation_periods=bad.periods,
        comparison_operator=bad.compare.value,
        threshold=bad.threshold,
        treat_missing_data="missing",
        alarm_actions=[*plan.ec2_actions, *page],
        ok_actions=page,
        insufficient_data_actions=page,
        tags=plan.tags,
        opts=ResourceOptions(parent=parent),
    )
