"""Who is told what, how long logs are kept, and what the stack may cost."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from infra.settings.base import Settings

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+$")]

LogRetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]
"""The values that CloudWatch takes, up to two years."""


class WatchSettings(Settings):
    """Alarms, logs and the money."""

    emails: Annotated[tuple[Email, ...], Field(strict=False)] = Field(
        default=(),
        max_length=10,
        description="Who gets alarms and budget warnings; each must confirm AWS's first mail. "
        "Empty: alarms are seen in the console only.",
    )
    log_retention_days: LogRetentionDays = Field(
        default=30,
        description="Days that logs are kept, $0.03 a GB and month.",
    )
    target_usd_month: float = Field(
        default=400.0,
        gt=0,
        le=100_000,
        description="What the stack should cost; a plan above it says by how much.",
    )
    ceiling_usd_month: float = Field(
        default=500.0,
        gt=0,
        le=100_000,
        description="What the stack may cost: a plan above it is refused, and the budget's "
        "forecast alarm stands there.",
    )

    @model_validator(mode="after")
    def _target_is_below_ceiling(self) -> Self:
        problems: list[str] = []
        if self.target_usd_month > self.ceiling_usd_month:
            problems.append(
                f"target_usd_month is {self.target_usd_month:g}, above ceiling_usd_month "
                f"{self.ceiling_usd_month:g}; lower the target or raise the ceiling"
            )
        if len(set(self.emails)) < len(self.emails):
            problems.append("emails names an address twice; keep each once")
        if problems:
            raise ValueError("; ".join(problems))
        return self
