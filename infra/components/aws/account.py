"""The stack's own KMS key as a component; nothing where AWS's own keys encrypt."""

from __future__ import annotations

from pulumi import ComponentResource, ResourceOptions
from pulumi_aws import kms

from infra.components.aws.handles import AccountHandles
from infra.plans.account import AccountPlan


class Account(ComponentResource):
    """Walks an `AccountPlan`. The key is kept when the stack goes, as the data it encrypts is."""

    handles: AccountHandles

    def __init__(self, name: str, plan: AccountPlan, opts: ResourceOptions | None = None) -> None:
        super().__init__("retrieval:aws:Account", name, None, opts)
        if plan.key is None:
            self.handles = AccountHandles(key_arn=None, key_id=None)
            self.register_outputs({"key_arn": None})
            return
        key = kms.Key(
            f"{name}-key",
            description=plan.key.description,
            deletion_window_in_days=plan.key.deletion_window_days,
            enable_key_rotation=True,
            policy=plan.key.policy.json(),
            tags=plan.key.tags,
            opts=ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        kms.Alias(
            f"{name}-alias",
            name=plan.key.alias,
            target_key_id=key.key_id,
            opts=ResourceOptions(parent=self),
        )
        self.handles = AccountHandles(key_arn=key.arn, key_id=key.key_id)
        self.register_outputs({"key_arn": key.arn})
