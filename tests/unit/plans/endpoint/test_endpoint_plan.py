"""The gateway's address: a name always, a load balancer where several nodes serve."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from infra.errors import PlanError
from infra.plans.addresses import qdrant_url
from infra.plans.endpoint import EndpointKind
from infra.plans.endpoint_plan import EndpointPlan, plan_endpoint
from infra.plans.facts import AccountFacts, sample_facts
from infra.plans.naming import names_of
from infra.settings import StackSettings
from tests.unit.plans.aws_stacks import aws_settings, valid_settings
from tests.unit.plans.network.vpcs import adopting, with_vpc


def planned(facts: AccountFacts | None = None, **groups: Any) -> EndpointPlan:
    """The plan of a stack called `prod`."""
    settings = aws_settings(**groups)
    return plan_endpoint(settings, facts or sample_facts(), names_of(settings.aws, stack="prod"))


@pytest.mark.parametrize(
    ("groups", "kind"),
    [
        ({}, EndpointKind.DNS),
        ({"gpu": {"nodes": 2}}, EndpointKind.NLB),
        ({"standby": {"mode": "hot"}}, EndpointKind.NLB),
        ({"endpoint": {"mode": "nlb"}}, EndpointKind.NLB),
    ],
)
def test_kind_follows_from_who_serves(groups: dict[str, Any], kind: EndpointKind) -> None:
    """A load balancer exactly where more than one node serves, or where it is set."""
    plan = planned(**groups)
    assert plan.kind is kind
    assert (plan.balancer is not None) == (kind is EndpointKind.NLB)


@settings(deadline=None)
@given(settings=valid_settings)
def test_clients_see_one_address_whatever_stands_behind(settings: StackSettings) -> None:
    """Moving between both kinds changes nothing in the application."""
    plan = plan_endpoint(settings, sample_facts(), names_of(settings.aws, stack="prod"))
    assert plan.url == "http://gateway.retrieval.internal:8000"
    if plan.balancer is not None:
        assert plan.balancer.record_name == "gateway.retrieval.internal"
        assert plan.balancer.port == 8000


def test_vector_store_has_a_fixed_name_in_the_same_zone() -> None:
    """Its record is the vector store's."""
    settings = aws_settings(endpoint={"zone_name": "search.example.internal"})
    assert qdrant_url(settings.endpoint) == "http://qdrant.search.example.internal:6333"


def test_load_balancer_asks_the_agent_and_lets_go_last() -> None:
    """The agent's health, not an open port; draining outlasts the gateway's own."""
    plan = planned(endpoint={"mode": "nlb"}, gateway={"drain_notice_ms": 1500, "drain_ms": 20_000})
    assert plan.balancer is not None
    check = plan.balancer.check
    assert (check.port, check.path) == (8090, "/healthz")
    assert check.timeout_s < check.interval_s
    assert plan.balancer.drain_s == 27


def test_a_name_that_the_adopted_vpc_resolves_is_refused() -> None:
    """Route 53 allows a name once for each VPC."""
    facts = with_vpc(private_zones=("other.internal", "retrieval.internal."))
    with pytest.raises(PlanError, match=r"zone_name retrieval\.internal is taken") as refusal:
        planned(facts, network=adopting())
    assert "another zone_name" in refusal.value.remedy
    assert planned(facts, network=adopting(), endpoint={"zone_name": "r.internal"}).zone.name
