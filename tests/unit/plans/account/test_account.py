"""The stack's own key: there or not, who may use it, and what stops it."""

from __future__ import annotations

import json

import pytest

from infra.errors import PlanError
from infra.plans.account import plan_account
from infra.plans.facts import AUTO_SCALING_ROLE, SPOT_ROLE, FactsOrigin, sample_facts
from infra.plans.naming import names_of
from tests.unit.plans.aws_stacks import aws_settings

OWN = {"customer_key": True, "account_id": "111122223333"}


def test_no_key_by_default() -> None:
    """AWS's own keys, which cost nothing, unless the settings want one."""
    settings = aws_settings()
    assert plan_account(settings, sample_facts(), names_of(settings.aws, stack="prod")).key is None


def test_who_may_use_it() -> None:
    """The account's own policies, the launching roles, the stack's logs and its notices."""
    settings = aws_settings(aws=OWN)
    key = plan_account(settings, sample_facts(), names_of(settings.aws, stack="prod")).key
    assert key is not None
    assert key.alias == "alias/retrieval-prod"
    rules = {rule["Sid"]: rule for rule in json.loads(key.policy.json())["Statement"]}
    assert rules["AccountDecidesByItsOwnPolicies"]["Principal"]["AWS"].endswith("3333:root")
    roles = rules["NodesOfGroupsUseIt"]["Principal"]["AWS"]
    assert [role.rpartition("/")[2] for role in roles] == [AUTO_SCALING_ROLE, SPOT_ROLE]
    grant = rules["NodesOfGroupsAttachVolumes"]
    assert grant["Action"] == "kms:CreateGrant"
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    logs = rules["OwnLogGroups"]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert logs == "arn:aws:logs:us-east-1:111122223333:log-group:/retrieval/prod/*"
    assert "budgets.amazonaws.com" in rules["NoticesToTheEncryptedTopic"]["Principal"]["Service"]


def test_nobody_from_outside() -> None:
    """Every principal is of this account or a service of AWS."""
    settings = aws_settings(aws=OWN)
    key = plan_account(settings, sample_facts(), names_of(settings.aws, stack="prod")).key
    assert key is not None
    for statement in key.policy.statements:
        for kind, principals in statement.principals.items():
            for principal in principals:
                assert "*" not in principal
                assert principal.endswith("amazonaws.com") or "::111122223333:" in principal, kind


def test_a_launching_role_is_missing() -> None:
    """In a real account KMS would refuse a policy that names a role which does not exist."""
    settings = aws_settings(aws=OWN)
    names = names_of(settings.aws, stack="prod")
    facts = sample_facts().model_copy(
        update={
            "origin": FactsOrigin.ACCOUNT,
            "service_linked_roles": frozenset({AUTO_SCALING_ROLE}),
        }
    )
    with pytest.raises(PlanError, match=SPOT_ROLE):
        plan_account(settings, facts, names)
    without = aws_settings(aws=OWN, standby={"mode": "off"})
    key = plan_account(without, facts, names).key
    assert key is not None
    assert SPOT_ROLE not in key.policy.json()
