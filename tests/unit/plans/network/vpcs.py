"""Accounts and adopted VPCs that the tests of the network plan share."""

from __future__ import annotations

from typing import Any

from infra.plans.facts import AccountFacts, ZoneFacts, sample_facts
from infra.plans.naming import names_of
from infra.plans.network import NetworkPlan, plan_network
from tests.unit.plans.aws_stacks import aws_settings

VPC_ID = "vpc-00000000000000000"
SUBNETS = [f"subnet-0000000000000000{number}" for number in (1, 2, 3)]
ALL_TYPES = frozenset({"g4dn.xlarge", "g4dn.2xlarge", "g4dn.4xlarge", "t3.medium", "t3.large"})


def planned(facts: AccountFacts | None = None, **groups: Any) -> NetworkPlan:
    """The plan of a stack called `prod`, by default from the shipped samples."""
    settings = aws_settings(**groups)
    return plan_network(settings, facts or sample_facts(), names_of(settings.aws, stack="prod"))


def adopting(**network: Any) -> dict[str, Any]:
    """Network settings that adopt the samples' VPC."""
    return {
        "mode": "adopt",
        "vpc_id": VPC_ID,
        "subnet_ids": SUBNETS,
        "egress": "existing",
        **network,
    }


def with_zones(*letters: str, offers: frozenset[str] = ALL_TYPES) -> AccountFacts:
    """An account whose region has these zones, all with the same types."""
    zones = tuple(
        ZoneFacts(name=f"us-east-1{letter}", zone_id=f"use1-{letter}", offers=offers)
        for letter in letters
    )
    return sample_facts().model_copy(update={"zones": zones})


def with_vpc(subnet: dict[str, Any] | None = None, **changes: Any) -> AccountFacts:
    """The samples with their VPC changed, and with each of its subnets changed."""
    (vpc,) = sample_facts().vpcs
    subnets = tuple(each.model_copy(update=subnet or {}) for each in vpc.subnets)
    changed = vpc.model_copy(update={"subnets": subnets, **changes})
    return sample_facts().model_copy(update={"vpcs": (changed,)})
