"""Roles under the strict monitor: who wears what, and what a node waits for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi

from infra.components.aws.access import Access
from infra.components.aws.account import Account
from infra.components.aws.handles import AccessHandles, EndpointHandles
from infra.plans.access import plan_access
from infra.plans.account import plan_account
from infra.plans.facts import sample_facts
from infra.plans.naming import names_of
from infra.plans.secrets import plan_secrets
from tests.program.harness import UNKNOWN, Registered, provider_options, run_component
from tests.unit.plans.aws_stacks import aws_settings

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
OWN_KEY: dict[str, Any] = {"aws": {"customer_key": True}}
SHARED: dict[str, Any] = {"vector_store": {"placement": "shared"}, "standby": {"mode": "off"}}


def endpoint() -> EndpointHandles:
    """The zone of a stack."""
    return EndpointHandles(
        url="http://gateway.retrieval.internal:8000",
        zone_id=pulumi.Output.from_input("Z0"),
        zone_arn=pulumi.Output.from_input("arn:aws:route53:::hostedzone/Z0"),
        target_group_arns=[],
        load_balancer_suffix=None,
        target_group_suffix=None,
    )


def register(
    groups: dict[str, Any],
    *,
    preview: bool,
    see: Callable[[AccessHandles], None] | None = None,
) -> Registered:
    """Run the component of a stack named prod."""
    settings = aws_settings(**groups)
    names = names_of(settings.aws, stack="prod")
    facts = sample_facts()
    plan = plan_access(settings, facts, names, plan_secrets(settings, names))

    def build() -> None:
        opts = provider_options()
        account = Account("account", plan_account(settings, facts, names), opts=opts)
        access = Access("access", plan, account=account.handles, endpoint=endpoint(), opts=opts)
        if see is not None:
            see(access.handles)

    return run_component(build, preview=preview)


def test_roles(preview: bool) -> None:
    """A role with one policy for GPU nodes, the store and snapshots; machines wear profiles."""
    made = register({}, preview=preview)
    assert {role.name for role in made.of(ROLE)} == {
        "access-gpu-role",
        "access-vector-store-role",
        "access-snapshots-role",
    }
    assert len(made.of(POLICY)) == 3
    assert {profile.name for profile in made.of(PROFILE)} == {
        "access-gpu-profile",
        "access-vector-store-profile",
    }
    assert not made.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")


def test_shared_store(preview: bool) -> None:
    """Without a machine of its own the store has no role; the GPU node's profile is its own."""
    seen: list[AccessHandles] = []
    made = register(SHARED, preview=preview, see=seen.append)
    assert [profile.name for profile in made.of(PROFILE)] == ["access-gpu-profile"]
    assert len(seen[0].ready) == len(made.of(POLICY)) == 2


def test_policies_name_the_key() -> None:
    """Once the key is there its ARN stands in the policies; before, the policy is unknown."""
    before = register(OWN_KEY, preview=True)
    assert before.named("access-gpu-policy").inputs["policy"] is UNKNOWN
    made = register(OWN_KEY, preview=False)
    policy = made.named("access-gpu-policy")
    document = json.loads(policy.inputs["policy"])
    rules = {rule["Sid"]: rule for rule in document["Statement"]}
    key = made.one("aws:kms/key:Key")
    assert rules["DecryptOwnParameters"]["Resource"].startswith("arn:aws:kms:")
    assert rules["OwnRecords"]["Resource"] == "arn:aws:route53:::hostedzone/Z0"
    assert made.needs(policy, key)


def test_key_is_kept(preview: bool) -> None:
    """The stack's key is protected, kept when the stack goes, and rotates."""
    key = register(OWN_KEY, preview=preview).one("aws:kms/key:Key")
    assert key.protect
    assert key.retain
    assert key.inputs["enableKeyRotation"] is True
