"""Who may page, who reads, and where nodes write their logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.plans.naming import Role, names_of
from infra.plans.watch import NoticesPlan, plan_logs, plan_notices
from tests.unit.plans.aws_stacks import aws_settings

GOLDEN = Path(__file__).with_name("golden")


def planned(**groups: Any) -> NoticesPlan:
    """The notices of a stack called `prod`."""
    settings = aws_settings(**groups)
    return plan_notices(settings, names_of(settings.aws, stack="prod"))


def test_policy_of_the_topic_is_the_reviewed_one() -> None:
    """Own alarms and own budgets, over TLS, and nobody else."""
    assert planned().policy == (GOLDEN / "topic-policy.json").read_text("utf-8").rstrip("\n")


def test_policy_names_the_topic_that_is_made() -> None:
    """The ARN follows from the name, the account and the region."""
    plan = planned(aws={"account_id": "123456789012"})
    statements = json.loads(plan.policy)["Statement"]
    topic = f"arn:aws:sns:us-east-1:123456789012:{plan.topic_name}"
    assert {statement["Resource"] for statement in statements} == {topic}


def test_mails_to_nobody_are_noted() -> None:
    """A stack without readers is planned, and says so."""
    assert "mailed to nobody" in planned().notes[0]
    assert planned(watch={"emails": ["ops@example.org"]}).notes == ()


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        ({}, [Role.PRIMARY, Role.STANDBY, Role.VECTOR_STORE]),
        ({"standby": {"mode": "off"}}, [Role.PRIMARY, Role.VECTOR_STORE]),
        (
            {"standby": {"mode": "off"}, "vector_store": {"placement": "shared"}},
            [Role.PRIMARY],
        ),
    ],
)
def test_each_machine_has_a_log_group_with_an_end(
    groups: dict[str, Any], roles: list[Role]
) -> None:
    """By role, as the nodes' own policies name them."""
    settings = aws_settings(**groups, watch={"log_retention_days": 90})
    plan = plan_logs(settings, names_of(settings.aws, stack="prod"))
    assert [group.role for group in plan.groups] == roles
    assert [group.name for group in plan.groups] == [f"/retrieval/prod/{role}" for role in roles]
    assert {group.retention_days for group in plan.groups} == {90}
