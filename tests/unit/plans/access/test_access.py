"""Roles: their policies as reviewable text, and what none of them may ever do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from infra.plans.access import AccessPlan, RolePlan, plan_access
from infra.plans.facts import sample_facts
from infra.plans.iam import ANY, NO_RESOURCE_LEVEL, Deferred, Effect, Statement
from infra.plans.naming import names_of
from infra.plans.secrets import plan_secrets
from infra.settings import StackSettings
from tests.unit.plans.aws_stacks import aws_settings, valid_settings

GOLDEN = Path(__file__).parent / "golden"
ARNS = {Deferred.KEY: "arn:KEY", Deferred.ZONE: "arn:ZONE"}

STACKS: dict[str, dict[str, Any]] = {
    "dns-own-key": {"aws": {"customer_key": True, "account_id": "111122223333"}},
    "nlb-aws-keys": {
        "aws": {"account_id": "111122223333"},
        "gpu": {"nodes": 2},
        "standby": {"mode": "off"},
    },
    "shared": {
        "aws": {"customer_key": True, "account_id": "111122223333"},
        "vector_store": {"placement": "shared"},
        "standby": {"mode": "off"},
    },
}


def planned(settings: StackSettings) -> AccessPlan:
    """The roles of a stack named prod."""
    names = names_of(settings.aws, stack="prod")
    return plan_access(settings, sample_facts(), names, plan_secrets(settings, names))


def statements(plan: AccessPlan) -> Iterator[tuple[RolePlan, Statement]]:
    """Every statement of every role."""
    for role in plan.roles:
        for statement in role.policy.statements:
            yield role, statement


@pytest.mark.parametrize("stack", STACKS)
def test_golden(stack: str) -> None:
    """All policies of three kinds of stack are as reviewed in `golden/`.

    To accept a change: write what the failure shows into the file, and read it as a reviewer.
    """
    plan = planned(aws_settings(**STACKS[stack]))
    text = "".join(f"# {each.name}\n{each.policy.json(ARNS)}\n" for each in plan.roles)
    assert text == (GOLDEN / f"{stack}.txt").read_text("utf-8")


@given(settings=valid_settings)
def test_nothing_is_open(settings: StackSettings) -> None:
    """No role may change anything on `*`, but where AWS offers no narrower resource."""
    for role, statement in statements(planned(settings)):
        assert statement.effect is Effect.ALLOW
        assert not any("*" in action for action in statement.actions), role
        if ANY in statement.resources:
            assert set(statement.actions) <= set(NO_RESOURCE_LEVEL), statement.sid


@given(settings=valid_settings)
def test_documents_are_valid(settings: StackSettings) -> None:
    """Every policy fits IAM: unique letters-and-digits ids, at most 10,240 characters a role."""
    plan = planned(settings)
    for role in plan.roles:
        document = json.loads(role.policy.json(ARNS))
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(set(sids)) == len(sids)
        assert all(sid.isalnum() for sid in sids)
        assert len(json.dumps(document, separators=(",", ":"))) <= 10_240
    assert len({role.name for role in plan.roles}) == len(plan.roles)


@given(settings=valid_settings)
def test_no_foreign_secret(settings: StackSettings) -> None:
    """A node reads parameters of its own stack only, the clients' keys never, and writes none."""
    names = names_of(settings.aws, stack="prod")
    kept = {
        names.parameter("gateway", "operator-key"),
        names.parameter("gateway", "application-key"),
    }
    for role, statement in statements(planned(settings)):
        for action in statement.actions:
            if not action.startswith("ssm:") or action == "ssm:UpdateInstanceInformation":
                continue
            assert action in {"ssm:GetParameter", "ssm:GetParameters"}
            for resource in statement.resources:
                path = resource.partition(":parameter")[2]
                assert path.startswith(f"{names.parameter_root}/")
                assert path not in kept, role


@given(settings=valid_settings)
def test_key_only_through_a_service(settings: StackSettings) -> None:
    """The stack's key is used through SSM or S3 for things of this stack, or not at all."""
    own_key = settings.aws.customer_key
    found = [
        statement
        for _, statement in statements(planned(settings))
        if any(action.startswith("kms:") for action in statement.actions)
    ]
    assert bool(found) == own_key
    for statement in found:
        equals = statement.conditions["StringEquals"]
        assert "kms:ViaService" in equals
        assert any(key.startswith("kms:EncryptionContext:") for key in equals)


@given(settings=valid_settings)
def test_backups_cannot_be_destroyed(settings: StackSettings) -> None:
    """No node can read, overwrite the history of, or delete a backup."""
    for _, statement in statements(planned(settings)):
        on_backups = any("-backup-" in resource for resource in statement.resources)
        for action in statement.actions:
            if on_backups:
                assert action in {"s3:PutObject", "s3:AbortMultipartUpload"}
            assert not action.startswith("s3:Delete")


def test_only_dns_hosts_write_records() -> None:
    """A stack with a load balancer gives no node the zone; others one name of it."""
    nlb = planned(aws_settings(**STACKS["nlb-aws-keys"]))
    assert Deferred.ZONE not in nlb.gpu.policy.deferred
    dns = planned(aws_settings(**STACKS["dns-own-key"]))
    records = next(s for s in dns.gpu.policy.statements if s.sid == "OwnRecords")
    allowed = records.conditions["ForAllValues:StringEquals"]
    assert allowed["route53:ChangeResourceRecordSetsNormalizedRecordNames"] == (
        "gateway.retrieval.internal",
    )


def test_shared_store_adds_its_duties_to_the_gpu_role() -> None:
    """Without a machine of its own the store has no role; the GPU node takes its volume."""
    plan = planned(aws_settings(**STACKS["shared"]))
    assert plan.vector_store is None
    sids = {statement.sid for statement in plan.gpu.policy.statements}
    assert {"AttachTheDataVolume", "AttachToANodeOfThisStack", "WriteBackups"} <= sids
    dedicated = planned(aws_settings(**STACKS["dns-own-key"]))
    assert not any("Volume" in s.sid for s in dedicated.gpu.policy.statements)
