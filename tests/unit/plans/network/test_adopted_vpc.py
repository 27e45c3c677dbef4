"""The application's VPC: what is used of it, and every lack that is refused by name."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import PlanError
from infra.plans.facts import AccountFacts, sample_facts
from infra.plans.network import AdoptedVpc
from tests.unit.plans.network.vpcs import SUBNETS, VPC_ID, adopting, planned, with_vpc

PRIVATE = {"ssm", "ssmmessages", "logs", "monitoring", "autoscaling", "route53"}


def test_one_subnet_for_each_zone_that_has_the_gpu_type() -> None:
    """The subnet in a zone without g4dn is left out, and the preview says so."""
    plan = planned(network=adopting())
    assert plan.vpc == AdoptedVpc(
        vpc_id=VPC_ID, subnet_ids={"us-east-1a": SUBNETS[0], "us-east-1b": SUBNETS[1]}
    )
    assert f"{SUBNETS[2]} is left out: us-east-1e does not offer g4dn.xlarge" in plan.notes


def test_nothing_shared_is_made() -> None:
    """No endpoint, no route, no address; S3 takes the way that the VPC has, which is named."""
    plan = planned(network=adopting())
    assert (plan.interface_endpoints, plan.endpoint_zones, plan.public_ipv4) == (0, 0, False)
    assert plan.tags == {}
    assert any("no S3 gateway endpoint" in note for note in plan.notes)


def test_an_existing_s3_endpoint_is_seen() -> None:
    """No note about S3 where the subnets' route table leads there."""
    facts = with_vpc(s3_gateway_route_table_ids=frozenset({"rtb-00000000000000000"}))
    assert not any("S3" in note for note in planned(facts, network=adopting()).notes)


def test_of_two_subnets_in_a_zone_the_roomier_is_used() -> None:
    """A load balancer takes one subnet a zone, and so do the groups."""
    facts = with_vpc()
    (vpc,) = facts.vpcs
    small = vpc.subnets[0].model_copy(update={"free_addresses": 20})
    large = vpc.subnets[1].model_copy(update={"zone": "us-east-1a"})
    facts = with_vpc(subnets=(small, large, vpc.subnets[2]))
    plan = planned(facts, network=adopting())
    assert isinstance(plan.vpc, AdoptedVpc)
    assert plan.vpc.subnet_ids == {"us-east-1a": SUBNETS[1]}
    assert any(note.startswith(f"{SUBNETS[0]} is left out") for note in plan.notes)
    assert any("all nodes are in us-east-1a" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("facts", "network", "why", "remedy"),
    [
        (with_vpc(dns_support=False), {}, "enableDnsSupport of the VPC is off", "turned on"),
        (with_vpc(dns_hostnames=False), {}, "enableDnsHostnames of the VPC is off", "turned on"),
        (with_vpc({"nat_route": False}), {}, "no route to a NAT", "interface_endpoints"),
        (
            with_vpc(),
            {"egress": "public_ipv4"},
            "no route to an internet gateway",
            "set retrieval:network.egress to existing",
        ),
        (
            with_vpc({"free_addresses": 1}),
            {},
            "has 1 free addresses, and 2 are needed",
            "2 free addresses",
        ),
        (
            with_vpc(),
            {"client_security_group_ids": ["sg-0123456789abcdef0"]},
            "names sg-0123456789abcdef0, which the VPC does not have",
            "client_cidrs",
        ),
        (
            with_vpc(cidrs=(IPv4Network("172.17.0.0/20"),)),
            {},
            "overlap Docker's own network 172.17.0.0/16",
            "another VPC",
        ),
        (
            with_vpc(),
            {"egress": "interface_endpoints"},
            "route53 (the serving node registers its own address)",
            "owner",
        ),
        (
            with_vpc(interface_endpoint_services=frozenset(PRIVATE)),
            {"egress": "interface_endpoints"},
            "has no S3 gateway endpoint",
            "costs nothing",
        ),
    ],
)
def test_a_lack_is_refused_with_its_remedy(
    facts: AccountFacts, network: dict[str, Any], why: str, remedy: str
) -> None:
    """A stack that would boot and never serve is not planned."""
    with pytest.raises(PlanError) as refusal:
        planned(facts, network=adopting(**network))
    assert refusal.value.what == f"{VPC_ID} cannot hold the stack"
    assert why in refusal.value.why
    assert remedy in refusal.value.remedy


def test_a_tight_subnet_is_noted_and_not_refused() -> None:
    """The own nodes take addresses too: a second run must not refuse what the first took."""
    tight = planned(with_vpc({"free_addresses": 4}), network=adopting())
    assert any("has 4 free addresses: a stack" in note for note in tight.notes)
    roomy = planned(with_vpc({"free_addresses": 5}), network=adopting())
    assert not any("free addresses" in note for note in roomy.notes)


def test_all_lacks_are_in_one_message() -> None:
    """Whoever owns the VPC is asked once."""
    facts = with_vpc({"nat_route": False, "free_addresses": 0}, dns_support=False)
    with pytest.raises(PlanError) as refusal:
        planned(facts, network=adopting())
    assert all(text in refusal.value.why for text in ("enableDnsSupport", "free addresses", "NAT"))


def test_a_vpc_with_all_private_ways_out_is_used() -> None:
    """Endpoints of the VPC's own, S3 among them, are enough."""
    facts = with_vpc(
        {"nat_route": False},
        interface_endpoint_services=frozenset(PRIVATE),
        s3_gateway_route_table_ids=frozenset({"rtb-00000000000000000"}),
    )
    plan = planned(facts, network=adopting(egress="interface_endpoints"))
    assert plan.zones == ("us-east-1a", "us-east-1b")


@pytest.mark.parametrize(
    ("network", "what"),
    [
        ({"vpc_id": "vpc-0123456789abcdef0"}, "vpc_id vpc-0123456789abcdef0 is not known"),
        ({"subnet_ids": ["subnet-0123456789abcdef0"]}, "names subnet-0123456789abcdef0"),
        ({"subnet_ids": [SUBNETS[2]]}, "is in a zone that offers g4dn.xlarge"),
        ({"vector_store_zone": "us-east-1f"}, "vector_store_zone is us-east-1f"),
    ],
)
def test_ids_that_do_not_fit_are_refused(network: dict[str, Any], what: str) -> None:
    """The message names the id."""
    with pytest.raises(PlanError) as refusal:
        planned(network=adopting(**network))
    assert what in refusal.value.what


def test_an_unknown_vpc_of_a_real_account_is_told_from_samples() -> None:
    """With facts of an account the remedy is to correct the id."""
    facts = sample_facts().model_copy(update={"origin": "account", "vpcs": ()})
    with pytest.raises(PlanError, match="has no such VPC in us-east-1") as refusal:
        planned(facts, network=adopting())
    assert "correct the id" in refusal.value.remedy


subnets = st.fixed_dictionaries(
    {
        "nat_route": st.booleans(),
        "internet_gateway_route": st.booleans(),
        "free_addresses": st.integers(0, 30),
    }
)
vpcs = st.fixed_dictionaries(
    {
        "dns_support": st.booleans(),
        "interface_endpoint_services": st.frozensets(st.sampled_from(sorted(PRIVATE))),
    }
)


@settings(deadline=None)
@given(
    subnet=subnets,
    vpc=vpcs,
    egress=st.sampled_from(["existing", "public_ipv4", "interface_endpoints"]),
    nodes=st.integers(1, 3),
)
def test_any_vpc_is_used_or_refused(
    subnet: dict[str, Any], vpc: dict[str, Any], egress: str, nodes: int
) -> None:
    """Never another exception, and never a plan whose nodes have no way out."""
    way_out = {
        "existing": subnet["nat_route"],
        "public_ipv4": subnet["internet_gateway_route"],
        "interface_endpoints": False,  # the samples' VPC has no S3 endpoint
    }
    try:
        plan = planned(
            with_vpc(subnet, **vpc), network=adopting(egress=egress), gpu={"nodes": nodes}
        )
    except PlanError:
        return
    assert vpc["dns_support"]
    assert way_out[egress]
    assert subnet["free_addresses"] > nodes  # the cold standby's node as well
    assert plan.zones == ("us-east-1a", "us-east-1b")
