"""Who may do what: roles, policies, and policies on keys, buckets and topics."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.plans.bootstrap.needs import ACCOUNT_LOOK_UPS, CREATES_WITHOUT_ARN
from infra.plans.iam import NO_RESOURCE_LEVEL
from infra.policy.rule import ResourceRule, StackRule
from infra.policy.rules.documents import ReadStatement, statements
from infra.policy.rules.types import (
    BUCKET_POLICY,
    KEY,
    POLICY,
    POLICY_ATTACHMENT,
    ROLE,
    ROLE_POLICY,
    TOPIC_POLICY,
)
from infra.policy.view import UNKNOWN, Finding, Problem, Resource, Stack, Undecided, entries

LONG_LIVED = frozenset(
    {
        "aws:iam/user:User",
        "aws:iam/accessKey:AccessKey",
        "aws:iam/userLoginProfile:UserLoginProfile",
        "aws:iam/userPolicy:UserPolicy",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    }
)

_READS = re.compile(r"[a-z0-9-]+:(Describe|List)[A-Za-z]*\*?")
"""Descriptions and lists show no data and change nothing."""

_UNNARROWED = frozenset({*NO_RESOURCE_LEVEL, *CREATES_WITHOUT_ARN, *ACCOUNT_LOOK_UPS})
"""Actions that AWS narrows by no resource, each listed with its reason where it is defined."""

_WIDE_MANAGED = re.compile(r":aws:policy/(.*/)?(AdministratorAccess|PowerUserAccess|.*FullAccess)$")
_SERVICE_WIDE = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[^:]*:[^:]*:\*")
_NARROWING = {
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceorgid",
}


def _no_wildcards(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource, "policy", "inlinePolicies"):
        if not isinstance(statement, ReadStatement):
            yield statement
        elif statement.allow:
            yield from (Problem(f"statement {statement.sid} {text}") for text in _wide(statement))


def _wide(statement: ReadStatement) -> Iterator[str]:
    if statement.inverted:
        yield f"allows by {' and '.join(statement.inverted)}: all but what it names"
    for action in statement.actions:
        reads = _READS.fullmatch(action) is not None
        if "*" in action and not reads:
            yield f"allows {action}"
        elif not reads and action not in _UNNARROWED:
            wide = [each for each in statement.resources if _is_wide(each)]
            if wide:
                yield f"allows {action} on {wide[0]}"


def _is_wide(resource: str) -> bool:
    return set(resource) <= {"*", ":"} or _SERVICE_WIDE.fullmatch(resource) is not None


def _scoped_pass_role(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource, "policy", "inlinePolicies"):
        if not isinstance(statement, ReadStatement):
            yield statement
        elif statement.allow and "iam:PassRole" in statement.actions:
            if any(
                each.endswith((":role/*", "*:*")) or each == "*" for each in statement.resources
            ):
                yield Problem(f"statement {statement.sid} passes any role")
            if "iam:passedtoservice" not in statement.condition_keys():
                yield Problem(f"statement {statement.sid} passes a role to any service")


def _no_wide_managed(stack: Stack) -> Iterator[Finding]:
    own = {policy.urn for policy in stack.of(POLICY)}
    for resource in stack.of(ROLE, POLICY_ATTACHMENT):
        path = "policyArn" if resource.type == POLICY_ATTACHMENT else "managedPolicyArns"
        for where, arn in entries(resource.props, path):
            if arn is UNKNOWN:
                # What another policy of the stack will be called is none of AWS's own.
                if not resource.uses.get(path, frozenset()) & own:
                    yield Undecided(where)
            elif _WIDE_MANAGED.search(str(arn)):
                yield Problem(f"{arn} allows far more than any role here needs", resource.urn)


def _closed_trust(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource, "assumeRolePolicy"):
        if not isinstance(statement, ReadStatement):
            yield statement
        elif statement.allow:
            yield from (Problem(f"statement {statement.sid} {text}") for text in _loose(statement))


def _loose(statement: ReadStatement) -> Iterator[str]:
    if any("*" in name for names in statement.principals.values() for name in names):
        yield "lets anyone take on the role"
    if "Federated" not in statement.principals:
        return
    for wanted in ("sub", "aud"):
        values = [
            str(value)
            for keys in statement.conditions.values()
            for key, value in keys.items()
            if key.endswith(f":{wanted}")
        ]
        if not values:
            yield f"trusts tokens whatever their {wanted} says"
    loose = [
        (operator, value)
        for operator, keys in statement.conditions.items()
        for key, value in keys.items()
        if key.endswith(":sub")
        for value in (value if isinstance(value, list) else [value])
        if "*" in str(value) or not operator.startswith("StringEquals")
    ]
    for operator, value in loose:
        yield f"trusts every subject that is {operator} {value}"


def _closed_to_strangers(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource, "policy"):
        if not isinstance(statement, ReadStatement):
            yield statement
        elif statement.allow and _anyone(statement):
            yield Problem(f"statement {statement.sid} is open to every account")


def _anyone(statement: ReadStatement) -> bool:
    anyone = any("*" in names for names in statement.principals.values())
    inverted = "NotPrincipal" in statement.inverted
    return (anyone or inverted) and not statement.condition_keys() & _NARROWING


def _no_long_lived(resource: Resource) -> Iterator[Finding]:
    yield Problem(f"{resource.name} is a credential that does not expire")


_IDENTITY = frozenset({ROLE, ROLE_POLICY, POLICY})

IDENTITY_RULES = (
    ResourceRule(
        name="no-iam-wildcards",
        description="A role changes named things only",
        remedy="name actions and ARNs (infra/plans/iam.py lists what AWS cannot narrow)",
        scanners=("CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_287", "CKV_AWS_355", "AWS-0057"),
        types=_IDENTITY,
        check=_no_wildcards,
    ),
    ResourceRule(
        name="pass-role-scoped",
        description="A role that passes roles names them and the service",
        remedy="name a role path and a condition on iam:PassedToService",
        scanners=("iam_inline_policy_allows_privilege_escalation",),
        types=_IDENTITY,
        check=_scoped_pass_role,
    ),
    StackRule(
        name="no-wide-managed-policy",
        description="No role has AWS's wide policies",
        remedy="write a policy that names what is needed",
        scanners=("iam_role_administratoraccess_policy",),
        check=_no_wide_managed,
    ),
    ResourceRule(
        name="role-trust-closed",
        description="A role says exactly who may take it on",
        remedy="name a service, an account or, for tokens, `sub` and `aud` by StringEquals",
        scanners=("CKV_AWS_60", "CKV_AWS_358"),
        types=frozenset({ROLE}),
        check=_closed_trust,
    ),
    ResourceRule(
        name="closed-to-strangers",
        description="Keys, buckets and topics are closed to other accounts",
        remedy="name the principal, or add a condition on account or organisation",
        scanners=("CKV_AWS_33", "CKV_AWS_70", "CKV_AWS_169"),
        types=frozenset({KEY, BUCKET_POLICY, TOPIC_POLICY}),
        check=_closed_to_strangers,
    ),
    ResourceRule(
        name="no-long-lived-credentials",
        description="There are no users and no access keys",
        remedy="use a role",
        scanners=("CKV_AWS_273",),
        types=LONG_LIVED,
        check=_no_long_lived,
    ),
)
