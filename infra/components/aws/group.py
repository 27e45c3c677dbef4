"""An Auto Scaling group of GPU nodes, on demand or spot, from its plan."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi import CustomTimeouts, Output, Resource, ResourceOptions
from pulumi_aws import autoscaling, ec2

from infra.plans.gpu import GroupPlan, SpotPlan


def node_group(  # noqa: PLR0913 (what a group is made from; each from another component)
    name: str,
    plan: GroupPlan,
    template: ec2.LaunchTemplate,
    *,
    subnet_ids: Sequence[Output[str]],
    target_group_arns: Sequence[Output[str]],
    after: Sequence[Resource],
    parent: Resource,
) -> autoscaling.Group:
    """The group, which waits for its nodes to serve before it counts as made.

    Args:
        name: Pulumi's.
        plan: sizes, times, hooks.
        template: what its nodes are launched from.
        subnet_ids: one in each of its zones.
        target_group_arns: where its nodes get queries from.
        after: everything that a host reads while it boots.
        parent: the component.
    """
    version = template.latest_version.apply(str)
    return autoscaling.Group(
        name,
        name=plan.name,
        min_size=plan.min_size,
        max_size=plan.max_size,
        desired_capacity=plan.desired,
        vpc_zone_identifiers=list(subnet_ids),
        target_group_arns=list(target_group_arns),
        launch_template=None
        if plan.spot
        else autoscaling.GroupLaunchTemplateArgs(id=template.id, version=version),
        mixed_instances_policy=_spot(plan.spot, template, version) if plan.spot else None,
        capacity_rebalance=plan.spot is not None,
        initial_lifecycle_hooks=[
            autoscaling.GroupInitialLifecycleHookArgs(
                name=hook.name,
                lifecycle_transition=hook.transition,
                heartbeat_timeout=hook.heartbeat_s,
                default_result=hook.default_result,
            )
            for hook in plan.hooks
        ],
        health_check_type=plan.health_check_type,
        health_check_grace_period=plan.grace_s,
        default_instance_warmup=plan.rollout.bake_s,
        enabled_metrics=[
            autoscaling.Metric.GROUP_DESIRED_CAPACITY,
            autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
        ],
        instance_maintenance_policy=autoscaling.GroupInstanceMaintenancePolicyArgs(
            min_healthy_percentage=plan.rollout.min_healthy_percent,
            max_healthy_percentage=plan.rollout.max_healthy_percent,
        ),
        instance_refresh=_refresh(plan),
        ignore_failed_scaling_activities=True,  # after a zone without capacity comes the next
        wait_for_capacity_timeout=f"{plan.capacity_timeout_s}s",
        tags=[
            autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
            for key, value in plan.template.node_tags.items()
        ],
        opts=ResourceOptions(
            parent=parent,
            depends_on=list(after),
            ignore_changes=["desiredCapacity"] if plan.scaled else [],
            custom_timeouts=CustomTimeouts(delete="30m"),
        ),
    )


def _spot(
    plan: SpotPlan, template: ec2.LaunchTemplate, version: Output[str]
) -> autoscaling.GroupMixedInstancesPolicyArgs:
    return autoscaling.GroupMixedInstancesPolicyArgs(
        instances_distribution=autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=plan.on_demand_base,
            on_demand_percentage_above_base_capacity=plan.on_demand_percent,
            spot_allocation_strategy=plan.strategy,
        ),
        launch_template=autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template.id, version=version
            ),
            overrides=[
                autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(instance_type=kind)
                for kind in plan.instance_types
            ],
        ),
    )


def _refresh(plan: GroupPlan) -> autoscaling.GroupInstanceRefreshArgs:
    return autoscaling.GroupInstanceRefreshArgs(
        strategy="Rolling",
        preferences=autoscaling.GroupInstanceRefreshPreferencesArgs(
            min_healthy_percentage=plan.rollout.min_healthy_percent,
            max_healthy_percentage=plan.rollout.max_healthy_percent,
            instance_warmup=str(plan.rollout.bake_s),
            auto_rollback=True,
            alarm_specification=autoscaling.GroupInstanceRefreshPreferencesAlarmSpecificationArgs(
                alarms=[plan.rollback_alarm]
            )
            if plan.rollback_alarm
            else None,
        ),
    )
