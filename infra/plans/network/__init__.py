"""The network of a stack on AWS: a VPC of its own or the application's, groups, ways out."""

from infra.plans.network.plan import plan_network
from infra.plans.network.records import (
    AdoptedVpc,
    CreatedVpc,
    FlowLogPlan,
    InterfaceEndpoint,
    NetworkPlan,
    SecurityGroup,
    Subnet,
    WayOut,
)
from infra.plans.network.rules import Direction, ForeignGroup, Managed, Rule, SecurityRole

__all__ = [
    "AdoptedVpc",
    "CreatedVpc",
    "Direction",
    "FlowLogPlan",
    "ForeignGroup",
    "InterfaceEndpoint",
    "Managed",
    "NetworkPlan",
    "Rule",
    "SecurityGroup",
    "SecurityRole",
    "Subnet",
    "WayOut",
    "plan_network",
]
