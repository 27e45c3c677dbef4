"""Policy documents of IAM and of resources as typed records; their JSON is golden-tested text.

A statement that would open a whole service is refused here: a resource of `*` is allowed only for
the actions for which AWS knows no narrower resource, each listed with its reason. What AWS makes up
(a key's or a zone's id) stays a `Deferred` name until the component knows its ARN. Knows no Pulumi.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from infra.errors import InternalError

ANY = "*"
EC2_SERVICE, SNAPSHOT_SERVICE = "ec2.amazonaws.com", "dlm.amazonaws.com"

NO_RESOURCE_LEVEL: Mapping[str, str] = {
    "cloudwatch:PutMetricData": "a metric is no resource; the condition keeps to our namespace",
    "ssm:UpdateInstanceInformation": "the agent's heartbeat, as in AWS's own policy for sessions",
    "ssmmessages:CreateControlChannel": "a channel of a session is no resource",
    "ssmmessages:CreateDataChannel": "a channel of a session is no resource",
    "ssmmessages:OpenControlChannel": "a channel of a session is no resource",
    "ssmmessages:OpenDataChannel": "a channel of a session is no resource",
    "autoscaling:DescribeAutoScalingInstances": "reads only; descriptions know no resource",
    "ec2:DescribeInstances": "reads only; descriptions know no resource",
    "ec2:DescribeSnapshots": "reads only; descriptions know no resource",
    "ec2:DescribeVolumes": "reads only; descriptions know no resource",
}
"""Actions that take no resource but `*` (Service Authorization Reference), and why each is used."""


EVERYBODY: Mapping[str, tuple[str, ...]] = {ANY: (ANY,)}
"""Principals of a denial that nobody escapes; never of a permission."""


class Effect(StrEnum):
    """What a statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


class Deferred(StrEnum):
    """An ARN that exists only once AWS has made the resource."""

    KEY = "key"
    ZONE = "zone"


Conditions = Mapping[str, Mapping[str, str | tuple[str, ...]]]
"""Operator to condition key to the values that satisfy it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One rule. `principals` (type to names) belong to a policy on a resource, such as a key."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    effect: Effect = Effect.ALLOW
    principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    conditions: Conditions = field(default_factory=dict[str, Mapping[str, str | tuple[str, ...]]])

    def __post_init__(self) -> None:
        if self.effect is Effect.DENY:
            return
        if ANY in self.principals:
            raise InternalError(
                f"statement {self.sid} allows something to everybody",
                why="everybody is everybody in the world",
                remedy="name the principals, or deny",
            )
        if self.principals:
            return
        wide = [action for action in self.actions if "*" in action]
        wide += [
            action
            for action in self.actions
            if ANY in self.resources and action not in NO_RESOURCE_LEVEL
        ]
        if wide or not self.actions or not self.resources:
            raise InternalError(
                f"statement {self.sid} allows {', '.join(wide) or 'nothing'} too widely",
                why="a role may do named things to named resources only",
                remedy="name the actions and their ARNs, or list why AWS has none",
            )

    def as_json(self, arns: Mapping[Deferred, str]) -> dict[str, Any]:
        """The statement in IAM's form.

        Args:
            arns: of everything deferred that it names.
        """
        document: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect.value}
        if self.principals:
            named = {kind: _one(names) for kind, names in self.principals.items()}
            document["Principal"] = named if self.principals != EVERYBODY else ANY
        document["Action"] = _one(self.actions)
        if self.resources:  # a trust policy has none
            document["Resource"] = _one(tuple(_resolved(each, arns) for each in self.resources))
        if self.conditions:
            document["Condition"] = {
                operator: {
                    key: _one(values) if isinstance(values, tuple) else values
                    for key, values in keys.items()
                }
                for operator, keys in self.conditions.items()
            }
        return document


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyDocument:
    """A policy: its statements in the order in which people read them."""

    statements: tuple[Statement, ...]

    @property
    def deferred(self) -> tuple[Deferred, ...]:
        """What must be known before `json` can be called, each once."""
        return tuple(
            name
            for name in Deferred
            if any(name in statement.resources for statement in self.statements)
        )

    def json(self, arns: Mapping[Deferred, str] | None = None) -> str:
        """The document as AWS takes it; the same text for the same policy.

        Args:
            arns: of everything in `deferred`.

        Raises:
            InternalError: one of them is missing.
        """
        statements = [statement.as_json(arns or {}) for statement in self.statements]
        return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arns:
    """ARNs that follow from names alone, in one account and region."""

    region: str
    account_id: str

    @property
    def partition(self) -> str:
        """`aws`, or that of China or of GovCloud."""
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        found = (name for prefix, name in prefixes.items() if self.region.startswith(prefix))
        return next(found, "aws")

    def of(self, service: str, resource: str) -> str:
        """Of something in the account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def parameter(self, path: str) -> str:
        """Of an SSM parameter by its path, which begins with a slash."""
        return self.of("ssm", f"parameter{path}")

    def log_group(self, name: str) -> str:
        """Of a log group and the streams in it."""
        return self.of("logs", f"log-group:{name}:*")

    def bucket(self, name: str) -> str:
        """Of a bucket."""
        return f"arn:{self.partition}:s3:::{name}"

    def role(self, path_and_name: str) -> str:
        """Of a role."""
        return f"arn:{self.partition}:iam::{self.account_id}:role/{path_and_name}"

    @property
    def root(self) -> str:
        """The account itself: whoever its own IAM policies allow."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"


def trust(service: str, account_id: str) -> PolicyDocument:
    """Who may take on a role: one service of AWS.

    Args:
        service: such as `dlm.amazonaws.com`. All but EC2 say for which account they act, which
            keeps other accounts from using the role through the service.
        account_id: that account.
    """
    own = {"StringEquals": {"aws:SourceAccount": account_id}}
    return PolicyDocument(
        statements=(
            Statement(
                sid="Trust",
                actions=("sts:AssumeRole",),
                resources=(),
                principals={"Service": (service,)},
                conditions={} if service == EC2_SERVICE else own,
            ),
        )
    )


def statements_of(*groups: Iterator[Statement]) -> PolicyDocument:
    """One document of several groups of statements."""
    return PolicyDocument(statements=tuple(statement for group in groups for statement in group))


def _one(values: tuple[str, ...]) -> str | list[str]:
    """IAM's short form of a single value, which is also how it gives a policy back."""
    return values[0] if len(values) == 1 else list(values)


def _resolved(resource: str, arns: Mapping[Deferred, str]) -> str:
    if not isinstance(resource, Deferred):
        return resource
    if resource not in arns:
        raise InternalError(
            f"the ARN of the {resource.value} is not known",
            why="a policy that names it was rendered too early",
            remedy="pass it to `json`",
        )
    return arns[resource]
