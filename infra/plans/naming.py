"""Names and tags of everything in the account, so that one account holds several stacks.

A resource's Pulumi name is its identity and never holds what people read; that goes into the tag
`Name`, which may change. Names that AWS itself wants are made here within its limits: a name that
would be too long is cut and gets eight hex digits of the whole, so that two never become one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from infra.errors import InternalError
from infra.settings.aws.account import AwsSettings

PROJECT_TAG = "retrieval-stack"

METRIC_NAMESPACE = "Retrieval"
"""CloudWatch namespace of the nodes' own metrics; dimensions are Stack and Role, never an id."""

BUCKET_MAX, ROLE_MAX, LOAD_BALANCER_MAX, BUDGET_MAX, GENERAL_MAX = 63, 64, 32, 100, 255
"""Longest names that S3, IAM roles, load balancers and target groups, budgets, the rest take."""

_PARAMETER_PART = re.compile(r"[a-zA-Z0-9_.-]+")


class Component(StrEnum):
    """The parts of a stack: names of the Pulumi components, and the groups of the cost."""

    ACCOUNT = "account"
    NETWORK = "network"
    SECRETS = "secrets"
    VECTOR_STORE = "vector-store"
    GPU = "gpu"
    STANDBY = "standby"
    ENDPOINT = "endpoint"
    BACKUP = "backup"
    WATCH = "watch"


class Role(StrEnum):
    """What a node does: value of the tag `Role` and of the metrics' dimension."""

    PRIMARY = "primary"
    STANDBY = "standby"
    VECTOR_STORE = "vector-store"


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Every name of one stack. `stem` is the prefix of all that must be unique in the account."""

    prefix: str
    stack: str
    account_id: str
    region: str
    owner: str
    extra_tags: Mapping[str, str]

    @property
    def stem(self) -> str:
        """`<aws.name>-<stack>`, lower case, letters, digits and hyphens only."""
        return f"{self.prefix}-{_slug(self.stack)}"

    def child(self, component: Component, role: str) -> str:
        """Pulumi name of a component's child: `gpu-group`. Unique within a stack by its role."""
        return f"{component.value}-{role}"

    def label(self, role: str) -> str:
        """Value of the tag `Name`, and of names that AWS wants and that may be long."""
        return _fit(f"{self.stem}-{role}", GENERAL_MAX)

    def iam(self, role: str) -> str:
        """Name of an IAM role, policy or instance profile."""
        return _fit(f"{self.stem}-{role}", ROLE_MAX)

    def load_balancer(self, role: str) -> str:
        """Name of a load balancer or target group."""
        return _fit(f"{self.stem}-{role}", LOAD_BALANCER_MAX)

    def budget(self, role: str) -> str:
        """Name of a budget."""
        return _fit(f"{self.stem}-{role}", BUDGET_MAX)

    def bucket(self, role: str) -> str:
        """Name of a bucket, unique in the world by account and region; the stack's own."""
        return _bucket(f"{self.stem}-{role}", self.account_id, self.region)

    @property
    def artifact_bucket(self) -> str:
        """The account's bucket of models, images and archives, which all its stacks read."""
        return _bucket(f"{self.prefix}-artifacts", self.account_id, self.region)

    @property
    def state_bucket(self) -> str:
        """The account's bucket of Pulumi state."""
        return _bucket(f"{self.prefix}-state", self.account_id, self.region)

    def parameter(self, *parts: str) -> str:
        """Path of an SSM parameter: `/<aws.name>/<stack>/<parts>`."""
        wrong = [part for part in parts if not _PARAMETER_PART.fullmatch(part)]
        if wrong or not parts or len(parts) > 10:
            raise InternalError(
                f"{'/'.join(parts)!r} is no parameter path",
                why="SSM takes up to 15 levels of letters, digits and `_.-`",
                remedy="correct the caller",
            )
        return f"{self.parameter_root}/{'/'.join(parts)}"

    @property
    def parameter_root(self) -> str:
        """What all parameters of the stack begin with; roles are scoped to it."""
        return f"/{self.prefix}/{_slug(self.stack)}"

    def log_group(self, role: str) -> str:
        """Name of a CloudWatch log group."""
        return f"{self.parameter_root}/{role}"

    def default_tags(self) -> dict[str, str]:
        """Tags that the provider puts on everything, and that a sweep finds leftovers by."""
        tags = {
            **self.extra_tags,
            "Project": PROJECT_TAG,
            "Stack": self.stem,
            "ManagedBy": "pulumi",
        }
        return {**tags, "Owner": self.owner} if self.owner else tags

    def tags(self, component: Component, role: str) -> dict[str, str]:
        """A resource's own tags beside the default ones."""
        return {"Name": self.label(role), "Component": component.value}

    def node_tags(self, component: Component, role: Role) -> dict[str, str]:
        """All tags of instances and volumes that a group launches, which get no default tags."""
        return {
            **self.default_tags(),
            **self.tags(component, role.value),
            "Role": role.value,
        }

    def metric_dimensions(self, role: Role) -> dict[str, str]:
        """Dimensions of a node's metrics: they outlive any instance."""
        return {"Stack": self.stem, "Role": role.value}


def names_of(aws: AwsSettings, *, stack: str) -> Names:
    """The names of a stack.

    Args:
        aws: its settings.
        stack: Pulumi's stack name.
    """
    return Names(
        prefix=aws.name,
        stack=stack,
        account_id=aws.account_id,
        region=aws.region,
        owner=aws.owner,
        extra_tags=dict(aws.tags),
    )


def host_name(service: str, zone_name: str) -> str:
    """Name of a service in the private zone: `gateway.retrieval.internal`."""
    return f"{service}.{zone_name}"


def _slug(text: str) -> str:
    """Lower-case letters, digits and hyphens; what had to change adds a digest of the whole."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return slug if slug == text else f"{slug or 'stack'}-{_digest(text)}"


def _fit(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[: limit - 9].rstrip('-')}-{_digest(text)}"


def _bucket(stem: str, account_id: str, region: str) -> str:
    tail = f"-{account_id}-{region}"
    return f"{_fit(stem, BUCKET_MAX - len(tail))}{tail}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
