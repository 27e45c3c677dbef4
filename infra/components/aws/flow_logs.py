"""A VPC's connections as a log group, with the role that may write it."""

from __future__ import annotations

from pulumi import Output, Resource, ResourceOptions
from pulumi_aws import cloudwatch, ec2, iam

from infra.components.aws.handles import AccountHandles
from infra.plans.network import FlowLogPlan


def make_flow_log(
    parent: Resource,
    name: str,
    plan: FlowLogPlan,
    vpc_id: Output[str],
    account: AccountHandles,
) -> None:
    """The flow log and all that it needs."""
    group = cloudwatch.LogGroup(
        f"{name}-flow-logs",
        name=plan.log_group,
        retention_in_days=plan.retention_days,
        kms_key_id=account.key_arn,
        tags=plan.tags,
        opts=ResourceOptions(parent=parent),
    )
    role = iam.Role(
        f"{name}-flow-logs",
        name=plan.role_name,
        assume_role_policy=plan.trust_policy,
        tags=plan.tags,
        opts=ResourceOptions(parent=parent),
    )
    policy = iam.RolePolicy(
        f"{name}-flow-logs",
        role=role.name,
        policy=plan.write_policy,
        opts=ResourceOptions(parent=parent),
    )
    ec2.FlowLog(
        f"{name}-flow-logs",
        vpc_id=vpc_id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        tags=plan.tags,
        opts=ResourceOptions(parent=parent, depends_on=[policy]),
    )
