"""The spot standby: off, cold, hot, and what cannot work."""

from __future__ import annotations

import pytest

from infra.errors import PlanError
from infra.plans.facts import AccountFacts, sample_facts
from infra.plans.gpu import Site
from infra.plans.naming import names_of
from infra.plans.standby import StandbyPlan, plan_standby
from infra.settings import StackSettings
from tests.unit.plans.aws_stacks import aws_settings

SITE = Site(zones=("us-east-1a", "us-east-1e", "us-east-1f"), data_zone="us-east-1a")


def facts(spot: int | None) -> AccountFacts:
    """The samples with a spot quota."""
    quotas = sample_facts().quotas.model_copy(update={"spot_gpu_vcpus": spot})
    return sample_facts().model_copy(update={"quotas": quotas})


def plan(stack: StackSettings, spot: int | None = None, site: Site = SITE) -> StandbyPlan | None:
    """The plan in the sample account."""
    return plan_standby(stack, facts(spot), names_of(stack.aws, stack="prod"), site)


def test_off_is_nothing() -> None:
    """No group, no policy, no look at the quota."""
    assert plan(aws_settings(standby={"mode": "off"}), spot=0) is None


@pytest.mark.parametrize(
    ("mode", "sizes", "policies"),
    [("cold", (0, 1, 0), ["start", "return"]), ("hot", (1, 2, 1), [])],
)
def test_modes(mode: str, sizes: tuple[int, int, int], policies: list[str]) -> None:
    """Cold is empty and moved by policies; hot always has its node."""
    made = plan(aws_settings(standby={"mode": mode}))
    assert made is not None
    group = made.group
    assert (group.min_size, group.max_size, group.desired) == sizes
    assert [each.role for each in made.scaling] == policies
    assert group.scaled is bool(policies)


def test_it_is_spot_and_nothing_else() -> None:
    """The provider's default would be on-demand above a base of nothing."""
    made = plan(aws_settings())
    assert made is not None
    assert made.group.spot is not None
    assert (made.group.spot.on_demand_base, made.group.spot.on_demand_percent) == (0, 0)


def test_zones_offer_at_least_one_of_the_types() -> None:
    """us-east-1e has a subnet and no g4dn."""
    made = plan(aws_settings())
    assert made is not None
    assert made.group.zones == ("us-east-1a", "us-east-1f")


def test_no_zone_is_refused() -> None:
    """The message names the zones with a subnet and those with the types."""
    with pytest.raises(PlanError) as refused:
        plan(aws_settings(), site=Site(zones=("us-east-1e",), data_zone="us-east-1e"))
    assert "us-east-1e" in refused.value.why
    assert "us-east-1a" in refused.value.why


def test_types_above_the_spot_quota_are_refused() -> None:
    """A node that EC2 would refuse in need is no standby; the remedy names the types that fit."""
    with pytest.raises(PlanError) as refused:
        plan(aws_settings(), spot=4)
    assert "g4dn.2xlarge (8 vCPUs)" in refused.value.what
    assert "L-3819A6DF" in refused.value.why
    assert "to [g4dn.xlarge]" in refused.value.remedy


def test_a_quota_of_nothing_leaves_the_standby_off() -> None:
    """With no type that fits, the remedy is another mode or a larger quota."""
    with pytest.raises(PlanError) as refused:
        plan(aws_settings(), spot=0)
    assert "standby.mode to off" in refused.value.remedy
    assert "16" in refused.value.remedy


def test_a_quota_that_fits_is_no_problem() -> None:
    """The largest of the types is what counts."""
    assert plan(aws_settings(), spot=16) is not None


def test_a_drain_longer_than_the_spot_notice_is_refused() -> None:
    """EC2 does not wait for it; the remedy names the longest that fits."""
    with pytest.raises(PlanError) as refused:
        plan(aws_settings(gateway={"drain_ms": 120_000}))
    assert "120 s after its notice" in refused.value.why
    assert "drain_ms to 59000" in refused.value.remedy
