"""The instance types that this program supports, and what their silicon is.

Source of the facts: the EC2 API's own descriptions (DescribeInstanceTypes, read 2026-11-23 from the
dump that moto 5.2.5 ships), except the T4's memory, which is what nvidia-smi shows on one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GpuInstanceType(StrEnum):
    """Instances with one NVIDIA T4; the Turing image of TEI runs on no other GPU of EC2."""

    G4DN_XLARGE = "g4dn.xlarge"
    G4DN_2XLARGE = "g4dn.2xlarge"
    G4DN_4XLARGE = "g4dn.4xlarge"


class VectorInstanceType(StrEnum):
    """Burstable instances for Qdrant; EC2 recovers them by itself."""

    T3_MEDIUM = "t3.medium"
    T3_LARGE = "t3.large"
    T3_XLARGE = "t3.xlarge"


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuSilicon:
    """What one GPU instance has.

    `memory_mib` is the host's, `gpu_memory_mib` the card's as nvidia-smi shows it; `ebs_mb_per_s`
    is the sustained rate to EBS, which bursts above it for half an hour.
    """

    vcpus: int
    memory_mib: int
    gpu: str
    gpu_memory_mib: int
    instance_store_gb: int
    ebs_mb_per_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorSilicon:
    """What one vector store instance has.

    `ebs_iops` and `ebs_mb_per_s` are sustained; a volume that is faster is paid for in vain except
    in bursts.
    """

    vcpus: int
    memory_mib: int
    ebs_iops: int
    ebs_mb_per_s: float


GPU_SILICON: dict[GpuInstanceType, GpuSilicon] = {
    GpuInstanceType.G4DN_XLARGE: GpuSilicon(
        vcpus=4,
        memory_mib=16384,
        gpu="T4",
        gpu_memory_mib=15360,
        instance_store_gb=125,
        ebs_mb_per_s=118.75,
    ),
    GpuInstanceType.G4DN_2XLARGE: GpuSilicon(
        vcpus=8,
        memory_mib=32768,
        gpu="T4",
        gpu_memory_mib=15360,
        instance_store_gb=225,
        ebs_mb_per_s=143.75,
    ),
    GpuInstanceType.G4DN_4XLARGE: GpuSilicon(
        vcpus=16,
        memory_mib=65536,
        gpu="T4",
        gpu_memory_mib=15360,
        instance_store_gb=225,
        ebs_mb_per_s=593.75,
    ),
}
"""One T4 each; none of them is recovered by EC2 when its host fails."""

VECTOR_SILICON: dict[VectorInstanceType, VectorSilicon] = {
    VectorInstanceType.T3_MEDIUM: VectorSilicon(
        vcpus=2, memory_mib=4096, ebs_iops=2000, ebs_mb_per_s=43.375
    ),
    VectorInstanceType.T3_LARGE: VectorSilicon(
        vcpus=2, memory_mib=8192, ebs_iops=4000, ebs_mb_per_s=86.875
    ),
    VectorInstanceType.T3_XLARGE: VectorSilicon(
        vcpus=4, memory_mib=16384, ebs_iops=4000, ebs_mb_per_s=86.875
    ),
}
"""All of them are recovered by EC2 when the host under them fails."""
