"""The dashboard and the budget as a component, made last."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_aws import budgets, cloudwatch

from infra.components.aws.handles import NoticesHandles
from infra.plans.watch import BudgetPlan, WatchPlan


class Watch(ComponentResource):
    """Walks a `WatchPlan`.

    Args:
        name: of the component.
        plan: what to make.
        notices: the topic that the budget writes to.
        alarm_arns: of all parts' alarms, by alarm role; their state heads the dashboard.
        opts: with the provider.
    """

    def __init__(
        self,
        name: str,
        plan: WatchPlan,
        notices: NoticesHandles,
        alarm_arns: Mapping[str, Output[str]],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Watch", name, None, opts)
        dashboard = cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=plan.dashboard.name,
            dashboard_body=Output.all(*alarm_arns.values()).apply(plan.dashboard.body),
            opts=ResourceOptions(parent=self, delete_before_replace=True),
        )
        self._budget(name, plan.budget, notices)
        self.register_outputs({"dashboard": dashboard.dashboard_name})

    def _budget(self, name: str, plan: BudgetPlan, notices: NoticesHandles) -> None:
        budgets.Budget(
            f"{name}-budget",
            name=plan.name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{plan.limit_usd_month:.2f}",
            limit_unit="USD",
            cost_filters=[{"name": "TagKeyValue", "values": [plan.cost_filter]}],
            notifications=[
                {
                    "notification_type": notice.kind.value,
                    "comparison_operator": "GREATER_THAN",
                    "threshold_type": "ABSOLUTE_VALUE",
                    "threshold": float(notice.usd_month),
                    "subscriber_sns_topic_arns": [notices.topic_arn],
                    "subscriber_email_addresses": list(plan.emails),
                }
                for notice in plan.notices
            ],
            tags=plan.tags,
            opts=ResourceOptions(parent=self, delete_before_replace=True),
        )
