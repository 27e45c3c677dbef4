"""The spot standby: what takes over when the serving node does not answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.settings.aws.instances import GpuInstanceType
from infra.settings.base import OffIsAWord, Settings


class StandbyMode(StrEnum):
    """How far the standby is from serving."""

    OFF = "off"
    COLD = "cold"
    HOT = "hot"


class StandbySettings(Settings):
    """A second group of GPU nodes on spot, in any zone."""

    mode: Annotated[StandbyMode, OffIsAWord] = Field(
        default=StandbyMode.COLD,
        strict=False,
        description="`off`: a lost node means minutes without answers until its group has a new "
        "one. `cold`: a spot node starts at the alarm, for the hours that it runs; minutes too, "
        "but also when on-demand capacity is out. `hot`: a spot node always serves, about $165 a "
        "month with its disk and address, and needs the NLB.",
    )
    instance_types: Annotated[
        tuple[Annotated[GpuInstanceType, Field(strict=False)], ...], Field(strict=False)
    ] = Field(
        default=tuple(GpuInstanceType),
        min_length=1,
        description="Types that may stand in. More types find spot capacity sooner; a larger one "
        "costs more for its hours.",
    )
    unhealthy_minutes: int = Field(
        default=3,
        ge=1,
        le=15,
        description="Minutes without a good answer before the standby starts. Fewer start it for "
        "nothing during a restart of a container.",
    )
    return_minutes: int = Field(
        default=30,
        ge=5,
        le=1440,
        description="Minutes that the primary must answer well before a cold standby ends; each "
        "costs spot time, too few make it start and stop in turns.",
    )

    @model_validator(mode="after")
    def _types_differ(self) -> Self:
        if len(set(self.instance_types)) < len(self.instance_types):
            raise ValueError("instance_types names a type twice; keep each once")
        return self
