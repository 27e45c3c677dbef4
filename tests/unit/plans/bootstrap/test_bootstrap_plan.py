"""The bootstrap's plan: documents as goldens, the table of needs against the program's types."""

from __future__ import annotations

import ast
import fnmatch
import json
from pathlib import Path
from typing import Any

import pytest

from infra.errors import InternalError
from infra.plans.bootstrap import BootstrapPlan, plan_bootstrap
from infra.plans.bootstrap.documents import ACTIONS
from infra.plans.bootstrap.look_ups import unnarrowed
from infra.plans.bootstrap.plan import LINKED_ROLES, bootstrap_names
from infra.plans.facts import SPOT_ROLE, sample_facts
from infra.plans.iam import Deferred, Effect, PolicyDocument
from infra.plans.stack import plan_stack
from infra.settings import Target
from infra.settings.bootstrap import BootstrapSettings
from infra.settings.load import known_stacks, load_from_file, parse_settings

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).resolve().parents[4]
MANAGED_POLICY_MAX = 6144
"""Characters of a managed policy without white space: IAM's quota, as that of ten per role."""
POLICIES_PER_ROLE_MAX = 10

CREATED_OUTSIDE = {"aws:iam/serviceLinkedRole:ServiceLinkedRole"}
"""Types of the program that the bootstrap makes, not the deploy role."""


def planned(foreign: frozenset[str] = frozenset(), **changes: Any) -> BootstrapPlan:
    """The plan of an account with a repository."""
    given = {"account_id": "123456789012", "repository": "example/school", **changes}
    settings = BootstrapSettings.model_validate(given)
    return plan_bootstrap(settings, bootstrap_names(settings), foreign_roles=foreign)


def documents(plan: BootstrapPlan) -> dict[str, PolicyDocument]:
    """Every document of a plan by the name of its golden."""
    assert plan.ci is not None
    found = {"boundary": plan.boundary, "state-key": plan.key.policy}
    found |= {f"bucket-{each.role}": each.policy for each in plan.buckets}
    for role in plan.ci.roles:
        found[f"{role.role}-trust"] = role.trust
        found |= {f"{role.role}-{name}": each for name, each in role.policies.items()}
    return found


PLAN = planned(reader_account_ids=("210987654321",), environments=("production", "staging"))
DOCUMENTS = documents(PLAN)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_its_golden(name: str) -> None:
    """Text that a reviewer reads: golden/<name>.json."""
    golden = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    assert DOCUMENTS[name].json() + "\n" == golden


def test_no_golden_is_left_over() -> None:
    """Each file belongs to a document."""
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(DOCUMENTS)


def test_every_statement_says_why() -> None:
    """Each has a Sid, unique in its document, of the letters that IAM takes."""
    for document in DOCUMENTS.values():
        sids = [statement.sid for statement in document.statements]
        assert len(set(sids)) == len(sids)
        assert all(sid.isalnum() for sid in sids)


def test_policies_fit_into_iam() -> None:
    """Below the size of a managed policy, and no more than a role may have."""
    assert PLAN.ci is not None
    for role in PLAN.ci.roles:
        assert len(role.policies) <= POLICIES_PER_ROLE_MAX
        for document in role.policies.values():
            compact = json.dumps(json.loads(document.json()), separators=(",", ":"))
            assert len(compact) <= MANAGED_POLICY_MAX


class TestTrust:
    """Who may take on a role."""

    def test_preview_is_for_pull_requests_only(self) -> None:
        """The subject is the repository and the kind of event, by equality."""
        (statement,) = DOCUMENTS["preview-trust"].statements
        assert statement.conditions["StringEquals"] == {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": ("repo:example/school:pull_request",),
        }

    def test_deploy_is_for_named_environments_only(self) -> None:
        """No branch and no other event gets it."""
        (statement,) = DOCUMENTS["deploy-trust"].statements
        assert statement.conditions["StringEquals"]["token.actions.githubusercontent.com:sub"] == (
            "repo:example/school:environment:production",
            "repo:example/school:environment:staging",
        )

    def test_without_a_repository_there_are_no_roles(self) -> None:
        """Nobody is trusted by accident."""
        assert planned(repository="").ci is None

    def test_an_existing_provider_is_not_made_again(self) -> None:
        """An account has one at the most."""
        plan = planned(create_oidc_provider=False)
        assert plan.ci is not None
        assert plan.ci.issuer_url is None


class TestPermissions:
    """What roles may do."""

    def test_preview_changes_nothing_and_reads_no_secret(self) -> None:
        """Every action reads; the values of parameters are out of reach."""
        actions = {
            action
            for statement in DOCUMENTS["preview-read"].statements
            for action in statement.actions
        }
        verbs = ("Describe", "Get", "List", "View", "Decrypt")
        assert all(action.split(":")[1].startswith(verbs) for action in actions)
        assert not {"ssm:GetParameter", "ssm:GetParameters"} & actions

    def test_the_table_knows_every_type_of_every_stack(self, project_root: Path) -> None:
        """Types that the components make, found in their text, each with a row."""
        made = {
            f"{module}.{name}"
            for module, name in _constructed(project_root / "infra" / "components" / "aws")
        }
        rows = {
            f"{token.split(':')[1].split('/')[0]}.{token.rpartition(':')[2]}" for token in ACTIONS
        }
        assert made == rows

    def test_each_row_says_something(self) -> None:
        """A type without any action would be a type that nobody thought about."""
        assert all(needs.arns for needs in ACTIONS.values())
        assert all(needs.creates or needs.changes for needs in ACTIONS.values())

    def test_roles_are_passed_by_name_and_to_named_services(self) -> None:
        """Never any role, never to any service."""
        (statement,) = (
            each
            for each in DOCUMENTS["deploy-identity"].statements
            if "iam:PassRole" in each.actions
        )
        assert statement.resources == ("arn:aws:iam::123456789012:role/retrieval-*",)
        assert "iam:PassedToService" in statement.conditions["StringEquals"]

    @pytest.mark.parametrize("require", [True, False])
    def test_the_boundary_is_a_condition_of_making_roles(self, require: bool) -> None:
        """With the setting off the deploy role can make roles without it."""
        document = documents(planned(require_boundary=require))["deploy-identity"]
        (statement,) = (each for each in document.statements if "iam:CreateRole" in each.actions)
        assert bool(statement.conditions) is require

    def test_a_wide_statement_takes_descriptions_only(self) -> None:
        """A mistake in the table is a bug that shows at once."""
        with pytest.raises(InternalError, match="ec2:DeleteVpc"):
            unnarrowed("Wrong", ("ec2:DeleteVpc",))
        with pytest.raises(InternalError, match="ssm:GetParameter"):
            unnarrowed("Wrong", ("ssm:GetParameter",))


class TestBoundary:
    """The boundary takes nothing from a stack that it needs."""

    @pytest.mark.parametrize("own_key", [True, False])
    @pytest.mark.parametrize(
        "stack",
        [name for name in known_stacks(ROOT) if load_from_file(ROOT, name).target is Target.AWS],
    )
    def test_roles_of_the_shipped_stacks_fit_into_it(self, stack: str, own_key: bool) -> None:
        """Each action that a role is allowed on a resource is allowed by the boundary there."""
        raw = load_from_file(ROOT, stack).model_dump(mode="json")
        raw["aws"] |= {"customer_key": own_key, "account_id": sample_facts().account_id}
        settings = parse_settings(raw, source=stack)
        access = plan_stack(settings, sample_facts(), stack=stack).access
        account_id = settings.aws.account_id
        boundary = planned(account_id=account_id).boundary
        for role in access.roles:
            for statement in role.policy.statements:
                for action in statement.actions:
                    for resource in statement.resources:
                        assert _allows(boundary, action, _known(resource)), (action, resource)

    def test_it_denies_the_state_and_writes_to_artifacts(self) -> None:
        """Although both buckets are named like those of stacks."""
        denied = {
            action
            for statement in PLAN.boundary.statements
            if statement.effect is Effect.DENY
            for action in statement.actions
        }
        assert denied == {"s3:*", "s3:PutObject", "s3:DeleteObject"}


class TestLinkedRoles:
    """Service-linked roles are made once per account."""

    def test_a_new_account_gets_all_three(self) -> None:
        """For Auto Scaling, spot and load balancing."""
        assert {each.role for each in PLAN.linked_roles} == set(LINKED_ROLES)

    def test_what_is_there_from_elsewhere_is_left_alone(self) -> None:
        """AWS refuses a second one."""
        plan = planned(frozenset({SPOT_ROLE}))
        assert SPOT_ROLE not in {each.role for each in plan.linked_roles}
        assert len(plan.linked_roles) == 2


def test_buckets_have_the_names_that_stacks_look_for() -> None:
    """State with the bootstrap's key, artifacts with S3's, so that nodes need no right to a key."""
    state, artifacts = PLAN.buckets
    assert (state.name, state.own_key) == ("retrieval-state-123456789012-us-east-1", True)
    assert (artifacts.name, artifacts.own_key) == (
        "retrieval-artifacts-123456789012-us-east-1",
        False,
    )


def _constructed(folder: Path) -> set[tuple[str, str]]:
    """Module and class of every resource that the components name, but the bootstrap's."""
    found: set[tuple[str, str]] = set()
    for path in folder.glob("*.py"):
        if path.name.startswith("bootstrap"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "pulumi_aws"
            for alias in node.names
        }
        # `ssm.ParameterType.SECURE_STRING`: what has members is a choice, no resource.
        choices = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        found |= {
            (node.value.id, node.attr)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in modules
            and node.attr[0].isupper()
            and not node.attr.endswith("Args")
            and id(node) not in choices
        }
    return found


def _known(resource: Any) -> str:
    """A deferred ARN as it will look."""
    if resource is Deferred.KEY:
        return "arn:aws:kms:us-east-1:000000000000:key/1"
    if resource is Deferred.ZONE:
        return "arn:aws:route53:::hostedzone/Z1"
    return str(resource)


def _allows(boundary: PolicyDocument, action: str, resource: str) -> bool:
    """Whether some statement of the boundary covers an action on a resource or pattern."""
    return any(
        statement.effect is Effect.ALLOW
        and action in statement.actions
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in statement.resources)
        for statement in boundary.statements
    )
