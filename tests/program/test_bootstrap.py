"""The bootstrap under the strict monitor: what is protected, kept and made only where it lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.components.aws.bootstrap import Bootstrap
from infra.plans.bootstrap import plan_bootstrap
from infra.plans.bootstrap.plan import LINKED_ROLES, bootstrap_names
from infra.plans.facts import SPOT_ROLE
from infra.settings.bootstrap import BootstrapSettings
from tests.program.harness import Registered, provider_options, run_component

BUCKET = "aws:s3/bucket:Bucket"
KEY = "aws:kms/key:Key"
ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
LINKED = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)


def register(*, preview: bool, foreign: frozenset[str] = frozenset(), **changes: Any) -> Registered:
    """Run the component of an account with a repository."""
    given = {"account_id": "123456789012", "repository": "example/school", **changes}
    settings = BootstrapSettings.model_validate(given)
    plan = plan_bootstrap(settings, bootstrap_names(settings), foreign_roles=foreign)
    return run_component(
        lambda: Bootstrap("bootstrap", plan, opts=provider_options()), preview=preview
    )


def test_buckets_and_key_are_protected_and_kept(preview: bool) -> None:
    """Losing the state's bucket or key would lose every stack of the account."""
    made = register(preview=preview)
    for resource in (*made.of(BUCKET), made.one(KEY)):
        assert resource.protect
        assert resource.retain
    about = [each for each in made.resources if each.type.startswith("aws:s3/")]
    assert len(about) == 14
    assert all(each.retain for each in about)


def test_state_is_encrypted_with_its_own_key(preview: bool) -> None:
    """The artifacts are not, so that nodes need no right to a key."""
    made = register(preview=preview)
    key = made.one(KEY)
    state = made.named("bootstrap-state-encryption")
    artifacts = made.named("bootstrap-artifacts-encryption")
    assert key.urn in state.property_dependencies["rules"]
    (rule,) = artifacts.inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_policies_are_attached_to_their_role(preview: bool) -> None:
    """Every policy but the boundary belongs to a role for CI, and every role has its own."""
    made = register(preview=preview)
    attached = made.of(ATTACHED)
    assert len(attached) == len(made.of(POLICY)) - 1
    for each in attached:
        assert each.name.startswith(("bootstrap-preview-", "bootstrap-deploy-"))
    trust = json.loads(made.named("bootstrap-deploy-role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert {role.inputs["path"] for role in made.of(ROLE)} == {"/bootstrap/"}


@pytest.mark.parametrize(
    ("changes", "count"), [({}, 1), ({"create_oidc_provider": False}, 0), ({"repository": ""}, 0)]
)
def test_identity_provider_is_made_where_it_is_wanted(
    preview: bool, changes: dict[str, Any], count: int
) -> None:
    """Not for an account that has it, nor for one without a repository."""
    assert len(register(preview=preview, **changes).of(PROVIDER)) == count


def test_linked_roles_of_others_are_left_alone(preview: bool) -> None:
    """Those that are made are kept, since others in the account may come to need them."""
    made = register(preview=preview, foreign=frozenset({SPOT_ROLE}))
    roles = made.of(LINKED)
    assert len(roles) == len(LINKED_ROLES) - 1
    assert "spot.amazonaws.com" not in {each.inputs["awsServiceName"] for each in roles}
    assert all(each.retain for each in roles)
