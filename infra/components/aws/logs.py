"""Log groups as a component: made before any node, so that no node makes one without an end."""

from __future__ import annotations

from pulumi import ComponentResource, ResourceOptions
from pulumi_aws import cloudwatch

from infra.components.aws.handles import AccountHandles, LogsHandles
from infra.plans.watch import LogsPlan


class Logs(ComponentResource):
    """Walks a `LogsPlan`."""

    handles: LogsHandles

    def __init__(
        self,
        name: str,
        plan: LogsPlan,
        account: AccountHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Logs", name, None, opts)
        groups = {
            group.role: cloudwatch.LogGroup(
                f"{name}-{group.role.value}",
                name=group.name,
                retention_in_days=group.retention_days,
                kms_key_id=account.key_arn,
                tags=group.tags,
                opts=ResourceOptions(parent=self),
            )
            for group in plan.groups
        }
        self.handles = LogsHandles(
            group_names={group.role: group.name for group in plan.groups},
            ready=list(groups.values()),
        )
        self.register_outputs({"groups": [group.name for group in plan.groups]})
