"""Who may reach what, and how nodes reach AWS."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings

from infra.errors import PlanError
from infra.plans.facts import sample_facts
from infra.plans.naming import names_of
from infra.plans.network import (
    CreatedVpc,
    Direction,
    ForeignGroup,
    NetworkPlan,
    SecurityRole,
    plan_network,
)
from infra.plans.network.rules import ANYWHERE
from infra.settings import StackSettings
from tests.unit.plans.aws_stacks import valid_settings
from tests.unit.plans.network.vpcs import planned

CLIENTS = {"client_security_group_ids": ["sg-0123456789abcdef0"], "client_cidrs": ["10.9.0.0/16"]}
CLOSED: dict[str, Any] = {"network": {"egress": "interface_endpoints"}, "endpoint": {"mode": "nlb"}}

DNS_RULES = """
egress gpu: 443 0.0.0.0/0
egress gpu: 6333 vector-store
egress vector-store: 443 0.0.0.0/0
ingress gpu: 8000 10.9.0.0/16
ingress gpu: 8000 sg-0123456789abcdef0
ingress vector-store: 6333 gpu
"""

NLB_RULES = """
egress gpu: 443 0.0.0.0/0
egress gpu: 6333 vector-store
egress load-balancer: 8000 gpu
egress load-balancer: 8090 gpu
egress vector-store: 443 0.0.0.0/0
ingress gpu: 8000 load-balancer
ingress gpu: 8090 load-balancer
ingress load-balancer: 8000 10.9.0.0/16
ingress load-balancer: 8000 sg-0123456789abcdef0
ingress vector-store: 6333 gpu
"""

SHARED_RULES = """
egress gpu: 443 0.0.0.0/0
ingress gpu: 8000 10.9.0.0/16
ingress gpu: 8000 sg-0123456789abcdef0
"""

CLOSED_RULES = """
egress gpu: 443 endpoints
egress gpu: 443 s3
egress gpu: 6333 vector-store
egress load-balancer: 8000 gpu
egress load-balancer: 8090 gpu
egress vector-store: 443 endpoints
egress vector-store: 443 s3
ingress endpoints: 443 gpu
ingress endpoints: 443 vector-store
ingress gpu: 8000 load-balancer
ingress gpu: 8090 load-balancer
ingress vector-store: 6333 gpu
"""


@pytest.mark.parametrize(
    ("groups", "golden"),
    [
        ({"network": CLIENTS}, DNS_RULES),
        ({"network": CLIENTS, "endpoint": {"mode": "nlb"}}, NLB_RULES),
        (
            {
                "network": CLIENTS,
                "vector_store": {"placement": "shared"},
                "standby": {"mode": "off"},
            },
            SHARED_RULES,
        ),
        (CLOSED, CLOSED_RULES),
    ],
    ids=["dns", "nlb", "shared", "closed"],
)
def test_rules_of_a_stack(groups: dict[str, Any], golden: str) -> None:
    """The whole list, as it would be reviewed."""
    assert _shown(planned(**groups)) == golden.strip().splitlines()


@settings(deadline=None)
@given(settings=valid_settings)
def test_nothing_else_comes_in(settings: StackSettings) -> None:
    """No inbound rule from the internet, no port 22, no model server, in any valid stack."""
    try:
        plan = plan_network(settings, sample_facts(), names_of(settings.aws, stack="prod"))
    except PlanError:  # the samples speak for one region only, and a closed VPC needs the NLB
        return
    inbound = [rule for rule in plan.rules if rule.direction is Direction.INGRESS]
    assert not any(rule.peer == ANYWHERE for rule in inbound)
    assert {rule.port for rule in inbound} <= {443, 6333, 8000, 8090}
    assert {rule.port for rule in inbound if rule.peer == SecurityRole.ENDPOINTS} == set()
    keys = [rule.key for rule in plan.rules]
    assert len(set(keys)) == len(keys)
    assert {rule.group for rule in plan.rules} <= {group.role for group in plan.groups}


def test_clients_are_networks_and_groups() -> None:
    """A group is named by its id, a network by its addresses."""
    peers = [rule.peer for rule in planned(network=CLIENTS).rules if rule.port == 8000]
    assert peers == [ForeignGroup("sg-0123456789abcdef0"), IPv4Network("10.9.0.0/16")]


def test_interface_endpoints_are_those_that_nodes_call() -> None:
    """Five services in two zones, each with its reason; the count is what the cost line takes."""
    plan = planned(**CLOSED)
    assert isinstance(plan.vpc, CreatedVpc)
    assert [endpoint.service for endpoint in plan.vpc.endpoints] == [
        "ssm",
        "ssmmessages",
        "logs",
        "monitoring",
        "autoscaling",
    ]
    assert all(endpoint.why for endpoint in plan.vpc.endpoints)
    assert (plan.interface_endpoints, plan.endpoint_zones) == (5, 2)
    assert plan.vpc.internet_gateway is False


def test_a_shared_vector_store_attaches_its_volume_through_an_endpoint() -> None:
    """The GPU node calls EC2 at boot then."""
    plan = planned(**CLOSED, vector_store={"placement": "shared"}, standby={"mode": "off"})
    assert isinstance(plan.vpc, CreatedVpc)
    assert "ec2" in [endpoint.service for endpoint in plan.vpc.endpoints]


def test_a_node_that_must_register_itself_needs_route_53() -> None:
    """Without any way to Route 53 the address would never be there: refused, with both ways out."""
    with pytest.raises(PlanError) as refusal:
        planned(network={"egress": "interface_endpoints"}, endpoint={"mode": "dns"})
    assert "endpoint.mode to nlb" in refusal.value.remedy
    assert "public_ipv4" in refusal.value.remedy


def test_clients_inside_dockers_network_are_refused() -> None:
    """Answers to them would stay on the host."""
    with pytest.raises(PlanError, match=r"client_cidrs names 172\.16\.0\.0/12"):
        planned(network={"client_cidrs": ["172.16.0.0/12"]})


def test_a_stack_that_nobody_may_call_says_so() -> None:
    """It is planned, since `retrieval tunnel` works, but not in silence."""
    assert any("nobody may call" in note for note in planned().notes)
    assert not any("nobody" in note for note in planned(network=CLIENTS).notes)


def test_flow_logs_are_off_by_default_and_write_one_group_only() -> None:
    """Where they are on, the role may write that log group and nothing else."""
    assert isinstance(vpc := planned().vpc, CreatedVpc)
    assert vpc.flow_log is None
    vpc = planned(network={"flow_logs": True}).vpc
    assert isinstance(vpc, CreatedVpc)
    assert vpc.flow_log is not None
    assert vpc.flow_log.log_group == "/retrieval/prod/flow-logs"
    assert "log-group:/retrieval/prod/flow-logs:*" in vpc.flow_log.write_policy
    assert '"aws:SourceAccount": "000000000000"' in vpc.flow_log.trust_policy


def _shown(plan: NetworkPlan) -> list[str]:
    def peer(value: object) -> str:
        return value.id if isinstance(value, ForeignGroup) else str(value)

    return sorted(
        f"{rule.direction.value} {rule.group.value}: {rule.port} {peer(rule.peer)}"
        for rule in plan.rules
    )
