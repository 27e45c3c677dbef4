"""The plan of the bootstrap. Knows no Pulumi and asks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.plans.bootstrap.account import PATH, Account, bucket_statements
from infra.plans.bootstrap.boundary import boundary_document
from infra.plans.bootstrap.documents import (
    AUDIENCE,
    deploy_documents,
    github_trust,
    preview_documents,
)
from infra.plans.bootstrap.fixed import ISSUER
from infra.plans.facts import AUTO_SCALING_ROLE, LOAD_BALANCING_ROLE, SPOT_ROLE
from infra.plans.iam import ANY, Arns, PolicyDocument, Statement
from infra.plans.naming import Names
from infra.settings.bootstrap import BootstrapSettings

DELETION_WINDOW_DAYS = 30
"""The longest that KMS offers: so long a deleted key can be brought back."""

ABORT_UPLOAD_DAYS = 7
"""Parts of an upload that broke off are paid for until they are removed."""

SESSION_SECONDS = 3600
"""How long a job of CI holds its role: the least that AWS offers, and longer than an `up` takes."""

LINKED_ROLES: Mapping[str, str] = {
    AUTO_SCALING_ROLE: "autoscaling.amazonaws.com",
    SPOT_ROLE: "spot.amazonaws.com",
    LOAD_BALANCING_ROLE: "elasticloadbalancing.amazonaws.com",
}
"""Service-linked roles by name, with the service that each belongs to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPlan:
    """The key of the state. `alias` is also how policies name it."""

    alias: str
    description: str
    deletion_window_days: int
    policy: PolicyDocument
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketPlan:
    """A private, versioned, protected bucket; `own_key` encrypts it with the state's key.

    Days: `old_days` until a replaced object ends, `abort_upload_days` for broken uploads.
    """

    role: str
    name: str
    own_key: bool
    old_days: int
    abort_upload_days: int
    policy: PolicyDocument
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CiRole:
    """A role that jobs of CI take on; `policies` are managed ones by their role name."""

    role: str
    name: str
    path: str
    description: str
    session_seconds: int
    trust: PolicyDocument
    policies: Mapping[str, PolicyDocument]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CiPlan:
    """GitHub as identity provider (None where the account has it already), and its two roles."""

    issuer_url: str | None
    audience: str
    roles: tuple[CiRole, ...]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedRole:
    """A service-linked role that the account lacks, or that the bootstrap made before."""

    role: str
    service: str
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class BootstrapPlan:
    """All of it; `ci` is None where no repository is named."""

    key: KeyPlan
    buckets: tuple[BucketPlan, ...]
    boundary_name: str
    boundary_path: str
    boundary: PolicyDocument
    ci: CiPlan | None
    linked_roles: tuple[LinkedRole, ...]
    tags: Mapping[str, str]


def plan_bootstrap(
    settings: BootstrapSettings, names: Names, *, foreign_roles: frozenset[str]
) -> BootstrapPlan:
    """The bootstrap of an account.

    Args:
        settings: of the bootstrap.
        names: of its stack.
        foreign_roles: service-linked roles that the account has from elsewhere; AWS refuses a
            second one.
    """
    account = account_of(names)
    return BootstrapPlan(
        key=_key(account, names),
        buckets=_buckets(settings, account, names),
        boundary_name=account.boundary_name,
        boundary_path=PATH,
        boundary=boundary_document(account),
        ci=_ci(settings, account, names) if settings.repository else None,
        linked_roles=tuple(
            LinkedRole(role=role, service=service, tags=_tags(names, role))
            for role, service in LINKED_ROLES.items()
            if role not in foreign_roles
        ),
        tags=_tags(names, "boundary"),
    )


def bootstrap_names(settings: BootstrapSettings) -> Names:
    """Names of the bootstrap's stack; the buckets are those that the stacks look for."""
    return Names(
        prefix=settings.name,
        stack="bootstrap",
        account_id=settings.account_id,
        region=settings.region,
        owner=settings.owner,
        extra_tags={},
    )


def account_of(names: Names) -> Account:
    """What the documents hold of the account."""
    return Account(
        arns=Arns(region=names.region, account_id=names.account_id),
        name=names.prefix,
        state_bucket=names.state_bucket,
        artifact_bucket=names.artifact_bucket,
        boundary_name=f"{names.prefix}-boundary",
    )


def _key(account: Account, names: Names) -> KeyPlan:
    policy = PolicyDocument(
        statements=(
            Statement(
                sid="AccountDecidesByItsOwnPolicies",
                actions=("kms:*",),
                resources=(ANY,),
                principals={"AWS": (account.arns.root,)},
            ),
        )
    )
    return KeyPlan(
        alias=f"alias/{account.state_bucket}",
        description=f"Pulumi state of all stacks named {names.prefix}",
        deletion_window_days=DELETION_WINDOW_DAYS,
        policy=policy,
        tags=_tags(names, "state-key"),
    )


def _buckets(settings: BootstrapSettings, account: Account, names: Names) -> tuple[BucketPlan, ...]:
    return (
        BucketPlan(
            role="state",
            name=account.state_bucket,
            own_key=True,
            old_days=settings.old_state_days,
            abort_upload_days=ABORT_UPLOAD_DAYS,
            policy=bucket_statements(account, (), account.state_bucket),
            tags=_tags(names, "state"),
        ),
        BucketPlan(
            # With S3's own key, so that nodes and other accounts need no right to ours.
            role="artifacts",
            name=account.artifact_bucket,
            own_key=False,
            old_days=settings.old_artifact_days,
            abort_upload_days=ABORT_UPLOAD_DAYS,
            policy=bucket_statements(account, settings.reader_account_ids, account.artifact_bucket),
            tags=_tags(names, "artifacts"),
        ),
    )


def _ci(settings: BootstrapSettings, account: Account, names: Names) -> CiPlan:
    repository = f"repo:{settings.repository}"
    preview = CiRole(
        role="preview",
        name=f"{names.prefix}-preview",
        path=PATH,
        description=f"Pull requests of {settings.repository} preview stacks; it changes nothing",
        session_seconds=SESSION_SECONDS,
        trust=github_trust(account, (f"{repository}:pull_request",)),
        policies=preview_documents(account),
        tags=_tags(names, "preview"),
    )
    subjects = tuple(f"{repository}:environment:{each}" for each in settings.environments)
    deploy = CiRole(
        role="deploy",
        name=f"{names.prefix}-deploy",
        path=PATH,
        description=f"Jobs of {settings.repository} in its environments deploy stacks",
        session_seconds=SESSION_SECONDS,
        trust=github_trust(account, subjects),
        policies=deploy_documents(account, require_boundary=settings.require_boundary),
        tags=_tags(names, "deploy"),
    )
    return CiPlan(
        issuer_url=f"https://{ISSUER}" if settings.create_oidc_provider else None,
        audience=AUDIENCE,
        roles=(preview, deploy),
        tags=_tags(names, "github"),
    )


def _tags(names: Names, role: str) -> dict[str, str]:
    return {"Name": names.label(role), "Component": "bootstrap"}
