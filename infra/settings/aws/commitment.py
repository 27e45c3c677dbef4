"""Promises to AWS that lower the price: bought by a person, only reckoned with here."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from infra.settings.base import Settings


class Commitment(StrEnum):
    """A Savings Plan without upfront payment, owed whether the machine runs or not."""

    NONE = "none"
    COMPUTE_SP_1Y = "compute_sp_1y"
    EC2_SP_1Y = "ec2_sp_1y"
    EC2_SP_3Y = "ec2_sp_3y"


class CommitmentSettings(Settings):
    """Which plan covers which machines. The program buys nothing."""

    gpu: Commitment = Field(
        default=Commitment.NONE,
        strict=False,
        description="Savings Plan that covers the on-demand GPU nodes, never spot. `ec2_sp_*` "
        "keeps to the family g4dn in one region, `compute_sp_1y` to nothing (its price is an "
        "estimate).",
    )
    vector_store: Commitment = Field(
        default=Commitment.NONE,
        strict=False,
        description="Savings Plan that covers the vector store's machine.",
    )
