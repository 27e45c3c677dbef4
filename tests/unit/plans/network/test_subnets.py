"""Zones and addresses of a VPC that a stack makes."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import PlanError
from infra.plans.network import CreatedVpc, NetworkPlan
from infra.plans.network.subnets import SLOTS
from tests.unit.plans.network.vpcs import planned, with_zones

LETTERS = "abcdefgh"

some_zones = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=6, unique=True)
vpc_cidrs = st.builds(
    lambda prefix, place: list(IPv4Network("10.0.0.0/8").subnets(new_prefix=prefix))[place],
    st.integers(16, 24),
    st.integers(0, 255),
)


def test_known_layout_of_the_design_point() -> None:
    """Five zones of us-east-1 have g4dn: each letter has its own eighth, `e` and `g` stay free."""
    assert _addresses(planned()) == {
        "us-east-1a": "10.64.0.0/23",
        "us-east-1b": "10.64.2.0/23",
        "us-east-1c": "10.64.4.0/23",
        "us-east-1d": "10.64.6.0/23",
        "us-east-1f": "10.64.10.0/23",
    }


def test_smallest_vpc_that_settings_take_still_has_subnets_for_an_nlb() -> None:
    """A /24 is cut into /27, the least that a load balancer of AWS is sure to fit into."""
    found = _addresses(planned(with_zones("a", "c"), network={"cidr": "192.168.7.0/24"}))
    assert found == {"us-east-1a": "192.168.7.0/27", "us-east-1c": "192.168.7.64/27"}


@settings(deadline=None)
@given(cidr=vpc_cidrs, letters=some_zones)
def test_subnets_are_equal_inside_apart_and_leave_room(
    cidr: IPv4Network, letters: list[str]
) -> None:
    """Whatever the zones: same size, within the VPC, none overlaps, at least two slots free."""
    plan = planned(with_zones(*letters), network={"cidr": str(cidr)})
    subnets = [IPv4Network(text) for text in _addresses(plan).values()]
    assert {subnet.prefixlen for subnet in subnets} == {cidr.prefixlen + 3}
    assert all(subnet.subnet_of(cidr) for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))
    assert SLOTS - len(subnets) >= 2


@settings(deadline=None)
@given(letters=some_zones, more=some_zones)
def test_a_new_zone_moves_no_subnet(letters: list[str], more: list[str]) -> None:
    """Zones keep their addresses when others come: nothing is replaced."""
    before = _addresses(planned(with_zones(*letters)))
    after = _addresses(planned(with_zones(*dict.fromkeys([*letters, *more]))))
    assert {zone: after[zone] for zone in before} == before


@settings(deadline=None)
@given(letters=some_zones, choice=st.data())
def test_the_zone_of_the_vector_store_comes_first(
    letters: list[str], choice: st.DataObject
) -> None:
    """It is the first of the plan, and choosing it moves no addresses."""
    chosen = f"us-east-1{choice.draw(st.sampled_from(letters))}"
    facts = with_zones(*letters)
    plan = planned(facts, network={"vector_store_zone": chosen})
    assert plan.zones[0] == plan.vector_store_zone == chosen
    assert _addresses(plan) == _addresses(planned(facts))


def test_zones_can_be_kept_to() -> None:
    """Named zones are the stack's zones, in the order in which they are named."""
    plan = planned(network={"zones": ["us-east-1d", "us-east-1b"]})
    assert plan.zones == ("us-east-1d", "us-east-1b")


@pytest.mark.parametrize(
    ("groups", "what", "why"),
    [
        (
            {"network": {"zones": ["us-east-1a", "us-east-1e"]}},
            "zones names us-east-1e",
            "us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1f",
        ),
        (
            {"network": {"vector_store_zone": "us-east-1e"}},
            "vector_store_zone is us-east-1e",
            "those with t3.medium are us-east-1a",
        ),
        (
            {"aws": {"region": "eu-central-1"}},
            "facts are of us-east-1",
            "samples ship for no other",
        ),
    ],
)
def test_a_zone_without_the_type_is_refused(groups: dict[str, Any], what: str, why: str) -> None:
    """The message names the zone, the type and where it is."""
    with pytest.raises(PlanError) as refusal:
        planned(**groups)
    assert what in refusal.value.what
    assert why in refusal.value.why
    assert refusal.value.remedy


def test_a_region_without_the_type_is_refused() -> None:
    """Nothing could be launched there."""
    with pytest.raises(PlanError, match=r"no zone of us-east-1 offers g4dn\.xlarge"):
        planned(with_zones("a", "b", offers=frozenset({"t3.medium"})))


def test_a_vector_store_type_that_no_zone_has_is_refused() -> None:
    """The GPU type alone is not enough where the store has a machine of its own."""
    facts = with_zones("a", offers=frozenset({"g4dn.xlarge"}))
    with pytest.raises(PlanError, match=r"offers t3\.medium for the vector store"):
        planned(facts)


def test_a_shared_vector_store_needs_only_the_gpu_type() -> None:
    """It runs on the GPU node."""
    facts = with_zones("a", offers=frozenset({"g4dn.xlarge"}))
    plan = planned(facts, vector_store={"placement": "shared"}, standby={"mode": "off"})
    assert plan.vector_store_zone == "us-east-1a"


def test_a_zone_beyond_the_eighth_letter_is_refused() -> None:
    """No region has such a zone; if one ever does, the message says so."""
    with pytest.raises(PlanError, match="zone us-east-1k has no place"):
        planned(with_zones("k"))


def _addresses(plan: NetworkPlan) -> dict[str, str]:
    assert isinstance(plan.vpc, CreatedVpc)
    return {subnet.zone: str(subnet.cidr) for subnet in plan.vpc.subnets}
