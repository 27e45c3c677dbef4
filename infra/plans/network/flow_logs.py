"""Flow logs of a VPC of ours: where they go and who may write them."""

from __future__ import annotations

from infra.plans.iam import Arns, PolicyDocument, Statement, trust
from infra.plans.naming import Component, Names
from infra.plans.network.records import FlowLogPlan
from infra.settings import StackSettings

_WRITER = "vpc-flow-logs.amazonaws.com"


def flow_logs(settings: StackSettings, names: Names) -> FlowLogPlan | None:
    """The flow log of a stack, or None where it is off, as it is by default: it costs by the GB."""
    if not settings.network.flow_logs:
        return None
    log_group = names.log_group("flow-logs")
    arns = Arns(region=names.region, account_id=names.account_id)
    write = PolicyDocument(
        statements=(
            Statement(
                sid="WriteFlowLogs",
                actions=(
                    "logs:CreateLogStream",
                    "logs:DescribeLogGroups",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                ),
                resources=(arns.log_group(log_group),),
            ),
        )
    )
    return FlowLogPlan(
        log_group=log_group,
        retention_days=settings.watch.log_retention_days,
        role_name=names.iam("flow-logs"),
        trust_policy=trust(_WRITER, names.account_id).json(),
        write_policy=write.json(),
        tags=names.tags(Component.NETWORK, "flow-logs"),
    )
