"""Notices, logs, dashboard and budget under the strict monitor."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pulumi
import pytest
from pulumi import Output

from infra.components.aws.handles import AccountHandles, NoticesHandles
from infra.components.aws.logs import Logs
from infra.components.aws.notices import Notices
from infra.components.aws.watch import Watch
from infra.plans.naming import names_of
from infra.plans.watch import plan_logs, plan_notices, plan_watch
from tests.program.harness import UNKNOWN, Registered, provider_options, run_component
from tests.unit.plans.aws_stacks import aws_settings

EMAILS = ["ops@example.org", "lead@example.org"]
TOPIC = "aws:sns/topic:Topic"


def register(*, preview: bool, key: bool = True, alarms: int = 0, **groups: Any) -> Registered:
    """Run all three components as the program does."""
    settings = aws_settings(**groups)
    names = names_of(settings.aws, stack="prod")

    def build() -> None:
        arn = Output.from_input("arn:aws:kms:us-east-1:123456789012:key/1") if key else None
        account = AccountHandles(key_arn=arn, key_id=Output.from_input("1") if key else None)
        opts = provider_options()
        notices = Notices("notices", plan_notices(settings, names), account, opts=opts).handles
        Logs("logs", plan_logs(settings, names), account, opts=opts)
        plan = plan_watch(settings, names, usd_month=Decimal("453.15"))
        Watch("watch", plan, notices, _alarms(notices, alarms), opts=opts)

    return run_component(build, preview=preview)


def test_topic_has_the_key_and_a_policy(preview: bool) -> None:
    """Encrypted where the stack has a key, and closed to other accounts."""
    made = register(preview=preview)
    assert made.one(TOPIC).inputs["kmsMasterKeyId"] == "1"
    policy = json.loads(made.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    assert [each["Sid"] for each in policy["Statement"]] == [
        "OwnAlarms",
        "OwnBudgets",
        "OnlyOverTls",
    ]


def test_without_a_key_no_key_of_aws_silences_the_topic(preview: bool) -> None:
    """`alias/aws/sns` lets no alarm publish."""
    assert "kmsMasterKeyId" not in register(preview=preview, key=False).one(TOPIC).inputs


def test_each_reader_is_a_subscription(preview: bool) -> None:
    """One resource for each address: removing one leaves the others confirmed."""
    made = register(preview=preview, watch={"emails": EMAILS})
    found = made.of("aws:sns/topicSubscription:TopicSubscription")
    assert sorted(each.inputs["endpoint"] for each in found) == sorted(EMAILS)
    assert {each.inputs["protocol"] for each in found} == {"email"}


def test_logs_end_and_are_encrypted(preview: bool) -> None:
    """A group for each machine."""
    groups = register(preview=preview).of("aws:cloudwatch/logGroup:LogGroup")
    assert sorted(group.inputs["name"] for group in groups) == [
        "/retrieval/prod/primary",
        "/retrieval/prod/standby",
        "/retrieval/prod/vector-store",
    ]
    assert {group.inputs["retentionInDays"] for group in groups} == {30}
    assert {group.inputs["kmsKeyId"] for group in groups} == {
        "arn:aws:kms:us-east-1:123456789012:key/1"
    }


def test_budget_writes_to_the_topic_and_to_people(preview: bool) -> None:
    """Both, since a budget's own mails need no confirmation."""
    made = register(preview=preview, watch={"emails": EMAILS})
    budget = made.one("aws:budgets/budget:Budget")
    assert (budget.inputs["limitAmount"], budget.inputs["limitUnit"]) == ("500.00", "USD")
    assert budget.inputs["costFilters"] == [
        {"name": "TagKeyValue", "values": ["user:Stack$retrieval-prod"]}
    ]
    notices = budget.inputs["notifications"]
    assert [(each["notificationType"], each["threshold"]) for each in notices] == [
        ("FORECASTED", 454),
        ("FORECASTED", 500),
        ("ACTUAL", 500),
    ]
    assert all(each["subscriberEmailAddresses"] == EMAILS for each in notices)
    assert made.needs(budget, made.one(TOPIC))


@pytest.mark.parametrize("alarms", [0, 2])
def test_dashboard_shows_the_state_of_the_alarms(alarms: int, preview: bool) -> None:
    """Their ARNs are known only once they exist; without any there is no such widget."""
    body = (
        register(preview=preview, alarms=alarms)
        .one("aws:cloudwatch/dashboard:Dashboard")
        .inputs["dashboardBody"]
    )
    if preview and alarms:
        assert body is UNKNOWN
        return
    widgets = json.loads(body)["widgets"]
    shown = [each["properties"]["alarms"] for each in widgets if each["type"] == "alarm"]
    assert [len(each) for each in shown] == ([alarms] if alarms else [])


def _alarms(notices: NoticesHandles, count: int) -> dict[str, pulumi.Output[str]]:
    """ARNs that are as unknown in a preview as those of real alarms."""
    return {
        str(number): notices.topic_arn.apply(lambda arn, number=number: f"{arn}-{number}")
        for number in range(count)
    }
