"""The GPU node group: on-demand machines, each with both model servers and the gateway."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from infra.settings.aws.instances import GpuInstanceType
from infra.settings.aws.volumes import (
    GP3_BASE_IOPS,
    GP3_BASE_MIB_S,
    GP3_MAX_IOPS,
    GP3_MAX_MIB_S,
    gp3_problems,
)
from infra.settings.base import Settings

AMI_ROOT_GIB_MIN = 75
"""The Deep Learning AMI's own snapshot: a smaller root volume does not launch."""


class GpuSettings(Settings):
    """Machines that serve queries; on demand, since a spot one may go at any time."""

    instance_type: GpuInstanceType = Field(
        default=GpuInstanceType.G4DN_XLARGE,
        strict=False,
        description="Machine with one T4. g4dn.xlarge costs $383.98 a month on demand in "
        "us-east-1; the larger ones have the same GPU and answer no faster. A change replaces "
        "nodes one by one.",
    )
    nodes: int = Field(
        default=1,
        ge=1,
        le=8,
        description="Serving nodes; each multiplies the largest line of the bill. More than one "
        "needs the NLB. With one node a rollout means some minutes on the standby, or none.",
    )
    root_volume_gib: int = Field(
        default=100,
        ge=AMI_ROOT_GIB_MIN,
        le=1000,
        description="Root volume of each node, $0.08 a GiB and month. The AMI alone needs 75.",
    )
    root_volume_iops: int = Field(
        default=GP3_BASE_IOPS,
        ge=GP3_BASE_IOPS,
        le=GP3_MAX_IOPS,
        description="Its operations a second; 3000 are free. A g4dn.xlarge sustains no more.",
    )
    root_volume_mib_s: int = Field(
        default=GP3_BASE_MIB_S,
        ge=GP3_BASE_MIB_S,
        le=GP3_MAX_MIB_S,
        description="Its throughput; 125 are free. More shortens the boot by little: a g4dn.xlarge "
        "sustains 118.",
    )
    boot_deadline_s: int = Field(
        default=900,
        ge=300,
        le=3600,
        description="From launch to the first good answer. A node that is later is given up and "
        "launched anew; too short a deadline never gets a node.",
    )

    @model_validator(mode="after")
    def _root_volume_is_possible(self) -> Self:
        problems = gp3_problems(
            "root_volume",
            gib=self.root_volume_gib,
            iops=self.root_volume_iops,
            mib_s=self.root_volume_mib_s,
        )
        if problems:
            raise ValueError("; ".join(problems))
        return self
