"""The machine and the disk under Qdrant. The collection is `store`."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from infra.settings.aws.instances import VectorInstanceType
from infra.settings.aws.volumes import (
    GP3_BASE_IOPS,
    GP3_BASE_MIB_S,
    GP3_MAX_IOPS,
    GP3_MAX_MIB_S,
    gp3_problems,
)
from infra.settings.base import Settings


class Placement(StrEnum):
    """Whose machine Qdrant runs on."""

    DEDICATED = "dedicated"
    SHARED = "shared"


class VectorStoreSettings(Settings):
    """A small machine of its own, or a place on the GPU node; its data on a volume of its own."""

    placement: Placement = Field(
        default=Placement.DEDICATED,
        strict=False,
        description="`dedicated`: a machine of its own, $30.37 a month for t3.medium. `shared`: on "
        "the GPU node, nothing more to pay, but without standby, and the node keeps to one zone.",
    )
    instance_type: VectorInstanceType = Field(
        default=VectorInstanceType.T3_MEDIUM,
        strict=False,
        description="Machine of a dedicated store. A change stops searches for some minutes; the "
        "data volume stays.",
    )
    root_volume_gib: int = Field(
        default=20,
        ge=10,
        le=200,
        description="Root volume of a dedicated store, $0.08 a GiB and month.",
    )
    data_volume_gib: int = Field(
        default=50,
        ge=10,
        le=16384,
        description="Volume of the vectors, $0.08 a GiB and month. Calculated: 50 GiB hold about "
        "2.7 million passages with room for merging segments and snapshots. It can only grow.",
    )
    data_volume_iops: int = Field(
        default=GP3_BASE_IOPS,
        ge=GP3_BASE_IOPS,
        le=GP3_MAX_IOPS,
        description="Its operations a second, $0.005 a month for each above 3000. They bound the "
        "rate of rescoring once vectors do not fit memory; a t3.medium sustains 2000.",
    )
    data_volume_mib_s: int = Field(
        default=GP3_BASE_MIB_S,
        ge=GP3_BASE_MIB_S,
        le=GP3_MAX_MIB_S,
        description="Its throughput, $0.04 a month for each MiB/s above 125.",
    )
    memory_mib: int = Field(
        default=3072,
        ge=1024,
        le=14336,
        description="Memory of the Qdrant container, page cache included. At 80 % of it an alarm "
        "says that it is time for a larger machine.",
    )

    @model_validator(mode="after")
    def _data_volume_is_possible(self) -> Self:
        problems = gp3_problems(
            "data_volume",
            gib=self.data_volume_gib,
            iops=self.data_volume_iops,
            mib_s=self.data_volume_mib_s,
        )
        if problems:
            raise ValueError("; ".join(problems))
        return self
