"""The topic that pages people: who may publish to it, and who reads.

With the stack's own key the topic is encrypted by it. Without one it has no KMS key at all: AWS's
`alias/aws/sns` would encrypt it, but lets no alarm publish, so that every page would be lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.plans.iam import ANY, Arns, Effect, Statement, statements_of
from infra.plans.naming import Component, Names
from infra.settings import StackSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticesPlan:
    """The topic. `policy` is JSON text; `emails` get a mail each that they must confirm."""

    topic_name: str
    display_name: str
    policy: str
    emails: tuple[str, ...]
    tags: Mapping[str, str]
    notes: tuple[str, ...]


def plan_notices(settings: StackSettings, names: Names) -> NoticesPlan:
    """The topic of a stack."""
    topic_name = names.label("notices")
    arns = Arns(region=names.region, account_id=names.account_id)
    emails = settings.watch.emails
    return NoticesPlan(
        topic_name=topic_name,
        display_name=names.stem[:100],  # the longest that SNS takes
        policy=statements_of(_rules(arns, names, arns.of("sns", topic_name))).json(),
        emails=emails,
        tags=names.tags(Component.WATCH, "notices"),
        notes=()
        if emails
        else ("alarms and budget warnings are mailed to nobody: set retrieval:watch.emails",),
    )


def _rules(arns: Arns, names: Names, topic: str) -> Iterator[Statement]:
    own = {"aws:SourceAccount": arns.account_id}
    yield Statement(
        sid="OwnAlarms",
        actions=("sns:Publish",),
        resources=(topic,),
        principals={"Service": ("cloudwatch.amazonaws.com",)},
        conditions={
            "StringEquals": own,
            "ArnLike": {"aws:SourceArn": arns.of("cloudwatch", f"alarm:{names.stem}-*")},
        },
    )
    yield Statement(
        sid="OwnBudgets",
        actions=("sns:Publish",),
        resources=(topic,),
        principals={"Service": ("budgets.amazonaws.com",)},
        conditions={
            "StringEquals": own,
            "ArnLike": {"aws:SourceArn": f"arn:{arns.partition}:budgets::{arns.account_id}:*"},
        },
    )
    yield Statement(
        sid="OnlyOverTls",
        actions=("sns:Publish",),
        resources=(topic,),
        effect=Effect.DENY,
        principals={"AWS": (ANY,)},
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
