"""The topic that pages people, as a component: made early, since every alarm names it."""

from __future__ import annotations

from pulumi import ComponentResource, ResourceOptions
from pulumi_aws import sns

from infra.components.aws.handles import AccountHandles, NoticesHandles
from infra.plans.watch import NoticesPlan


class Notices(ComponentResource):
    """Walks a `NoticesPlan`."""

    handles: NoticesHandles

    def __init__(
        self,
        name: str,
        plan: NoticesPlan,
        account: AccountHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Notices", name, None, opts)
        topic = sns.Topic(
            f"{name}-topic",
            name=plan.topic_name,
            display_name=plan.display_name,
            kms_master_key_id=account.key_id,
            tags=plan.tags,
            # Two topics cannot have one name.
            opts=ResourceOptions(parent=self, delete_before_replace=True),
        )
        sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=plan.policy,
            opts=ResourceOptions(parent=self),
        )
        for email in plan.emails:
            sns.TopicSubscription(
                f"{name}-mail-{email}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=ResourceOptions(parent=self),
            )
        self.handles = NoticesHandles(topic_arn=topic.arn)
        self.register_outputs({"topic_arn": topic.arn})
