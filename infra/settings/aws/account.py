"""Which account and region, and how the stack's resources are named, tagged and encrypted."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from infra.settings.base import Settings

PLACEHOLDER_ACCOUNT_ID = "000000000000"
"""Means: not set yet. Preview works with it, `up` refuses it."""

RESERVED_TAGS = ("Name", "Project", "Stack", "ManagedBy", "Owner", "Component", "Role")
"""Tag keys that the program writes itself (infra/plans/naming.py)."""

RESERVED_NAMES = ("amzn", "aws", "internal", "ssm", "sthree", "xn-")
"""What names of parameters, log groups, load balancers or buckets must not begin with."""

_MAX_TAGS = 30  # AWS allows 50 on a resource; the rest is for our own and for the account's


class AwsSettings(Settings):
    """The account, and what every resource in it carries."""

    region: str = Field(
        default="us-east-1",
        pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$",
        description="AWS region. Prices ship for us-east-1 only; elsewhere the plan's lines are "
        "unpriced and the ceiling cannot be held.",
    )
    account_id: str = Field(
        default=PLACEHOLDER_ACCOUNT_ID,
        pattern=r"^[0-9]{12}$",
        description="The one account that the provider accepts, so that credentials of another "
        "account cannot build there. Twelve zeros mean not set: preview warns, `up` refuses.",
    )
    name: str = Field(
        default="retrieval",
        pattern=r"^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$",
        description="First word of every resource name, before the stack's. Stacks of one account "
        "may share it. A change replaces what is named by it: downtime, and a new backup bucket.",
    )
    owner: str = Field(
        default="",
        max_length=256,
        pattern=r"^[\w .:/=+@-]*$",
        description="Who answers for the stack, as the tag Owner; empty writes no such tag.",
    )
    tags: dict[str, str] = Field(
        default_factory=dict,
        description="Further tags on every resource, for instance of a cost centre.",
    )
    customer_key: bool = Field(
        default=False,
        description="Encrypt volumes, parameters and backups with a key of this stack, $1 a month, "
        "which can be revoked; otherwise with AWS's own keys, free. A change re-encrypts nothing "
        "that exists: volumes are replaced.",
    )

    @field_validator("account_id", mode="before")
    @classmethod
    def _account_id_is_text(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            raise ValueError(  # noqa: TRY004 (pydantic reports only ValueError)
                f"{value} was read as a number, which loses leading zeros: put it into quotes"
            )
        return value

    @model_validator(mode="after")
    def _names_and_tags_are_ours(self) -> Self:
        problems: list[str] = []
        if self.name.startswith(RESERVED_NAMES):
            problems.append(
                f"name {self.name} begins with a word that AWS keeps for itself "
                f"({', '.join(RESERVED_NAMES)}); take another"
            )
        if len(self.tags) > _MAX_TAGS:
            problems.append(f"tags has {len(self.tags)} entries; set {_MAX_TAGS} or fewer")
        for key, value in self.tags.items():
            if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
                problems.append(
                    f"tag key {key!r} is empty, longer than 128 or begins with `aws:`, which AWS "
                    "keeps for itself; rename it"
                )
            if key in RESERVED_TAGS:
                problems.append(
                    f"tag {key} is written by the program (with {', '.join(RESERVED_TAGS)}); "
                    "leave it out or rename it"
                )
            if len(value) > 256:
                problems.append(f"the value of tag {key} is longer than 256 characters; shorten it")
        if problems:
            raise ValueError("; ".join(problems))
        return self
