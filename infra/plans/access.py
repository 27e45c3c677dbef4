"""Roles of the nodes and of the services that act for the stack. Names what each may do.

What a role may do is in `access_rules.py`; this module says which role gets which of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.plans.access_rules import (
    BACKUP_BUCKET,
    artifact_rules,
    backup_rules,
    data_volume_rules,
    group_rules,
    parameter_rules,
    record_rules,
    session_rules,
    snapshot_rules,
    watch_rules,
)
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.facts import AccountFacts
from infra.plans.iam import (
    EC2_SERVICE,
    SNAPSHOT_SERVICE,
    Arns,
    PolicyDocument,
    Statement,
    statements_of,
    trust,
)
from infra.plans.naming import Component, Names, Role
from infra.plans.secrets import SecretsPlan
from infra.settings import StackSettings
from infra.settings.aws.standby import StandbyMode
from infra.settings.aws.vector_store import Placement


@dataclass(frozen=True, kw_only=True, slots=True)
class RolePlan:
    """One IAM role with its only policy. `profile` is set where a machine wears it."""

    role: str
    name: str
    description: str
    trust: PolicyDocument
    policy: PolicyDocument
    profile: str | None
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessPlan:
    """All roles. The vector store's exists only where it has a machine of its own."""

    gpu: RolePlan
    vector_store: RolePlan | None
    snapshots: RolePlan

    @property
    def roles(self) -> tuple[RolePlan, ...]:
        """Those that exist."""
        return tuple(each for each in (self.gpu, self.vector_store, self.snapshots) if each)


def plan_access(
    settings: StackSettings, facts: AccountFacts, names: Names, secrets: SecretsPlan
) -> AccessPlan:
    """The roles of a stack.

    Args:
        settings: of the stack.
        facts: of its account.
        names: of the stack.
        secrets: which parameters exist, and who reads them.
    """
    make = _Maker(settings, facts, names, secrets)
    shared = settings.vector_store.placement is Placement.SHARED
    return AccessPlan(
        gpu=make.gpu(shared=shared),
        vector_store=None if shared else make.vector_store(),
        snapshots=make.snapshots(),
    )


class _Maker:
    """Puts a role together; holds what all of them need."""

    def __init__(
        self, settings: StackSettings, facts: AccountFacts, names: Names, secrets: SecretsPlan
    ) -> None:
        self._settings = settings
        self._names = names
        self._secrets = secrets
        self._arns = Arns(region=names.region, account_id=names.account_id)
        self._artifacts = facts.artifact_bucket or names.artifact_bucket
        self._own_key = settings.aws.customer_key

    def gpu(self, *, shared: bool) -> RolePlan:
        """Primary and standby are alike, so that a standby can do all that a primary can."""
        groups = [Role.PRIMARY]
        if self._settings.standby.mode is not StandbyMode.OFF:
            groups.append(Role.STANDBY)
        duties = (*groups, Role.VECTOR_STORE) if shared else tuple(groups)
        dns = endpoint_kind(self._settings) is EndpointKind.DNS
        endpoint = self._settings.endpoint
        policy = statements_of(
            session_rules(),
            self._parameters(*duties),
            artifact_rules(self._arns, self._artifacts),
            watch_rules(self._arns, self._names, *duties),
            group_rules(self._arns, self._names, *groups),
            *([record_rules(endpoint)] if dns else []),
            *([data_volume_rules(self._arns, self._names), self._backups()] if shared else []),
        )
        return self._machine("gpu", "GPU nodes, primary and standby", policy)

    def vector_store(self) -> RolePlan:
        """It touches no volume: its disk is attached by the program."""
        policy = statements_of(
            session_rules(),
            self._parameters(Role.VECTOR_STORE),
            artifact_rules(self._arns, self._artifacts),
            watch_rules(self._arns, self._names, Role.VECTOR_STORE),
            self._backups(),
        )
        return self._machine("vector-store", "The vector store's machine", policy)

    def snapshots(self) -> RolePlan:
        """The role of the Data Lifecycle Manager."""
        return RolePlan(
            role="snapshots",
            name=self._names.iam("snapshots"),
            description="EBS snapshots of the data volume",
            trust=trust(SNAPSHOT_SERVICE, self._names.account_id),
            policy=statements_of(snapshot_rules(self._arns, self._names)),
            profile=None,
            tags=self._names.tags(Component.BACKUP, "snapshots"),
        )

    def _machine(self, role: str, description: str, policy: PolicyDocument) -> RolePlan:
        component = Component.GPU if role == "gpu" else Component.VECTOR_STORE
        return RolePlan(
            role=role,
            name=self._names.iam(role),
            description=description,
            trust=trust(EC2_SERVICE, self._names.account_id),
            policy=policy,
            profile=self._names.iam(role),
            tags=self._names.tags(component, f"{role}-role"),
        )

    def _parameters(self, *roles: Role) -> Iterator[Statement]:
        return parameter_rules(self._arns, self._secrets.paths_for(*roles), own_key=self._own_key)

    def _backups(self) -> Iterator[Statement]:
        return backup_rules(self._arns, self._names.bucket(BACKUP_BUCKET), own_key=self._own_key)
