"""The stack's own KMS key: who may use it, and that it outlives the stack.

The key encrypts the data volume, which is kept when the stack is destroyed; without the key it
would be unreadable for ever. So the key is protected and kept too, for $1 a month.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.errors import PlanError
from infra.plans.facts import AUTO_SCALING_ROLE, SPOT_ROLE, AccountFacts
from infra.plans.iam import ANY, Arns, PolicyDocument, Statement, statements_of
from infra.plans.naming import Component, Names
from infra.settings import StackSettings
from infra.settings.aws.standby import StandbyMode

DELETION_WINDOW_DAYS = 30
"""The longest that KMS offers: so long a deleted key can be brought back."""

_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPlan:
    """The key. It rotates its material by itself each year; `alias` is how people find it."""

    alias: str
    description: str
    deletion_window_days: int
    policy: PolicyDocument
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountPlan:
    """`key` is None where AWS's own keys encrypt."""

    key: KeyPlan | None


def plan_account(settings: StackSettings, facts: AccountFacts, names: Names) -> AccountPlan:
    """The key of a stack, if it has one.

    Raises:
        PlanError: the account lacks a service-linked role that the key's policy must name.
    """
    if not settings.aws.customer_key:
        return AccountPlan(key=None)
    roles = _launching_roles(settings)
    missing = [role for role in roles if role not in facts.service_linked_roles]
    if missing and not facts.are_samples:
        raise PlanError(
            f"the account has no role {' and no role '.join(missing)}",
            why="the key's policy must let it launch nodes with encrypted volumes, and KMS refuses "
            "a policy that names a role which does not exist",
            remedy="apply the bootstrap program, which makes it, or set aws.customer_key to false",
        )
    arns = Arns(region=names.region, account_id=names.account_id)
    return AccountPlan(
        key=KeyPlan(
            alias=f"alias/{names.stem}",
            description=f"Volumes, parameters, logs and backups of {names.stem}",
            deletion_window_days=DELETION_WINDOW_DAYS,
            policy=statements_of(
                _account_rules(arns),
                _launches(arns, roles),
                _logs(arns, names),
                _notices(arns),
            ),
            tags=names.tags(Component.ACCOUNT, "key"),
        )
    )


def _launching_roles(settings: StackSettings) -> tuple[str, ...]:
    """Roles by which AWS itself launches nodes with encrypted volumes."""
    if settings.standby.mode is StandbyMode.OFF:
        return (AUTO_SCALING_ROLE,)
    return (AUTO_SCALING_ROLE, SPOT_ROLE)


def _account_rules(arns: Arns) -> Iterator[Statement]:
    """Without this the key could be locked for ever; IAM policies of the account then decide."""
    yield Statement(
        sid="AccountDecidesByItsOwnPolicies",
        actions=("kms:*",),
        resources=(ANY,),
        principals={"AWS": (arns.root,)},
    )


def _launches(arns: Arns, roles: tuple[str, ...]) -> Iterator[Statement]:
    services = {
        AUTO_SCALING_ROLE: "autoscaling.amazonaws.com",
        SPOT_ROLE: "spot.amazonaws.com",
    }
    principals = {
        "AWS": tuple(arns.role(f"aws-service-role/{services[role]}/{role}") for role in roles)
    }
    yield Statement(sid="NodesOfGroupsUseIt", actions=_USE, resources=(ANY,), principals=principals)
    yield Statement(
        sid="NodesOfGroupsAttachVolumes",
        actions=("kms:CreateGrant",),
        resources=(ANY,),
        principals=principals,
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def _logs(arns: Arns, names: Names) -> Iterator[Statement]:
    own_groups = arns.of("logs", f"log-group:{names.parameter_root}/*")
    yield Statement(
        sid="OwnLogGroups",
        actions=_USE,
        resources=(ANY,),
        principals={"Service": (f"logs.{names.region}.amazonaws.com",)},
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": own_groups}},
    )


def _notices(arns: Arns) -> Iterator[Statement]:
    """An alarm or budget that could not encrypt its notice would be silent."""
    yield Statement(
        sid="NoticesToTheEncryptedTopic",
        actions=("kms:Decrypt", "kms:GenerateDataKey*"),
        resources=(ANY,),
        principals={"Service": ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")},
        conditions={"StringEquals": {"aws:SourceAccount": arns.account_id}},
    )
