"""Settings of the bootstrap program, which is applied once per account before any stack."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from infra.settings.aws.account import PLACEHOLDER_ACCOUNT_ID
from infra.settings.base import Settings

Environment = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]


class BootstrapSettings(Settings):
    """What an account needs before its first stack."""

    region: str = Field(
        default="us-east-1",
        pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$",
        description="Region of the buckets and of the stacks that the deploy role may make. A "
        "change would need new buckets, and protected ones refuse.",
    )
    account_id: str = Field(
        default=PLACEHOLDER_ACCOUNT_ID,
        pattern=r"^[0-9]{12}$",
        description="The account, in quotes. Twelve zeros mean not set: only a preview works.",
    )
    name: str = Field(
        default="retrieval",
        pattern=r"^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$",
        description="First word of all names, the same as retrieval:aws.name of the stacks: the "
        "deploy role may touch only what is named so.",
    )
    owner: str = Field(
        default="",
        max_length=256,
        pattern=r"^[\w .:/=+@-]*$",
        description="Who answers for it, as the tag Owner; empty writes no such tag.",
    )
    repository: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100})?$",
        description="GitHub repository `owner/name` whose workflows may preview and deploy. Empty: "
        "no roles for CI are made.",
    )
    environments: Annotated[tuple[Environment, ...], Field(strict=False)] = Field(
        default=("production",),
        description="GitHub environments whose jobs may deploy. Give each an approval rule: who "
        "passes it holds the deploy role.",
    )
    create_oidc_provider: bool = Field(
        default=True,
        description="Make GitHub's identity provider. An account has one at the most: set it to "
        "false where another program made it already.",
    )
    require_boundary: bool = Field(
        default=True,
        description="The deploy role may make only roles that carry the permissions boundary. "
        "Without it, who deploys could make a role that may do anything.",
    )
    reader_account_ids: Annotated[tuple[AccountId, ...], Field(strict=False)] = Field(
        default=(),
        description="Other accounts whose stacks read models and images from this bucket.",
    )
    old_artifact_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Days that replaced artifacts stay, for a rollback to an older pin.",
    )
    old_state_days: int = Field(
        default=365,
        ge=30,
        le=3650,
        description="Days that older versions of the state stay: the way back after a broken one.",
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
    def _lists_fit(self) -> Self:
        problems: list[str] = []
        for name in ("environments", "reader_account_ids"):
            values: tuple[str, ...] = getattr(self, name)
            if len(set(values)) < len(values):
                problems.append(f"{name} names one twice; keep each once")
        if self.repository and not self.environments:
            problems.append(
                "environments is empty, so that nobody could deploy; name one, or leave repository "
                "empty"
            )
        if self.account_id in self.reader_account_ids:
            problems.append(
                "reader_account_ids names this account, whose roles read by their own policies; "
                "leave it out"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self
